// Direct comes, goes and comes back while packets flow.
#include <gtest/gtest.h>

#include "sim/link_call.h"

namespace godesk::sim {
namespace {

using link::How;
using link::Kind;
using link::Role;
using link::Why;

struct LinkFailover : testing::Test {
  LinkCall call{21};

  static IpAddress ip(const char* text) { return LinkCall::ip(text); }
  NetworkId nat(const char* outside, NetworkId at = NetworkId::internet, NatConfig config = {}) {
    return call.world.net.add_nat(config, at, ip(outside), LinkCall::access(), LinkCall::access());
  }
  NodeId host(NetworkId network, std::vector<IpAddress> addresses) {
    return call.world.net.add_host(network, std::move(addresses), LinkCall::fast(), LinkCall::fast());
  }
  void connect(NodeId caller, NodeId other) {
    call.place(caller, other);
    ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
    call.allow_direct();
  }
  void go_direct(NodeId caller, NodeId other) {
    connect(caller, other);
    ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 2s));
  }
  void go_direct() {
    go_direct(host(nat("198.51.100.1"), {ip("192.168.1.2")}), host(nat("198.51.101.2"), {ip("192.168.1.2")}));
  }
  void cut() { call.world.net.cut(ip("198.51.100.1"), ip("198.51.101.2")); }
  void heal() { call.world.net.heal(ip("198.51.100.1"), ip("198.51.101.2")); }
};

TEST_F(LinkFailover, AStreamSurvivesTheDeathOfTheDirectPathAndReturnsToIt) {
  go_direct();
  call.stream(30s);
  call.world.run_for(3s);
  const Time cut_at = call.world.now();
  cut();
  ASSERT_TRUE(call.run_until([&] { return call.both_relayed(); }, 2s));
  const Duration switched = call.world.now() - cut_at;
  EXPECT_LT(switched, 1s);
  EXPECT_EQ(call.caller->path().why, Why::direct_lost);
  EXPECT_EQ(call.host->path().why, Why::direct_lost);
  call.world.run_for(8s);
  const Duration gap = std::max(call.longest_gap(*call.caller, cut_at), call.longest_gap(*call.host, cut_at));
  EXPECT_LT(gap, 350ms);
  const Time heal_at = call.world.now();
  heal();
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 6s));
  const Duration healed = call.world.now() - heal_at;
  call.world.run_for(2s);
  std::printf("cut: silence %.0f ms, relay after %.0f ms; direct again %.0f ms after the heal\n", to_ms(gap),
              to_ms(switched), to_ms(healed));
  EXPECT_LT(call.longest_gap(*call.host, heal_at), 100ms);
  EXPECT_TRUE(call.caller->lost.empty());
  EXPECT_EQ(call.caller->epochs_wanted, 0);
}

TEST_F(LinkFailover, AnIdleSessionNoticesToo) {
  go_direct();
  call.world.run_for(5s);
  cut();
  ASSERT_TRUE(call.run_until([&] { return call.both_relayed(); }, 3s));
  heal();
  EXPECT_TRUE(call.run_until([&] { return call.both_direct(); }, 6s));
}

TEST_F(LinkFailover, ALongCutHealsToo) {
  go_direct();
  call.stream(400s);
  cut();
  call.world.run_for(300s);
  EXPECT_TRUE(call.both_relayed());
  heal();
  EXPECT_TRUE(call.run_until([&] { return call.both_direct(); }, 6s));
}

TEST_F(LinkFailover, NatsThatForgetAreMetAgain) {
  auto home_a = nat("198.51.100.1"), home_b = nat("198.51.101.2");
  go_direct(host(home_a, {ip("192.168.1.2")}), host(home_b, {ip("192.168.1.2")}));
  call.stream(30s);
  call.world.run_for(2s);
  const Time forgot = call.world.now();
  call.world.net.nat(home_a).forget();
  call.world.net.nat(home_b).forget();
  call.world.run_for(20s);
  EXPECT_TRUE(call.both_direct());
  EXPECT_LT(call.longest_gap(*call.host, forgot), 5s);
  EXPECT_TRUE(call.talk());
}

TEST_F(LinkFailover, ASteadyPathIsNotLeftForALossyMoment) {
  auto a = call.world.net.add_host(NetworkId::internet, {ip("198.51.100.1")},
                                   {.delay = 12ms, .jitter = 10ms, .loss = 0.1},
                                   {.delay = 12ms, .jitter = 10ms, .loss = 0.1});
  auto b = call.world.net.add_host(NetworkId::internet, {ip("198.51.101.2")}, LinkCall::access(),
                                   LinkCall::access());
  connect(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 5s));
  const std::size_t paths = call.caller->paths.size();
  call.stream(300s);
  call.world.run_for(301s);
  EXPECT_TRUE(call.both_direct());
  EXPECT_EQ(call.caller->paths.size(), paths);
}

TEST_F(LinkFailover, OnlyOneCopyOfAPacketOnAQuietPath) {
  go_direct();
  call.world.run_for(1s);
  const std::size_t copies = call.host->copies, heard = call.host->heard.size();
  call.stream(5s);
  call.world.run_for(6s);
  EXPECT_EQ(call.host->copies - copies, call.host->heard.size() - heard);
}

TEST_F(LinkFailover, UrgentPacketsGoTwoWaysAndMissNothingWhenOneDies) {
  go_direct();
  call.urgency = link::Urgency::urgent;
  call.world.run_for(1s);
  const std::size_t copies = call.host->copies, heard = call.host->heard.size();
  const Time cut_at = call.world.now();
  call.stream(2s);
  call.world.run_for(1s);
  EXPECT_GT(call.host->copies - copies, 2 * (call.host->heard.size() - heard) - 10);
  cut();
  call.world.run_for(3s);
  EXPECT_LE(call.longest_gap(*call.host, cut_at), 100ms);
  EXPECT_EQ(call.host->heard.size() - heard, 100u);
}

TEST_F(LinkFailover, CopiesOfUrgentPacketsStayWithinTheirBudget) {
  go_direct();
  call.urgency = link::Urgency::urgent;
  call.world.run_for(1s);
  const std::size_t copies = call.host->copies, heard = call.host->heard.size();
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    call.send(*call.caller, 1'000'000 + i);
    if (i % 20 == 0) call.send(*call.host, 1'000'000 + i);  // so that nobody has doubts
    call.world.run_for(1ms);
  }
  call.world.run_for(1s);
  const std::size_t second = call.host->copies - copies - (call.host->heard.size() - heard);
  EXPECT_GE(call.host->heard.size() - heard, 10'000u);
  EXPECT_LE(second * 205 * 8, 10 * 110'000u);
  EXPECT_GE(second, 400u);
}

TEST_F(LinkFailover, SameLan) {
  auto lan = nat("198.51.100.1");
  go_direct(host(lan, {ip("192.168.1.2")}), host(lan, {ip("192.168.1.3")}));
  EXPECT_EQ(call.caller->path().how, How::lan);
  EXPECT_EQ(call.caller->path().remote.ip, ip("192.168.1.3"));
}

TEST_F(LinkFailover, DoubleNat) {
  auto outer = nat("198.51.100.1");
  auto inner = nat("10.64.0.2", outer);
  go_direct(host(inner, {ip("192.168.1.2")}), host(nat("198.51.101.2"), {ip("192.168.1.2")}));
  EXPECT_EQ(call.caller->path().how, How::reflexive);
}

TEST_F(LinkFailover, Hairpin) {
  NatConfig turning;
  turning.kind.hairpin = true;
  auto outer = nat("198.51.100.1", NetworkId::internet, turning);
  auto inner_a = nat("10.64.0.2", outer), inner_b = nat("10.64.0.3", outer);
  go_direct(host(inner_a, {ip("192.168.1.2")}), host(inner_b, {ip("192.168.1.2")}));
  EXPECT_TRUE(call.talk());
}

TEST_F(LinkFailover, Ipv6ThroughTwoFirewalls) {
  go_direct(host(nat("198.51.100.1"), {ip("2001:db8:1::2")}),
            host(nat("198.51.101.2"), {ip("2001:db8:2::2")}));
  EXPECT_EQ(call.caller->path().how, How::ipv6);
  EXPECT_EQ(call.caller->path().family, Family::v6);
  EXPECT_EQ(call.host->path().remote.ip, ip("2001:db8:1::2"));
}

TEST_F(LinkFailover, TwoStacksOnBothSides) {
  go_direct(host(nat("198.51.100.1"), {ip("192.168.1.2"), ip("2001:db8:1::2")}),
            host(nat("198.51.101.2"), {ip("192.168.1.2"), ip("2001:db8:2::2")}));
  call.world.run_for(5s);
  // Both follow one nomination.
  EXPECT_EQ(call.caller->path().family, call.host->path().family);
}

TEST_F(LinkFailover, EveryWordComesOnceInItsOrder) {
  NatConfig hard;
  hard.kind = {oracle::Dependence::address_and_port_dependent, oracle::Dependence::address_and_port_dependent,
               false};
  connect(host(nat("198.51.100.1", NetworkId::internet, hard), {ip("192.168.1.2")}),
          host(nat("198.51.101.2", NetworkId::internet, hard), {ip("192.168.1.2")}));
  call.world.run_for(120s);
  for (const LinkEnd* end : {&*call.caller, &*call.host}) {
    std::vector<Why> words;
    for (const auto& [at, path] : end->paths) words.push_back(path.why.value());
    EXPECT_EQ(words, (std::vector{Why::login, Why::punching, Why::hard_nat}));
  }
}

TEST_F(LinkFailover, OnOneMachineLoopbackIsEnough) {
  const NodeId machine = host(NetworkId::internet, {ip("127.0.0.1")});
  RelayProcess relay(ip("127.0.0.1"), std::nullopt, call.world.fork_random());
  call.world.run(machine, relay);
  link::Config configs[2];
  for (Role role : {Role::caller, Role::host}) {
    auto& c = configs[role == Role::caller ? 0 : 1];
    c = LinkCall::config(role, ip("127.0.0.1"));
    c.stun = {HostPort{"127.0.0.1", 3478}};
  }
  call.place(machine, machine, configs[0], configs[1]);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
  EXPECT_TRUE(call.both_relayed());
  call.allow_direct();
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 2s));
  EXPECT_EQ(call.caller->path().how, How::lan);
  EXPECT_TRUE(call.talk());
}

TEST_F(LinkFailover, RoamingFindsTheRelayAndThenDirectAgain) {
  auto home = nat("198.51.101.2");
  auto phone = call.world.net.add_host(NetworkId::internet, {ip("198.51.100.1")}, LinkCall::access(),
                                       LinkCall::access());
  go_direct(phone, host(home, {ip("192.168.1.2")}));
  call.stream(20s);
  call.world.run_for(1s);
  const Time roamed = call.world.now();
  call.world.change_addresses(phone, {ip("192.0.2.77")});
  call.world.run_for(15s);
  EXPECT_TRUE(call.both_direct());
  EXPECT_EQ(call.caller->path().local.ip, ip("192.0.2.77"));
  EXPECT_LT(call.longest_gap(*call.host, roamed), 3s);
}

}  // namespace
}  // namespace godesk::sim
