#include "sim/nat.h"

#include <cmath>

#include <gtest/gtest.h>

#include "sim/seeded_random.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

Endpoint at(const char* text) { return *Endpoint::parse(text); }
const Endpoint kInside = at("192.168.1.2:5000");
const Endpoint kPeer = at("203.0.113.1:10"), kPeerOtherPort = at("203.0.113.1:11");
const Endpoint kStranger = at("203.0.113.2:10");
constexpr Time kStart{};

struct NatFixture {
  SeededRandom random{1};
  Nat nat;
  NatFixture(Dependence mapping, Dependence filtering, PortAllocation ports = PortAllocation::random,
             bool inbound_refreshes = false)
      : nat({{mapping, filtering, false}, ports, 120s, inbound_refreshes}, *IpAddress::parse("198.51.100.1"),
            random) {}
};

TEST(Nat, MappingDependsOnWhatItSays) {
  NatFixture ei(Dependence::endpoint_independent, Dependence::endpoint_independent);
  EXPECT_EQ(ei.nat.outbound(kStart, kInside, kPeer), ei.nat.outbound(kStart, kInside, kStranger));
  NatFixture ad(Dependence::address_dependent, Dependence::endpoint_independent);
  EXPECT_EQ(ad.nat.outbound(kStart, kInside, kPeer), ad.nat.outbound(kStart, kInside, kPeerOtherPort));
  EXPECT_NE(ad.nat.outbound(kStart, kInside, kPeer), ad.nat.outbound(kStart, kInside, kStranger));
  NatFixture apd(Dependence::address_and_port_dependent, Dependence::endpoint_independent);
  EXPECT_NE(apd.nat.outbound(kStart, kInside, kPeer), apd.nat.outbound(kStart, kInside, kPeerOtherPort));
}

TEST(Nat, FilteringDependsOnWhatItSays) {
  struct Row {
    Dependence filtering;
    bool peer, other_port, stranger;
  };
  for (Row row : {Row{Dependence::endpoint_independent, true, true, true},
                  Row{Dependence::address_dependent, true, true, false},
                  Row{Dependence::address_and_port_dependent, true, false, false}}) {
    NatFixture f(Dependence::endpoint_independent, row.filtering);
    auto outside = f.nat.outbound(kStart, kInside, kPeer);
    ASSERT_TRUE(outside);
    EXPECT_EQ(f.nat.inbound(kStart, outside->port, kPeer).has_value(), row.peer);
    EXPECT_EQ(f.nat.inbound(kStart, outside->port, kPeerOtherPort).has_value(), row.other_port);
    EXPECT_EQ(f.nat.inbound(kStart, outside->port, kStranger).has_value(), row.stranger);
  }
}

TEST(Nat, FilterStateIsPerBinding) {
  NatFixture f(Dependence::address_and_port_dependent, Dependence::address_dependent);
  auto to_peer = f.nat.outbound(kStart, kInside, kPeer);
  auto to_stranger = f.nat.outbound(kStart, kInside, kStranger);
  EXPECT_TRUE(f.nat.inbound(kStart, to_peer->port, kPeerOtherPort));
  EXPECT_FALSE(f.nat.inbound(kStart, to_stranger->port, kPeer));
}

TEST(Nat, PortAllocation) {
  NatFixture preserving(Dependence::address_and_port_dependent, Dependence::endpoint_independent,
                        PortAllocation::preserving);
  EXPECT_EQ(preserving.nat.outbound(kStart, kInside, kPeer)->port, kInside.port);
  EXPECT_EQ(preserving.nat.outbound(kStart, kInside, kStranger)->port, kInside.port + 1);
  NatFixture sequential(Dependence::address_and_port_dependent, Dependence::endpoint_independent,
                        PortAllocation::sequential);
  auto first = sequential.nat.outbound(kStart, kInside, kPeer)->port;
  EXPECT_EQ(sequential.nat.outbound(kStart, kInside, kStranger)->port, first + 1);
}

TEST(Nat, BindingsExpireUnlessOutboundTrafficRefreshesThem) {
  NatFixture f(Dependence::endpoint_independent, Dependence::endpoint_independent);
  auto port = f.nat.outbound(kStart, kInside, kPeer)->port;
  EXPECT_TRUE(f.nat.inbound(kStart + 119s, port, kPeer));
  EXPECT_FALSE(f.nat.inbound(kStart + 121s, port, kPeer)) << "inbound traffic refreshed it";

  NatFixture g(Dependence::endpoint_independent, Dependence::endpoint_independent, PortAllocation::random,
               true);
  port = g.nat.outbound(kStart, kInside, kPeer)->port;
  EXPECT_TRUE(g.nat.inbound(kStart + 119s, port, kPeer));
  EXPECT_TRUE(g.nat.inbound(kStart + 200s, port, kPeer));
}

TEST(Nat, AnUnansweredBindingMayLiveShorter) {
  SeededRandom random(1);
  NatConfig config;
  config.unanswered_expiry = 30s;
  Nat nat(config, *IpAddress::parse("198.51.100.1"), random);
  auto port = nat.outbound(kStart, kInside, kPeer)->port;
  EXPECT_FALSE(nat.inbound(kStart + 31s, port, kPeer));
  port = nat.outbound(kStart, kInside, kPeer)->port;
  EXPECT_TRUE(nat.inbound(kStart + 1s, port, kPeer));
  EXPECT_TRUE(nat.inbound(kStart + 119s, port, kPeer));
}

/// APDM with the given allocation; a port a call, each to another destination.
struct Ports {
  SeededRandom random{3};
  Nat nat;
  std::uint16_t to = 0;
  explicit Ports(NatConfig config) : nat(symmetric(config), *IpAddress::parse("198.51.100.1"), random) {}
  static NatConfig symmetric(NatConfig config) {
    config.kind.mapping = config.kind.filtering = Dependence::address_and_port_dependent;
    return config;
  }
  std::optional<std::uint16_t> next(Time now = kStart) {
    auto outside = nat.outbound(now, kInside, {kPeer.ip, ++to});
    return outside ? std::optional(outside->port) : std::nullopt;
  }
};

TEST(Nat, SequentialPortsGoByTheirStepAndComeRoundAtTheEnd) {
  Ports up({.ports = PortAllocation::sequential, .step = 2, .first_port = 65532});
  for (int expected : {65532, 65534, 1024, 1026}) EXPECT_EQ(up.next(), expected);
  Ports down({.ports = PortAllocation::sequential, .step = -1, .first_port = 1025});
  for (int expected : {1025, 1024, 65535}) EXPECT_EQ(down.next(), expected);
}

TEST(Nat, OtherHostsFlowsAdvanceTheCounterAsAPoissonProcess) {
  for (double rate : {10.0, 2000.0}) {
    double sum = 0, squares = 0;
    constexpr int kRuns = 400;
    constexpr double kSeconds = 0.5;
    for (int run = 0; run < kRuns; ++run) {
      Ports ports({.ports = PortAllocation::sequential, .foreign_flows = rate});
      ports.random = SeededRandom(static_cast<std::uint64_t>(run) + 1);
      const int first = *ports.next();
      const int drift = *ports.next(kStart + 500ms) - first - 1;
      sum += drift, squares += drift * drift;
    }
    const double mean = sum / kRuns, variance = squares / kRuns - mean * mean, expected = rate * kSeconds;
    EXPECT_NEAR(mean, expected, 4 * std::sqrt(expected / kRuns)) << rate;
    EXPECT_NEAR(variance / expected, 1, 0.35) << rate;
  }
}

TEST(Nat, ASubscribersBlockIsNeverLeftAndRunsFull) {
  Ports ports({.ports = PortAllocation::block, .block_base = 4096, .block_size = 64});
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 64; ++i) {
    auto port = ports.next();
    ASSERT_TRUE(port && *port >= 4096 && *port < 4160);
    seen.insert(*port);
  }
  EXPECT_EQ(seen.size(), 64u);
  EXPECT_FALSE(ports.next());
}

TEST(Nat, RandomPortsAreSpreadOver1024To65535) {
  Ports ports({.ports = PortAllocation::random});
  double sum = 0;
  for (int i = 0; i < 1000; ++i) sum += *ports.next();
  EXPECT_NEAR(sum / 1000, (1024 + 65535) / 2.0, 2000);
}

TEST(Nat, AnOverloadedPortServesSeveralRemotesAndTellsThemApart) {
  Ports ports({.ports = PortAllocation::overloading});
  EXPECT_EQ(ports.next(), kInside.port);
  EXPECT_EQ(ports.next(), kInside.port);
  EXPECT_EQ(ports.nat.bindings(), 2u);
  EXPECT_EQ(ports.nat.inbound(kStart, kInside.port, {kPeer.ip, 1}), kInside);
  EXPECT_EQ(ports.nat.inbound(kStart, kInside.port, {kPeer.ip, 2}), kInside);
  EXPECT_FALSE(ports.nat.inbound(kStart, kInside.port, {kPeer.ip, 3}));
}

TEST(Nat, LimitsRefuseAndSever) {
  NatConfig table{.ports = PortAllocation::random};
  table.limits.sessions = 2;
  Ports full(table);
  EXPECT_TRUE(full.next() && full.next());
  EXPECT_FALSE(full.next());

  NatConfig scan{.ports = PortAllocation::random};
  scan.limits.scan_ports = 2;
  Ports filter(scan);
  auto open = filter.next();
  EXPECT_TRUE(filter.nat.inbound(kStart, *open, {kPeer.ip, 1}));
  filter.next(), filter.next();
  EXPECT_FALSE(filter.nat.inbound(kStart, *open, {kPeer.ip, 1})) << "also what was open before";
}

}  // namespace
}  // namespace godesk::sim
