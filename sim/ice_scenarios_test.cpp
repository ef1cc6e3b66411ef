// ICE where one NAT kind against another is not the whole story: one LAN, NATs in a row, hairpin, IPv6,
// blocked UDP, loss, changes in mid-run. Outcomes are the oracle's wherever it has a word for them.
#include <gtest/gtest.h>

#include "sim/ice_peer.h"
#include "sim/oracle.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;
using oracle::NatKind;
using oracle::Verdict;

constexpr Dependence kEi = Dependence::endpoint_independent;
constexpr Dependence kApd = Dependence::address_and_port_dependent;
constexpr NatKind kCone{kEi, kApd, false};  // the usual home router
constexpr NatKind kSymmetric{kApd, kApd, false};

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
const LinkConfig kFast = IceCall::fast(), kAccess = IceCall::access();

NetworkId home(World& world, NatKind kind, const char* outside, NetworkId in = NetworkId::internet,
               LinkConfig link = kAccess) {
  return world.net.add_nat({kind}, in, ip(outside), link, link);
}

oracle::Network behind(std::vector<NatKind> nats) {
  oracle::Network network;
  network.nats = std::move(nats);
  return network;
}

/// Two homes with the usual router.
struct TwoHomes : IceCall {
  NetworkId home_a, home_b;
  explicit TwoHomes(std::uint64_t seed = 1, LinkConfig link = kAccess, NatKind kind = kCone)
      : IceCall(seed),
        home_a(home(world, kind, "198.51.100.1", NetworkId::internet, link)),
        home_b(home(world, kind, "198.51.100.2", NetworkId::internet, link)) {
    NodeId a_host = world.net.add_host(home_a, {ip("192.168.1.2")}, kFast, kFast);
    NodeId b_host = world.net.add_host(home_b, {ip("192.168.1.2")}, kFast, kFast);
    place(a_host, b_host);
  }
  void cut() { world.net.cut(ip("198.51.100.1"), ip("198.51.100.2")); }
  void heal() { world.net.heal(ip("198.51.100.1"), ip("198.51.100.2")); }
};

TEST(IceScenarios, OneLanIsDirectEvenBehindASymmetricNatWithBlockedUdp) {
  IceCall call(1);
  auto lan = home(call.world, kSymmetric, "198.51.100.1");
  call.world.net.block_udp(lan, true);
  auto a = call.world.net.add_host(lan, {ip("192.168.1.2")}, kFast, kFast);
  auto b = call.world.net.add_host(lan, {ip("192.168.1.3")}, kFast, kFast);
  call.place(a, b);
  EXPECT_TRUE(call.connects(2s));
  auto pair = call.a->agent.pair_info(*call.a->agent.selected());
  EXPECT_EQ(pair->remote.ip, ip("192.168.1.3"));
  EXPECT_EQ(pair->remote_type, ice::CandidateType::host);
}

TEST(IceScenarios, TwoNatsInARow) {
  for (NatKind outer : {kCone, kSymmetric, NatKind{}})
    for (NatKind inner : {kCone, kSymmetric}) {
      IceCall call(3);
      auto cgn = home(call.world, outer, "198.51.100.1");
      auto inside = home(call.world, inner, "100.64.0.7", cgn, kFast);
      auto other = home(call.world, kCone, "198.51.100.2");
      auto a = call.world.net.add_host(inside, {ip("192.168.1.2")}, kFast, kFast);
      auto b = call.world.net.add_host(other, {ip("192.168.1.2")}, kFast, kFast);
      call.place(a, b);
      bool direct = oracle::verdict(behind({inner, outer}), behind({kCone})) == Verdict::direct;
      EXPECT_EQ(call.connects(3s), direct) << oracle::name(inner) << " in " << oracle::name(outer);
    }
}

TEST(IceScenarios, TwoHomesBehindOneCarrierNeedItToHairpin) {
  for (bool hairpin : {false, true}) {
    IceCall call(4);
    NatKind carrier{kEi, kEi, hairpin};
    auto cgn = home(call.world, carrier, "198.51.100.1");
    auto home_a = home(call.world, kCone, "100.64.0.2", cgn, kFast);
    auto home_b = home(call.world, kCone, "100.64.0.3", cgn, kFast);
    auto a = call.world.net.add_host(home_a, {ip("192.168.1.2")}, kFast, kFast);
    auto b = call.world.net.add_host(home_b, {ip("192.168.1.3")}, kFast, kFast);
    call.place(a, b);
    oracle::Network net_a = behind({kCone, carrier}), net_b = net_a;
    net_a.outermost = net_b.outermost = 1;
    bool direct = oracle::verdict(net_a, net_b) == Verdict::direct;
    EXPECT_EQ(direct, hairpin);
    EXPECT_EQ(call.connects(3s), direct);
  }
}

TEST(IceScenarios, Ipv6OnBothSidesIsDirectWhateverTheNatsDo) {
  IceCall call(5);
  auto home_a = home(call.world, kSymmetric, "198.51.100.1");
  auto home_b = home(call.world, kSymmetric, "198.51.100.2");
  auto a = call.world.net.add_host(home_a, {ip("192.168.1.2"), ip("2001:db8:1::2")}, kFast, kFast);
  auto b = call.world.net.add_host(home_b, {ip("192.168.1.2"), ip("2001:db8:2::2")}, kFast, kFast);
  call.place(a, b);
  EXPECT_TRUE(call.connects(2s));
  EXPECT_EQ(call.a->agent.pair_info(*call.a->agent.selected())->family(), Family::v6);
}

TEST(IceScenarios, NoCommonFamilyOrBlockedUdpFindsNothing) {
  IceCall families(6);
  auto only6 = home(families.world, kCone, "198.51.100.1");
  auto only4 = home(families.world, kCone, "198.51.100.2");
  auto six = families.world.net.add_host(only6, {ip("2001:db8:1::2")}, kFast, kFast);
  auto four = families.world.net.add_host(only4, {ip("192.168.1.2")}, kFast, kFast);
  families.place(six, four);
  EXPECT_FALSE(families.connects(3s));

  TwoHomes blocked(6);
  blocked.world.net.block_udp(blocked.home_b, true);
  EXPECT_FALSE(blocked.connects(3s));
}

TEST(IceScenarios, LossAndReorderingDelayButDoNotPrevent) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TwoHomes call(seed, {.delay = 20ms, .jitter = 30ms, .loss = 0.15});
    EXPECT_TRUE(call.world.run_until([&] { return call.both_selected(); }, 5s)) << "seed " << seed;
  }
}

TEST(IceScenarios, AnIdlePairOutlivesNatsWithShortMemory) {
  IceCall call(7);
  NatConfig forgetful{kCone, PortAllocation::random, 15s};
  auto home_a = call.world.net.add_nat(forgetful, NetworkId::internet, ip("198.51.100.1"), kAccess, kAccess);
  auto home_b = call.world.net.add_nat(forgetful, NetworkId::internet, ip("198.51.100.2"), kAccess, kAccess);
  auto a = call.world.net.add_host(home_a, {ip("192.168.1.2")}, kFast, kFast);
  auto b = call.world.net.add_host(home_b, {ip("192.168.1.2")}, kFast, kFast);
  call.place(a, b);
  ASSERT_TRUE(call.connects(2s));
  call.world.run_for(600s);
  EXPECT_TRUE(call.talk());
  EXPECT_EQ(call.a->consents_lost + call.b->consents_lost, 0);
}

TEST(IceScenarios, ACutPathLosesConsentAfterThirtySecondsAndIsFoundAgainWhenItHeals) {
  TwoHomes call(8);
  ASSERT_TRUE(call.connects(2s));
  call.cut();
  call.world.run_for(20s);
  EXPECT_EQ(call.a->consents_lost, 0);
  call.world.run_for(17s);
  EXPECT_GE(call.a->consents_lost, 1);
  EXPECT_FALSE(call.a->has_valid_pair());
  call.world.run_for(300s);
  call.heal();
  EXPECT_TRUE(call.connects(5s));
}

TEST(IceScenarios, ADeclaredDeadPathComesBackWithinSecondsOfHealing) {
  TwoHomes call(9);
  ASSERT_TRUE(call.connects(2s));
  call.cut();
  for (IcePeer* peer : {&*call.a, &*call.b})
    for (const ice::PairInfo& pair : peer->agent.pairs()) peer->agent.declare_lost(call.world.now(), pair.id);
  call.world.run_for(10s);
  EXPECT_FALSE(call.a->has_valid_pair());
  call.heal();
  Time healed = call.world.now();
  ASSERT_TRUE(call.connects(5s));
  EXPECT_LT(call.world.now() - healed, 2500ms);
}

TEST(IceScenarios, ARouterThatForgetsItsBindingsIsCrossedAgain) {
  // Where the other side filters by address only, the next consent check already comes through.
  TwoHomes easy(10, kAccess, {kEi, Dependence::address_dependent, false});
  ASSERT_TRUE(easy.connects(2s));
  easy.world.net.nat(easy.home_b).forget();
  easy.world.run_for(10s);
  EXPECT_TRUE(easy.b->has_valid_pair());

  // Where it filters by port too, the new reflexive address must be told.
  TwoHomes call(10);
  ASSERT_TRUE(call.connects(2s));
  call.world.net.nat(call.home_b).forget();
  auto before = call.b->agent.pair_info(*call.b->agent.selected())->mapped;
  call.b->gather_again(call.world.now());
  auto moved = [&] {
    for (const ice::PairInfo& pair : call.b->agent.pairs())
      if (pair.state == ice::PairState::valid && pair.mapped != before) return true;
    return false;
  };
  EXPECT_TRUE(call.world.run_until(moved, 8s));
}

TEST(IceScenarios, AnEndThatChangesItsNetworkIsReachedAgain) {
  TwoHomes call(11);
  ASSERT_TRUE(call.connects(2s));
  call.world.change_addresses(call.hosts[1], {ip("192.168.1.99")});
  EXPECT_FALSE(call.b->has_valid_pair());
  ASSERT_TRUE(call.world.run_until([&] { return call.b->has_valid_pair(); }, 5s));
  call.world.run_for(40s);  // the caller's old pair loses consent, and it names another
  for (const ice::PairInfo& pair : call.a->agent.pairs())
    if (pair.state == ice::PairState::valid) call.a->agent.nominate(call.world.now(), pair.id);
  call.world.poke(call.a->process);
  ASSERT_TRUE(call.world.run_until([&] { return call.both_selected(); }, 5s));
  EXPECT_TRUE(call.talk());
}

TEST(IceScenarios, StrangersLimitsKeepEveryIntroductionUnderEightyChecks) {
  IceCall call(12);
  auto home_a = home(call.world, kSymmetric, "198.51.100.1");
  auto home_b = home(call.world, kSymmetric, "198.51.100.2");
  auto a = call.world.net.add_host(home_a, {ip("192.168.1.2")}, kFast, kFast);
  auto b = call.world.net.add_host(home_b, {ip("192.168.1.2")}, kFast, kFast);
  call.place(a, b, {});
  for (int i = 0; i < 100; ++i) {
    Endpoint victim{IpAddress::v4(0xCB007200u + static_cast<std::uint32_t>(i)), 53};
    call.b->agent.add_remote(call.world.now(), ice::make_candidate(ice::CandidateType::host, victim, victim));
  }
  std::map<IpAddress, int> shot;
  std::size_t checks = 0;
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
    if (e.fate != Fate::sent || e.from.ip != ip("192.168.1.2") || e.to.ip == IceCall::server4().ip) return;
    if (e.to.ip.prefix(24) == ip("203.0.114.0")) ++checks, ++shot[e.to.ip];
  };
  call.world.run_for(1200s);
  EXPECT_LE(checks, 80u);
  EXPECT_EQ(shot.size(), 8u);
  for (const auto& [victim, count] : shot) EXPECT_LE(count, 10);
}

}  // namespace
}  // namespace godesk::sim
