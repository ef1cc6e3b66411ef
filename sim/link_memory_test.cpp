// What worked for a pair of networks is remembered: the second session of the pair begins with it.
#include "sim/punch_run.h"

namespace godesk::sim {
namespace {

using link::PairOutcome;
using oracle::Dependence;

constexpr auto kEi = Dependence::endpoint_independent;
constexpr auto kApd = Dependence::address_and_port_dependent;

NatConfig nat(Dependence mapping, PortAllocation ports, double flows = 0) {
  NatConfig config{{mapping, kApd, false}, ports};
  config.foreign_flows = flows;
  config.block_base = 20480;
  return config;
}

const NatConfig kCone = nat(kEi, PortAllocation::random), kDraws = nat(kApd, PortAllocation::random);

/// Drops whoever opens many sockets.
NatConfig refusing_many() {
  NatConfig config = kDraws;
  config.limits.sessions = 48;
  return config;
}

struct Remembering : PunchRun {
  Remembering(const NatConfig& a, const NatConfig& b, std::uint64_t seed,
              std::vector<link::PairVerdict> remembered = {})
      : PunchRun(a, b, seed) {
    config_a.remembered = std::move(remembered);
  }
  /// The one thing learnt.
  std::vector<link::PairVerdict> learned(PairOutcome outcome) const {
    EXPECT_EQ(call.caller->learned.size(), 1u);
    EXPECT_TRUE(call.host->learned.empty()) << "the caller remembers, nobody else";
    for (const link::PairVerdict& verdict : call.caller->learned) EXPECT_EQ(verdict.outcome, outcome);
    return call.caller->learned;
  }
  std::size_t probes() const {
    return call.caller->link.punch_cost().packets + call.host->link.punch_cost().packets;
  }
};

TEST(LinkMemory, WherePlainChecksDoThereIsNothingToRemember) {
  Remembering run(kCone, kCone, 1);
  ASSERT_TRUE(run.direct());
  run.call.world.run_for(2s);
  EXPECT_TRUE(run.call.caller->learned.empty());
}

TEST(LinkMemory, WhatPunchingMadeBeginsAtOnceTheNextTime) {
  for (const bool caller_draws : {false, true}) {
    NatConfig block = nat(kApd, PortAllocation::block);
    const NatConfig &a = caller_draws ? block : kCone, &b = caller_draws ? kCone : block;
    Duration first{}, second{};
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE(seed);
      Remembering before(a, b, seed);
      ASSERT_TRUE(before.direct());
      Remembering after(a, b, seed, before.learned(PairOutcome::punched));
      ASSERT_TRUE(after.direct());
      after.learned(PairOutcome::punched);
      first += before.took, second += after.took;
    }
    std::printf("%.0f ms, then %.0f ms on the mean\n", to_ms(first) / 8, to_ms(second) / 8);
    EXPECT_LT(second, first - 8 * 20ms);
  }
}

TEST(LinkMemory, TheRoundThatWorkedIsTheFirstOne) {
  // Routers that bind for strangers: only later rounds, whose first packets die on the way, get through.
  NatConfig binds = nat(kApd, PortAllocation::preserving);
  binds.strangers_bind = true;
  auto late = [](Remembering& run, Duration limit) {
    run.call.signal_delay = 80ms;
    run.call.place(run.at_a, run.at_b, run.config_a, run.config_b);
    EXPECT_TRUE(run.call.run_until([&] { return run.call.both_have_path(); }, 2s));
    const Time allowed = run.call.world.now();
    run.call.allow_direct();
    run.call.world.run_for(70ms);
    run.call.late_to_host = 100ms;
    const bool done = run.call.run_until([&] { return run.call.both_direct(); }, limit);
    run.took = run.call.world.now() - allowed;
    return done;
  };
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    Remembering before(binds, binds, seed);
    ASSERT_TRUE(late(before, 5s));
    EXPECT_GT(before.took, 1800ms);
    const auto remembered = before.learned(PairOutcome::punched);
    EXPECT_EQ(remembered.back().round, 2);
    Remembering after(binds, binds, seed, remembered);
    ASSERT_TRUE(late(after, 5s));
    EXPECT_LT(after.took, 1200ms);
    EXPECT_LT(after.probes(), before.probes());
  }
}

TEST(LinkMemory, WhatFailedIsNotSpentAgain) {
  Remembering before(refusing_many(), kCone, 3);
  EXPECT_FALSE(before.direct(6s));
  const auto remembered = before.learned(PairOutcome::failed);
  const std::size_t spent = before.probes();
  EXPECT_GT(spent, 900u);

  Remembering after(refusing_many(), kCone, 3, remembered);
  EXPECT_FALSE(after.direct(6s));
  EXPECT_EQ(after.probes(), 0u);
  EXPECT_EQ(after.call.caller->link.punch_cost().sockets, 0u);
  after.call.world.run_for(120s);
  EXPECT_LE(after.probes(), 48u + 900u + 256u) << "once";
}

TEST(LinkMemory, AFailureThatIsNoneAnyMoreCostsLittle) {
  Remembering before(refusing_many(), kCone, 3);
  EXPECT_FALSE(before.direct(6s));
  Remembering after(kDraws, kCone, 4, before.learned(PairOutcome::failed));
  ASSERT_TRUE(after.direct(15s));
  EXPECT_GE(after.took, link::kFailedAgain);
  after.learned(PairOutcome::punched);
}

TEST(LinkMemory, AnotherKindOfNatIsAnotherPair) {
  Remembering before(refusing_many(), kCone, 3);
  EXPECT_FALSE(before.direct(6s));
  const auto remembered = before.learned(PairOutcome::failed);
  for (PortAllocation ports :
       {PortAllocation::block, PortAllocation::sequential, PortAllocation::preserving}) {
    Remembering after(nat(kApd, ports), kCone, 5, remembered);
    ASSERT_TRUE(after.direct(2s));
    EXPECT_LT(after.took, 1s);
  }
  Remembering plain(kCone, kCone, 5, remembered);
  ASSERT_TRUE(plain.direct(1s));
}

TEST(LinkMemory, WherePlainChecksDidAfterAllNothingIsProbed) {
  // One server with one port could not tell the mapping, and fears the worst.
  auto feared = [](Remembering& run) {
    run.config_a.profile->mapping = ice::Mapping::unknown;
    return run.direct(6s);
  };
  Remembering before(kCone, kCone, 6);
  ASSERT_TRUE(feared(before));
  const auto remembered = before.learned(PairOutcome::plain);
  Remembering after(kCone, kCone, 6, remembered);
  ASSERT_TRUE(feared(after));
  EXPECT_EQ(after.probes(), 0u);

  // Now the mapping is as feared.
  Remembering wrong(kDraws, kCone, 6, remembered);
  ASSERT_TRUE(feared(wrong));
  EXPECT_GE(wrong.took, link::kPlainAgain);
  wrong.learned(PairOutcome::punched);
}

}  // namespace
}  // namespace godesk::sim
