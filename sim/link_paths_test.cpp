// The path manager in virtual time: promotion, silent death, roaming, flapping, long packets. Every figure is
// one that the product promises (docs/traversal.md), at 50 ms RTT.
#include <algorithm>

#include <gtest/gtest.h>

#include "sim/link_call.h"

namespace godesk::sim {
namespace {

using link::Kind;
using link::Why;

constexpr Duration kRtt = 50ms;

struct LinkPaths : testing::Test {
  LinkCall call{31};
  NodeId phone{}, desk{};
  NetworkId home{};

  static IpAddress ip(const char* text) { return LinkCall::ip(text); }
  /// A phone on the internet itself, a desk behind a NAT; 50 ms from one to the other, and over the relay.
  void connect(LinkConfig phones = {.delay = 12ms}) {
    phone = call.world.net.add_host(NetworkId::internet, {ip("198.51.100.1")}, phones, phones);
    home = call.world.net.add_nat({}, NetworkId::internet, ip("198.51.101.2"), LinkCall::access(),
                                  LinkCall::access());
    desk = call.world.net.add_host(home, {ip("192.168.1.2")}, {.delay = 1ms}, {.delay = 1ms});
    call.place(phone, desk);
    ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
  }
  void go_direct() {
    connect();
    call.allow_direct();
    ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 2s));
    call.world.run_for(3s);
  }
  void cut() { call.world.net.cut(ip("198.51.100.1"), ip("198.51.101.2")); }
  void heal() { call.world.net.heal(ip("198.51.100.1"), ip("198.51.101.2")); }
  Duration longest_gap(Time from) const {
    return std::max(call.longest_gap(*call.caller, from), call.longest_gap(*call.host, from));
  }
};

TEST_F(LinkPaths, PromotionDelaysNoPacket) {
  connect();
  call.stream(5s);
  call.world.run_for(1s);
  const Time allowed = call.world.now();
  const std::size_t heard = call.caller->heard.size();
  call.allow_direct();
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 2s));
  std::printf("direct %.0f ms after the login\n", to_ms(call.world.now() - allowed));
  call.world.run_for(2s);
  EXPECT_LE(longest_gap(allowed), 20ms + 5ms) << "one packet every 20 ms, before, during and after";
  EXPECT_GE(call.caller->heard.size() - heard, 100u);
}

TEST_F(LinkPaths, ASilentDeathIsSeenForLessThan350Milliseconds) {
  go_direct();
  call.stream(20s);
  call.world.run_for(2s);
  const Time cut_at = call.world.now();
  cut();
  ASSERT_TRUE(call.run_until([&] { return call.both_relayed(); }, 2s));
  EXPECT_LE(call.world.now() - cut_at, 1s);
  call.world.run_for(2s);
  std::printf("silent death: gap %.0f ms\n", to_ms(longest_gap(cut_at)));
  EXPECT_LE(longest_gap(cut_at), 250ms);
  EXPECT_EQ(call.caller->path().why, Why::direct_lost);
  EXPECT_EQ(call.caller->heard.size(), call.host->heard.size());
  EXPECT_TRUE(call.caller->lost.empty());
}

TEST_F(LinkPaths, NothingIsLostWhenAPathDiesSilently) {
  go_direct();
  const std::size_t here = call.caller->heard.size(), there = call.host->heard.size();
  call.stream(4s);
  call.world.run_for(1s);
  cut();
  call.world.run_for(5s);
  EXPECT_EQ(call.caller->heard.size() - here, 200u);
  EXPECT_EQ(call.host->heard.size() - there, 200u);
}

TEST_F(LinkPaths, ANewAddressCarriesTheSessionOnAtOnce) {
  go_direct();
  call.stream(20s);
  call.world.run_for(1s);
  const Time roamed = call.world.now();
  call.world.change_addresses(phone, {ip("192.0.2.77")});
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path() && call.world.now() > roamed + 100ms; }, 2s));
  call.world.run_for(10s);
  std::printf("roam: gap here %.0f ms, there %.0f ms\n", to_ms(call.longest_gap(*call.caller, roamed)),
              to_ms(call.longest_gap(*call.host, roamed)));
  EXPECT_LE(longest_gap(roamed), kRtt + 300ms);
  EXPECT_TRUE(call.both_direct());
  EXPECT_EQ(call.caller->path().local.ip, ip("192.0.2.77"));
  EXPECT_EQ(call.caller->epochs_wanted, 0);
}

TEST_F(LinkPaths, AnAddressThatComesBackLaterDoesSoToo) {
  go_direct();
  call.stream(20s);
  call.world.run_for(1s);
  call.world.change_addresses(phone, {});
  call.world.run_for(3s);
  EXPECT_FALSE(call.caller->link.has_path());
  const Time up = call.world.now();
  call.world.change_addresses(phone, {ip("192.0.2.77")});
  call.world.run_for(5s);
  const auto first = std::find_if(call.caller->heard.begin(), call.caller->heard.end(),
                                  [&](const auto& h) { return h.second > up; });
  ASSERT_NE(first, call.caller->heard.end());
  std::printf("back %.0f ms after the address came\n", to_ms(first->second - up));
  EXPECT_LE(first->second - up, kRtt + 300ms);
  EXPECT_TRUE(call.both_direct());
}

TEST_F(LinkPaths, APathThatFlapsIsLeftAloneForGrowingTimes) {
  go_direct();
  call.stream(200s);
  std::vector<Duration> relayed;
  for (int i = 0; i < 4; ++i) {
    cut();
    ASSERT_TRUE(call.run_until([&] { return call.both_relayed(); }, 3s));
    heal();
    const Time healed = call.world.now();
    ASSERT_TRUE(call.run_until([&] { return call.caller->direct(); }, 40s));
    relayed.push_back(call.world.now() - healed);
    call.world.run_for(1s);
  }
  EXPECT_LE(relayed[0], 3s);
  EXPECT_GE(relayed[2], 4s);
  EXPECT_GE(relayed[3], 8s);
}

TEST_F(LinkPaths, LongPacketsAreUsedWhereTheWholeWayCarriesThem) {
  go_direct();
  EXPECT_EQ(call.caller->link.mtu(), 1452u);
  EXPECT_EQ(call.host->link.mtu(), 1452u);
}

TEST_F(LinkPaths, ANarrowPathKeepsShortPackets) {
  connect({.delay = 12ms, .mtu = 1420});
  call.allow_direct();
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 2s));
  call.world.run_for(5s);
  EXPECT_EQ(call.caller->link.mtu(), 1400u);
  EXPECT_EQ(call.host->link.mtu(), 1400u);
  call.world.net.set_link(phone, {.delay = 12ms, .mtu = 1300}, {.delay = 12ms, .mtu = 1300});
  call.world.run_for(10s);
  EXPECT_EQ(call.caller->link.mtu(), 1200u);
}

TEST_F(LinkPaths, AFasterRelayWins) {
  connect();
  call.allow_direct();
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 2s));
  call.stream(60s);
  call.world.net.set_distance(phone, call.world.net.gateway(home), 30ms);
  ASSERT_TRUE(call.run_until([&] { return call.both_relayed(); }, 50s));
  call.world.run_for(5s);
  EXPECT_TRUE(call.both_relayed());
}

}  // namespace
}  // namespace godesk::sim
