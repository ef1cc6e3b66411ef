#include "rendezvous/join.h"

#include <gtest/gtest.h>

namespace godesk::rendezvous {
namespace {

const std::string kKey(43, 'A');  // 32 zero bytes

Join parsed(const std::string& text) {
  const auto join = Join::parse(text);
  EXPECT_TRUE(join.ok()) << text << ": " << (join ? "" : to_string(join.reason()));
  return join ? *join : Join{};
}

TEST(Join, ReadsWhatItWrites) {
  for (const std::string& text : {
           "godesk://198.51.100.10?key=" + kKey,
           "godesk://198.51.100.10:8443?key=" + kKey,
           "godesk://desk.example.org?key=" + kKey + "&stun=13478",
           "godesk://[2001:db8::1]?key=" + kKey,
           "godesk://[2001:db8::1]:8443?key=" + kKey + "&stun=3479&also=198.51.100.10&also=desk.example.org",
           "godesk://198.51.100.10?key=" + kKey + "&also=2001:db8::1",
           std::string("desk.example.org"),
           std::string("desk.example.org:8443"),
           std::string("[2001:db8::1]:8443"),
       })
    EXPECT_EQ(parsed(text).to_string(), text);
}

TEST(Join, DefaultsAreNotSpelledOut) {
  const Join join = parsed("godesk://desk:443?stun=3478&also=a&key=" + kKey);
  EXPECT_EQ(join.to_string(), "godesk://desk?key=" + kKey + "&also=a");
  EXPECT_EQ(parsed("godesk://desk?also=a&key=" + kKey), join);
}

TEST(Join, GivesEveryAddressAsATarget) {
  const Join join = parsed("godesk://[2001:db8::1]:8443?key=" + kKey + "&also=198.51.100.10");
  EXPECT_EQ(join.targets(), (std::vector<HostPort>{{"2001:db8::1", 8443}, {"198.51.100.10", 8443}}));
  EXPECT_EQ(join.stream_kind(), StreamKind::websocket);
  EXPECT_EQ(parsed("desk.example.org").stream_kind(), StreamKind::websocket_vouched);
}

TEST(Join, RefusesEverythingElseWithAReason) {
  const std::string good = "godesk://h?key=" + kKey;
  const std::vector<std::pair<std::string, JoinError>> cases = {
      {"", JoinError::bad_host},
      {"godesk://", JoinError::bad_host},
      {"godesk://h", JoinError::no_key},
      {"godesk://h?stun=1", JoinError::no_key},
      {"godesk://?key=" + kKey, JoinError::bad_host},
      {"godesk://2001:db8::1?key=" + kKey, JoinError::bad_host},
      {"godesk://[2001:db8::1?key=" + kKey, JoinError::bad_host},
      {"godesk://[198.51.100.10]?key=" + kKey, JoinError::bad_host},
      {"godesk://[2001:db8::1]x?key=" + kKey, JoinError::bad_port},
      {"godesk://h:0?key=" + kKey, JoinError::bad_port},
      {"godesk://h:65536?key=" + kKey, JoinError::bad_port},
      {"godesk://h:?key=" + kKey, JoinError::bad_port},
      {"godesk://h:+1?key=" + kKey, JoinError::bad_port},
      {"godesk://h?key=AAAA", JoinError::bad_key},
      {"godesk://h?key=" + kKey + "=", JoinError::bad_key},
      {good + "&key=" + kKey, JoinError::repeated},
      {good + "&stun=1&stun=1", JoinError::repeated},
      {good + "&stun=x", JoinError::bad_port},
      {good + "&also=", JoinError::bad_host},
      {good + "&also=[2001:db8::1]", JoinError::bad_host},
      {good + "&name=x", JoinError::unknown_parameter},
      {good + "&&also=a", JoinError::unknown_parameter},
      {good + "&also=a&also=b&also=c&also=d&also=e&also=f&also=g&also=h", JoinError::too_many_hosts},
      {good + "&also=" + std::string(256, 'a'), JoinError::bad_host},
      {std::string(5000, 'a'), JoinError::too_long},
      {"https://desk.example.org", JoinError::bad_port},
      {"desk example", JoinError::bad_host},
      {"2001:db8::1", JoinError::bad_host},
      {"desk:1:2", JoinError::bad_port},
  };
  for (const auto& [text, reason] : cases) {
    const auto join = Join::parse(text);
    ASSERT_FALSE(join.ok()) << text;
    EXPECT_EQ(join.reason(), reason) << text << ": " << to_string(join.reason());
  }
}

TEST(Join, TheKeyIsTheHashOfTheIdentityKey) {
  // SHA-256 of 32 zero bytes.
  EXPECT_EQ(to_hex(key_hash({})), "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
}

}  // namespace
}  // namespace godesk::rendezvous
