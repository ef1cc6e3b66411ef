// The measured profile of a network is the network's, for every kind of NAT, behind the real STUN server.
#include <cmath>

#include <gtest/gtest.h>

#include "link/profile_keeper.h"
#include "sim/profile_world.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

ice::Mapping expected_mapping(Dependence d) {
  return static_cast<ice::Mapping>(static_cast<int>(d) +
                                   static_cast<int>(ice::Mapping::endpoint_independent));
}
ice::Filtering expected_filtering(Dependence d) {
  return static_cast<ice::Filtering>(static_cast<int>(d) +
                                     static_cast<int>(ice::Filtering::endpoint_independent));
}
ice::Allocation expected_allocation(PortAllocation ports) {
  switch (ports) {
    case PortAllocation::preserving:
      return ice::Allocation::preserving;
    case PortAllocation::sequential:
      return ice::Allocation::sequential;
    default:
      return ice::Allocation::random;
  }
}

TEST(Profile, EveryNatIsMeasuredAsWhatItIs) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (oracle::NatKind kind : oracle::all_nat_kinds()) {
      for (auto ports : {PortAllocation::preserving, PortAllocation::sequential, PortAllocation::random}) {
        for (bool hairpin : {false, true}) {
          kind.hairpin = hairpin;
          ProfileWorld w(seed);
          NatConfig nat;
          nat.kind = kind, nat.ports = ports;
          const link::ProfileResult& r = w.measure(w.behind(nat));
          const std::string what = name(kind) + " hairpin " + std::to_string(hairpin) + " ports " +
                                   std::to_string(static_cast<int>(ports)) + " seed " + std::to_string(seed);
          EXPECT_EQ(r.profile.mapping, expected_mapping(kind.mapping)) << what;
          EXPECT_EQ(r.profile.filtering, expected_filtering(kind.filtering)) << what;
          EXPECT_EQ(r.profile.allocation, expected_allocation(ports)) << what;
          EXPECT_FALSE(r.profile.udp_blocked);
          EXPECT_EQ(r.profile.outside, ProfileWorld::outside());
          // Where each destination has a mapping of its own behind a filter, nobody can see a hairpin.
          const bool visible = kind.mapping == Dependence::endpoint_independent ||
                               kind.filtering == Dependence::endpoint_independent;
          EXPECT_EQ(r.profile.hairpin, visible ? std::optional<bool>(hairpin) : std::nullopt) << what;
          EXPECT_LE(w.took(), 1100ms) << what;
        }
      }
    }
  }
}

TEST(Profile, CountersBlocksAndSharedPortsOfCarriersAreSeen) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    NatConfig nat;
    nat.kind = {Dependence::address_and_port_dependent, Dependence::address_and_port_dependent, false};
    nat.ports = PortAllocation::sequential;
    for (int step : {1, 2, -1}) {
      for (double flows : {0.0, 15.0, 200.0, 2000.0}) {
        nat.step = step, nat.foreign_flows = flows;
        ProfileWorld w(seed);
        const auto& p = w.measure(w.behind(nat)).profile;
        EXPECT_EQ(p.allocation, ice::Allocation::sequential) << step << " " << flows << " seed " << seed;
        EXPECT_EQ(p.step, step) << flows << " seed " << seed;
        EXPECT_NEAR(p.flows_per_second, flows, 4 * std::sqrt(flows / 0.255)) << " seed " << seed;
      }
    }
    nat.ports = PortAllocation::block;
    for (std::uint32_t size : {512u, 1024u, 2048u, 4096u}) {
      nat.block_size = size, nat.block_base = static_cast<std::uint16_t>(size * 9);
      ProfileWorld w(seed);
      const auto& p = w.measure(w.behind(nat)).profile;
      EXPECT_EQ(p.allocation, ice::Allocation::block) << size << " seed " << seed;
      EXPECT_EQ(p.block_base, nat.block_base) << size << " seed " << seed;
      EXPECT_EQ(p.block_size, size) << size << " seed " << seed;
    }
    nat.ports = PortAllocation::overloading;
    ProfileWorld w(seed);
    const auto& p = w.measure(w.behind(nat)).profile;
    EXPECT_EQ(p.mapping, ice::Mapping::endpoint_independent) << "nobody outside can tell";
    EXPECT_EQ(p.filtering, ice::Filtering::address_and_port_dependent);
    EXPECT_EQ(p.allocation, ice::Allocation::preserving);
  }
}

TEST(Profile, ANetworkWithIpv6AndNat64AloneIsMeasuredThroughIt) {
  ProfileWorld w(1);
  NatConfig nat;
  nat.kind = {Dependence::endpoint_independent, Dependence::address_and_port_dependent, false};
  const NodeId at = w.behind(nat, {w.ip("2001:db8:1::2")});
  w.world.net.set_nat64(w.home, w.ip("2001:db8:64::"));
  const auto& p = w.measure(at).profile;
  EXPECT_EQ(p.nat64, (ice::Nat64Prefix{w.ip("2001:db8:64::"), 96}));
  EXPECT_EQ(p.mapping, ice::Mapping::endpoint_independent);
  EXPECT_EQ(p.filtering, ice::Filtering::address_and_port_dependent);
  EXPECT_EQ(p.outside, ProfileWorld::outside());
  EXPECT_TRUE(p.ipv6);
}

TEST(Profile, APublicAddressHasNoMappingAndAnOpenFilter) {
  ProfileWorld w(1);
  const NodeId at = w.world.net.add_host(NetworkId::internet, {w.ip("198.51.100.9"), w.ip("2001:db8:1::9")},
                                         w.access, w.access);
  const auto& p = w.measure(at).profile;
  EXPECT_EQ(p.mapping, ice::Mapping::none);
  EXPECT_EQ(p.filtering, ice::Filtering::endpoint_independent);
  EXPECT_EQ(p.outside, w.ip("198.51.100.9"));
  EXPECT_FALSE(p.hairpin);
  EXPECT_TRUE(p.ipv6) << "nobody was there to ask";
  EXPECT_FALSE(p.ipv6_filtered);
}

TEST(Profile, Ipv6AndItsFirewallAreSeen) {
  for (bool firewall : {false, true}) {
    ProfileWorld w(1);
    w.vantages.stun.push_back({"2001:db8:ffff::1", 3478});
    const NodeId at = w.behind({}, {w.ip("192.168.1.2"), w.ip("2001:db8:1::2")});
    w.world.net.set_v6_firewall(w.home, firewall);
    const auto& p = w.measure(at).profile;
    EXPECT_TRUE(p.ipv6);
    EXPECT_EQ(p.ipv6_filtered, firewall);
    EXPECT_FALSE(p.nat64);
  }
}

TEST(Profile, SilenceForThreeSecondsIsBlockedUdp) {
  ProfileWorld w(1);
  const NodeId at = w.behind({});
  w.world.net.block_udp(w.home, true);
  const auto& p = w.measure(at).profile;
  EXPECT_TRUE(p.udp_blocked);
  EXPECT_EQ(p.mapping, ice::Mapping::unknown);
  EXPECT_LE(w.took(), 3100ms);
}

TEST(Profile, LossOnTheWayChangesNoVerdict) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ProfileWorld w(seed);
    w.access.loss = 0.02;
    NatConfig nat;
    nat.kind = {Dependence::address_and_port_dependent, Dependence::address_and_port_dependent, false};
    nat.ports = PortAllocation::sequential;
    const auto& p = w.measure(w.behind(nat)).profile;
    EXPECT_EQ(p.mapping, ice::Mapping::address_and_port_dependent) << seed;
    EXPECT_EQ(p.filtering, ice::Filtering::address_and_port_dependent) << seed;
    EXPECT_EQ(p.allocation, ice::Allocation::sequential) << seed;
    EXPECT_EQ(p.step, 1) << seed;
    EXPECT_LE(w.took(), 3100ms);
  }
}

TEST(Profile, RelaysAreTimedAndTheServerIsNeverAskedMoreThanItAnswers) {
  ProfileWorld w(1);
  w.vantages.relays = {{"203.0.113.2", 3478}, {"203.0.113.99", 3478}};
  const auto& r = w.measure(w.behind({}));
  ASSERT_EQ(r.relays.size(), 2u);
  ASSERT_TRUE(r.relays[0].rtt);
  EXPECT_NEAR(to_ms(*r.relays[0].rtt), 24.6, 0.2);
  EXPECT_FALSE(r.relays[1].rtt);
  EXPECT_EQ(w.drops().rate_limited, 0u);
}

// ---- over minutes

struct Kept : ProfileWorld {
  explicit Kept(const NatConfig& nat, int hops = 1) : ProfileWorld(1) {
    at = behind(nat);
    world.net.set_hops(home, hops);
    link::KeeperConfig config;
    config.measure_life = true;
    keeper.emplace(config, ids, random);
    process = world.run(at, *keeper);
    keeper->set_vantages(world.now(), vantages);
    world.poke(process);
  }
  ice::NatProfile now() { return keeper->profile(world.now()).value_or(ice::NatProfile{}); }

  NodeId at{};
  ProcessId process{};
  Ids ids;
  SeededRandom random{5};
  std::optional<link::ProfileKeeper> keeper;
};

NatConfig expiring(Duration expiry) {
  NatConfig nat;
  nat.kind = {Dependence::endpoint_independent, Dependence::address_and_port_dependent, false};
  nat.expiry = expiry;
  return nat;
}

TEST(Profile, TheLifeOfSilentMappingsJoinsLater) {
  struct Row {
    Duration expiry, measured, keep_alive;
  };
  for (const Row& row : {Row{10s, 8s, 8s}, Row{20s, 16s, 8s}, Row{32s, 30s, 15s}, Row{50s, 45s, 20s},
                         Row{90s, 75s, 20s}, Row{300s, 115s, 20s}}) {
    Kept k(expiring(row.expiry));
    k.world.run_for(5s);
    EXPECT_EQ(k.now().mapping, ice::Mapping::endpoint_independent);
    EXPECT_EQ(k.now().mapping_life, 0s);
    k.world.run_for(120s);
    EXPECT_EQ(k.now().mapping_life, row.measured);
    EXPECT_EQ(link::keep_alive_for(k.now().mapping_life), row.keep_alive);
  }
}

TEST(Profile, ShortLivedDatagramsTellTheDistanceOfTheFilter) {
  for (int hops : {1, 2, 4}) {
    Kept k(expiring(300s), hops);
    k.world.run_for(20s);
    EXPECT_EQ(k.now().distance, hops);
  }
  NatConfig open;
  open.kind = {Dependence::endpoint_independent, Dependence::endpoint_independent, false};
  Kept k(open);
  k.world.run_for(20s);
  EXPECT_EQ(k.now().distance, 0) << "an open filter hides it";
}

TEST(Profile, ANewNetworkIsMeasuredAnewAndAnOldOneEveryTenMinutes) {
  Kept k(expiring(300s));
  k.world.run_for(150s);
  EXPECT_EQ(k.now().mapping_life, 115s);
  const auto version = k.keeper->version();
  k.world.run_for(10min);
  EXPECT_EQ(k.keeper->version(), version + 1);
  EXPECT_EQ(k.now().mapping_life, 115s) << "measured once for each network";

  k.world.change_addresses(k.at, {k.ip("192.168.1.77")});
  EXPECT_FALSE(k.keeper->profile(k.world.now()));
  k.world.run_for(5s);
  EXPECT_EQ(k.now().mapping, ice::Mapping::endpoint_independent);
  EXPECT_EQ(k.now().mapping_life, 0s);
}

TEST(Profile, BeforeItIsAskedForNothingIsSent) {
  Kept k(expiring(300s));
  EXPECT_FALSE(k.keeper->profile(k.world.now()));
  std::set<IpAddress> to;
  k.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
    if (e.fate == Fate::sent && e.from.ip == k.ip("192.168.1.2")) to.insert(e.to.ip);
  };
  k.world.run_for(150s);
  EXPECT_EQ(to, (std::set<IpAddress>{k.ip("203.0.113.1"), k.ip("203.0.113.2")})) << "servers only";
}

TEST(Profile, KeepAlivesComeEachTwentySecondsAndNeverOftenerThanEight) {
  EXPECT_EQ(link::keep_alive_for(0s), 20s) << "not known";
  EXPECT_EQ(link::keep_alive_for(115s), 20s);
  EXPECT_EQ(link::keep_alive_for(45s), 20s);
  EXPECT_EQ(link::keep_alive_for(30s), 15s);
  EXPECT_EQ(link::keep_alive_for(8s), 8s);
}

}  // namespace
}  // namespace godesk::sim
