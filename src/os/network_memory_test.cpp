#include "os/network_memory.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

namespace godesk::os {
namespace {

const WallTime kNow{std::chrono::seconds(1'800'000'000)};

struct NetworkMemoryTest : testing::Test {
  NetworkMemoryTest() { std::filesystem::remove(file); }
  ~NetworkMemoryTest() override { std::filesystem::remove(file); }

  static std::vector<IpAddress> ips(std::initializer_list<const char*> texts) {
    std::vector<IpAddress> out;
    for (const char* text : texts) out.push_back(*IpAddress::parse(text));
    return out;
  }
  static link::PathInfo path(link::Kind kind, link::Transport transport, std::optional<link::Why> why = {}) {
    link::PathInfo info;
    info.kind = kind;
    info.transport = transport;
    info.why = why;
    return info;
  }

  std::string file = testing::TempDir() + "network-memory-" + std::to_string(::getpid());
  std::vector<IpAddress> office = ips({"127.0.0.1", "10.1.2.3", "2001:db8::5"});
  link::PathInfo blocked = path(link::Kind::relay, link::Transport::tls, link::Why::udp_blocked);
};

TEST_F(NetworkMemoryTest, AVerdictHoldsADayInThisNetworkAcrossRuns) {
  NetworkMemory(file).learn(office, blocked, kNow);
  const NetworkMemory later(file);
  EXPECT_TRUE(later.udp_was_blocked(office, kNow + 23h));
  EXPECT_TRUE(later.udp_was_blocked(ips({"2001:db8::77", "10.1.2.99"}), kNow)) << "another lease";
  EXPECT_FALSE(later.udp_was_blocked(ips({"10.1.3.3", "2001:db8::5"}), kNow)) << "another network";
  EXPECT_FALSE(later.udp_was_blocked(office, kNow + 24h));
  EXPECT_FALSE(later.udp_was_blocked(office, kNow - 1s)) << "the clock was wrong";
}

TEST_F(NetworkMemoryTest, UdpThatWorksTakesItBackAndOtherWordsSayNothing) {
  NetworkMemory memory(file);
  memory.learn(office, path(link::Kind::relay, link::Transport::tls, link::Why::login), kNow);
  EXPECT_FALSE(std::filesystem::exists(file));
  memory.learn(office, blocked, kNow);
  memory.learn(office, path(link::Kind::relay, link::Transport::tcp, link::Why::login), kNow);
  EXPECT_TRUE(memory.udp_was_blocked(office, kNow));
  memory.learn(office, path(link::Kind::relay, link::Transport::udp, link::Why::login), kNow);
  EXPECT_FALSE(NetworkMemory(file).udp_was_blocked(office, kNow));
}

TEST_F(NetworkMemoryTest, TheFileIsBounded) {
  NetworkMemory memory(file);
  for (int i = 0; i < 100; ++i)
    memory.learn({IpAddress::v4(0x0a000000u + static_cast<std::uint32_t>(i) * 256)}, blocked,
                 kNow + std::chrono::seconds(i));
  EXPECT_FALSE(memory.udp_was_blocked(ips({"10.0.0.0"}), kNow + 100s));
  EXPECT_TRUE(memory.udp_was_blocked(ips({"10.0.99.0"}), kNow + 100s));
  EXPECT_LE(std::filesystem::file_size(file), 64u * 48u);
}

}  // namespace
}  // namespace godesk::os
