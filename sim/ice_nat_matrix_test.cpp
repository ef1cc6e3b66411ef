// The real ICE agent behind every ordered pair of NAT kinds must do what the oracle says, for several seeds.
#include <gtest/gtest.h>

#include "sim/ice_peer.h"
#include "sim/oracle.h"

namespace godesk::sim {
namespace {

using oracle::Verdict;

IpAddress ip(const char* text) { return *IpAddress::parse(text); }

/// No NAT: a public address.
struct Edge {
  std::optional<oracle::NatKind> nat;
  oracle::NatKind kind() const { return nat.value_or(oracle::NatKind{}); }
  std::string name() const { return nat ? oracle::name(*nat) : "open"; }
};

std::vector<Edge> all_edges() {
  std::vector<Edge> edges(1);
  for (const oracle::NatKind& kind : oracle::all_nat_kinds()) edges.push_back({kind});
  return edges;
}

/// Both homes use the same private network, as homes do.
NodeId put(World& world, const Edge& edge, const char* outside, PortAllocation ports) {
  if (!edge.nat)
    return world.net.add_host(NetworkId::internet, {ip(outside)}, IceCall::access(), IceCall::access());
  auto home = world.net.add_nat({*edge.nat, ports}, NetworkId::internet, ip(outside), IceCall::access(),
                                IceCall::access());
  return world.net.add_host(home, {ip("192.168.1.2")}, IceCall::fast(), IceCall::fast());
}

struct Outcome {
  Verdict verdict = Verdict::relay;
  std::uint64_t trace = 0;
  Duration took{};
};

Outcome run(const Edge& a, const Edge& b, std::uint64_t seed) {
  IceCall call(seed);
  auto ports = static_cast<PortAllocation>(seed % 3);
  NodeId host_a = put(call.world, a, "198.51.100.1", ports);
  NodeId host_b = put(call.world, b, "198.51.100.2", ports);
  Time start = call.world.now();
  call.place(host_a, host_b);
  Outcome outcome;
  if (call.connects(4s)) outcome.verdict = Verdict::direct;
  outcome.took = std::max(call.a->first_valid, call.b->first_valid) - start;
  outcome.trace = call.world.net.trace.hash();
  EXPECT_EQ(outcome.verdict == Verdict::direct, call.a->has_valid_pair() || call.b->has_valid_pair());
  return outcome;
}

TEST(IceNatMatrix, EveryOrderedPairOfKindsIsAsTheOracleSays) {
  Duration slowest{};
  for (const Edge& a : all_edges())
    for (const Edge& b : all_edges())
      for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        Outcome outcome = run(a, b, seed);
        EXPECT_EQ(outcome.verdict, oracle::verdict(a.kind(), b.kind()))
            << a.name() << " -> " << b.name() << " seed " << seed;
        if (outcome.verdict == Verdict::direct) slowest = std::max(slowest, outcome.took);
      }
  EXPECT_LT(slowest, 500ms) << to_ms(slowest);
}

TEST(IceNatMatrix, TheSameSeedGivesTheSameTrace) {
  Edge a{oracle::all_nat_kinds()[1]}, b{oracle::all_nat_kinds()[4]};
  EXPECT_EQ(run(a, b, 5).trace, run(a, b, 5).trace);
  EXPECT_NE(run(a, b, 5).trace, run(a, b, 6).trace);
}

}  // namespace
}  // namespace godesk::sim
