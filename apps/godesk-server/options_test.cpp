#include "options.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "os/files.h"

namespace godesk::server {
namespace {

Options parse(std::vector<std::string> words) {
  words.insert(words.begin(), "godesk-server");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    std::string pattern = ::testing::TempDir() + "/godesk_options_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~OptionsTest() override { std::filesystem::remove_all(root_); }

  std::string file(const std::string& name, const std::string& content) {
    os::write_secret(root_ + "/" + name, bytes_of(content));
    return root_ + "/" + name;
  }
  /// The sentence that refuses `words`; empty if they are accepted.
  static std::string refusal(const std::vector<std::string>& words) {
    try {
      parse(words);
    } catch (const os::SetupError& error) {
      return error.what();
    }
    return "";
  }

  std::string root_;
};

TEST_F(OptionsTest, DefaultsAreThoseOfTheContract) {
  Options options = parse({});
  EXPECT_EQ(options.stun_port, 3478);
  EXPECT_EQ(options.tls_port, 443);
  EXPECT_TRUE(options.id_role && options.relay_role);
  EXPECT_EQ(options.relay_first, 49152);
  EXPECT_EQ(options.relay_last, 65535);
  EXPECT_TRUE(options.listen.empty() && options.public_addresses.empty() && !options.json);
}

TEST_F(OptionsTest, LimitsOverwriteTheDefaultsTheyName) {
  const Limits before;
  Options options = parse({"--config", file("limits.toml", R"(
tls-port = 3000
[limits]
max-connections = 7
max-unproved-prefixes = 9
hello-limit = 2.5
default-lifetime = 90
handshake-timeout = 1
finds-per-target = { burst = 50, seconds = 0.5 }
prefix-bytes-per-second = 1000
)")});
  EXPECT_EQ(options.tls_port, 3000);
  EXPECT_EQ(options.limits.id.max_connections, 7u);
  EXPECT_EQ(options.limits.id.hello_limit, 2500ms);
  EXPECT_EQ(options.limits.id.finds_per_target.burst, 50u);
  EXPECT_EQ(options.limits.id.finds_per_target.one_per, 500ms);
  EXPECT_EQ(options.limits.id.max_unproved, before.id.max_unproved);
  EXPECT_EQ(options.limits.relay.limiter.max_prefixes, 9u);
  EXPECT_EQ(options.limits.relay.default_lifetime, 90s);
  EXPECT_EQ(options.limits.relay.prefix_quota.bytes_per_second.n, 1000);
  EXPECT_EQ(options.limits.driver.handshake_timeout, 1s);
}

TEST_F(OptionsTest, LimitsThatCannotBeUsedAreNamed) {
  for (const char* line :
       {"no-such-limit = 1", "max-connections = 0", "max-connections = -1", "max-connections = '7'",
        "max-connections = 99999999999", "min-fixed-port = 65536", "hello-limit = 0", "hello-limit = nan",
        "hello-limit = 1e12", "hello-limit = 'x'", "finds-per-target = 5", "finds-per-target = { burst = 5 }",
        "finds-per-target = { burst = 0, seconds = 1 }",
        "finds-per-target = { burst = 1, seconds = 1, more = 1 }"}) {
    const std::string sentence = refusal({"--config", file("limits.toml", std::string("[limits]\n") + line)});
    EXPECT_THAT(sentence, ::testing::HasSubstr("[limits]")) << line;
    EXPECT_THAT(sentence, ::testing::HasSubstr(std::string(line).substr(0, 6))) << line;
  }
}

TEST_F(OptionsTest, EveryFlagIsTaken) {
  const std::string secret = file("secret", "s3cret\n");
  Options options = parse({"--data-dir",
                           "/x",
                           "--listen",
                           "192.0.2.1",
                           "--listen",
                           "[2001:db8::1]",
                           "--stun-port",
                           "0",
                           "--tls-port",
                           "8443",
                           "--role",
                           "relay",
                           "--public-address",
                           "a.example",
                           "--public-address",
                           "[2001:db8::2]",
                           "--relay-ports",
                           "5000-5010",
                           "--relay-allow",
                           "10.0.0.0/8",
                           "--relay-deny",
                           "10.1.0.0/16",
                           "--relay",
                           "turns:r.example",
                           "--relay-secret-file",
                           secret,
                           "--turn-user",
                           "u:p:q",
                           "--json",
                           "-vv"});
  EXPECT_EQ(options.data_dir, "/x");
  EXPECT_THAT(options.listen,
              ::testing::ElementsAre(*IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1")));
  EXPECT_EQ(options.stun_port, 0);
  EXPECT_EQ(options.tls_port, 8443);
  EXPECT_TRUE(!options.id_role && options.relay_role);
  EXPECT_THAT(options.public_addresses, ::testing::ElementsAre("a.example", "2001:db8::2"));
  EXPECT_EQ(options.relay_last, 5010);
  EXPECT_EQ(options.relay_allow.size() + options.relay_deny.size(), 2u);
  ASSERT_EQ(options.relays.size(), 1u);
  EXPECT_EQ(options.relays[0].secret, "s3cret");
  EXPECT_EQ(options.relays[0].where.tls->port, 5349);
  EXPECT_THAT(options.turn_users, ::testing::ElementsAre(std::pair<std::string, std::string>("u", "p:q")));
  EXPECT_TRUE(options.turn_user_typed && options.json);
  EXPECT_EQ(options.verbosity, 2);
}

TEST_F(OptionsTest, UsersComeFromAPrivateFile) {
  const std::string users = file("users", "a:1\n\nb:2\n");
  EXPECT_EQ(parse({"--turn-user-file", users}).turn_users.size(), 2u);
  EXPECT_FALSE(parse({"--turn-user-file", users}).turn_user_typed);
  std::filesystem::permissions(users, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_NE(refusal({"--turn-user-file", users}), "");
}

TEST_F(OptionsTest, TheConfigurationSaysTheSameAndTheCommandLineWins) {
  const std::string config =
      file("server.toml",
           "stun-port = 1000\ntls-port = 2000\njson = true\nrole = \"id\"\n"
           "relay-allow = \"10.0.0.0/8\"\npublic-address = [\"a.example\", \"b.example\"]\n");
  Options options = parse({"--config", config, "--tls-port", "3000"});
  EXPECT_EQ(options.stun_port, 1000);
  EXPECT_EQ(options.tls_port, 3000);
  EXPECT_TRUE(options.json && options.id_role && !options.relay_role);
  EXPECT_EQ(options.relay_allow.size(), 1u);
  EXPECT_THAT(options.public_addresses, ::testing::ElementsAre("a.example", "b.example"));
}

TEST_F(OptionsTest, WhatCannotBeUsedIsRefusedInOneSentence) {
  const std::vector<std::vector<std::string>> bad = {
      {"--bogus"},
      {"word"},
      {"--stun-port", "70000"},
      {"--stun-port", "x"},
      {"--stun-port", "443"},
      {"--relay-ports", "5-1"},
      {"--relay-ports", "0-1"},
      {"--relay-ports", "5000"},
      {"--role", "king"},
      {"--role", ""},
      {"--listen", "example.org"},
      {"--relay-allow", "10.0.0.0/33"},
      {"--relay", "turn:x"},
      {"--relay", "http://x", "--relay-secret-file", file("s", "x\n")},
      {"--relay", "turn:x", "--relay-secret-file", root_ + "/missing"},
      {"--turn-user", "nobody"},
      {"--turn-user", ":p"},
      {"--turn-user-file", root_ + "/missing"},
      {"--config", root_ + "/missing"},
      {"--config", file("unknown.toml", "no-such-key = 1\n")},
      {"--config", file("broken.toml", "role = \n")},
      {"--config", file("type.toml", "role = 1.5\n")},
  };
  for (const auto& words : bad) {
    const std::string sentence = refusal(words);
    EXPECT_NE(sentence, "") << words.front() << " " << words.back();
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  }
}

TEST_F(OptionsTest, HelpAndVersionAreTexts) {
  EXPECT_NE(parse({"--help"}).text.find("--relay-ports"), std::string::npos);
  EXPECT_NE(parse({"--version"}).text, "");
}

}  // namespace
}  // namespace godesk::server
