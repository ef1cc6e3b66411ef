// Relay first, direct after the login where the networks allow it: what issue 2 promises, for every ordered
// pair of networks, against the oracle.
#include <gtest/gtest.h>

#include "sim/link_call.h"
#include "sim/oracle.h"

namespace godesk::sim {
namespace {

using oracle::Verdict;

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
  const IpAddress ip = LinkCall::ip(outside);
  if (!edge.nat) return world.net.add_host(NetworkId::internet, {ip}, LinkCall::access(), LinkCall::access());
  auto home =
      world.net.add_nat({*edge.nat, ports}, NetworkId::internet, ip, LinkCall::access(), LinkCall::access());
  return world.net.add_host(home, {LinkCall::ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
}

struct Outcome {
  Verdict verdict = Verdict::relay;
  std::uint64_t trace = 0;
  Duration to_first{}, to_direct{};
  link::Why why{};
};

Outcome run(const Edge& a, const Edge& b, std::uint64_t seed) {
  LinkCall call(seed);
  auto ports = static_cast<PortAllocation>(seed % 3);
  const NodeId at_a = put(call.world, a, "198.51.100.1", ports);
  const NodeId at_b = put(call.world, b, "198.51.101.2", ports);
  const Time start = call.world.now();
  call.place(at_a, at_b);
  Outcome outcome;
  EXPECT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
  EXPECT_TRUE(call.both_relayed());
  outcome.to_first = call.world.now() - start;
  EXPECT_TRUE(call.talk());
  const Time allowed = call.world.now();
  call.allow_direct();
  if (call.run_until([&] { return call.both_direct(); }, 4s)) outcome.verdict = Verdict::direct;
  outcome.to_direct = call.world.now() - allowed;
  EXPECT_TRUE(call.talk());
  EXPECT_EQ(call.both_relayed(), outcome.verdict == Verdict::relay);
  EXPECT_TRUE(call.caller->lost.empty() && call.host->lost.empty());
  if (call.caller->path().why) outcome.why = *call.caller->path().why;
  outcome.trace = call.world.net.trace.hash();
  return outcome;
}

TEST(LinkNatMatrix, EveryOrderedPairOfKindsIsAsTheOracleSays) {
  Duration slowest_first{}, slowest_direct{};
  for (const Edge& a : all_edges())
    for (const Edge& b : all_edges())
      for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(a.name() + " -> " + b.name() + " seed " + std::to_string(seed));
        const Outcome outcome = run(a, b, seed);
        EXPECT_EQ(outcome.verdict, oracle::verdict(a.kind(), b.kind()));
        slowest_first = std::max(slowest_first, outcome.to_first);
        if (outcome.verdict == Verdict::direct) {
          slowest_direct = std::max(slowest_direct, outcome.to_direct);
        } else {
          EXPECT_EQ(outcome.why, link::Why::hard_nat);
        }
      }
  std::printf("slowest: first path %.1f ms, direct %.1f ms after the login\n", to_ms(slowest_first),
              to_ms(slowest_direct));
  EXPECT_LT(slowest_first, 400ms);
  EXPECT_LT(slowest_direct, 600ms);
}

TEST(LinkNatMatrix, TheSameSeedGivesTheSameTrace) {
  Edge a{oracle::all_nat_kinds()[1]}, b{oracle::all_nat_kinds()[4]};
  EXPECT_EQ(run(a, b, 5).trace, run(a, b, 5).trace);
  EXPECT_NE(run(a, b, 5).trace, run(a, b, 6).trace);
}

}  // namespace
}  // namespace godesk::sim
