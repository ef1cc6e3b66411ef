#include "sim/nat.h"

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

}  // namespace
}  // namespace godesk::sim
