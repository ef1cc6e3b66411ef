// A small population in every test run: its draws, what the oracle makes of them, and what the real core
// makes of them within its budgets. `./dev sim population` runs a large one.
#include <cstdio>

#include <gtest/gtest.h>

#include "sim/population/pair_world.h"
#include "sim/seeded_random.h"

namespace godesk::population {
namespace {

const Strata& strata() {
  static const Strata loaded = load_strata(GODESK_STRATA);
  return loaded;
}

bool fixed_line(const Access& a) {
  const std::string& letter = strata().strata[a.stratum].letter;
  return letter == "H" || letter == "C";
}

TEST(Population, IsDrawnAsTheFileSays) {
  sim::SeededRandom random(1);
  constexpr double kDraws = 50000;
  std::vector<double> strata_seen(strata().strata.size()), classes(kClasses);
  double refused = 0, v6 = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Access a = draw_access(strata(), random);
    ++strata_seen[a.stratum], ++classes[static_cast<std::size_t>(a.nat)];
    refused += a.sessions > 0 || a.scan_ports > 0, v6 += a.ipv6;
    EXPECT_TRUE(!a.ipv6_only || a.ipv6);
    EXPECT_EQ(a.block_base % a.block_size, 0u);
    EXPECT_GE(a.block_base, 512);
    EXPECT_LE(a.block_base + a.block_size, 65536u);
  }
  std::vector<double> expected(kClasses);
  for (std::size_t s = 0; s < strata_seen.size(); ++s) {
    EXPECT_NEAR(strata_seen[s] / kDraws, strata().strata[s].generic, 0.01);
    for (std::size_t c = 0; c < kClasses; ++c)
      expected[c] += strata().strata[s].generic * strata().strata[s].classes[c];
  }
  for (std::size_t c = 0; c < kClasses; ++c) EXPECT_NEAR(classes[c] / kDraws, expected[c], 0.01) << c;
  EXPECT_NEAR(refused / kDraws, 0.15, 0.01);
  EXPECT_NEAR(v6 / kDraws, 0.49, 0.01);
}

TEST(Population, TheOracleAllowsWhatTheModelPromises) {
  double capable = 0, allowed = 0, plain = 0, fixed = 0, fixed_allowed = 0;
  constexpr int kPairs = 50000;
  for (int i = 0; i < kPairs; ++i) {
    const Pair pair = draw_pair(strata(), 1, static_cast<std::uint64_t>(i));
    const bool way = judge(pair).way != Way::none;
    capable += udp_capable(pair), allowed += way, plain += plain_on_v4(pair);
    if (fixed_line(pair.caller) && fixed_line(pair.host)) ++fixed, fixed_allowed += way;
  }
  std::printf("UDP gets out %.1f %%, of these allowed %.1f %%; plain on IPv4 %.1f %%; home and CGN %.1f %%\n",
              100 * capable / kPairs, 100 * allowed / capable, 100 * plain / kPairs,
              100 * fixed_allowed / fixed);
  EXPECT_NEAR(capable / kPairs, 0.92, 0.01);
  EXPECT_GT(allowed / capable, 0.94);
  EXPECT_NEAR(plain / kPairs, 0.67, 0.02);
  EXPECT_GT(fixed_allowed / fixed, 0.96);
}

Access side(NatClass nat) {
  Access a;
  a.nat = nat;
  return a;
}

TEST(Population, TheOracleInWords) {
  auto way = [](Access a, Access b) { return judge({1, a, b, 45}).way; };
  const Access home = side(NatClass::ei_apd_preserving), counted = side(NatClass::apd_sequential),
               random = side(NatClass::apd_random), block = side(NatClass::apd_block),
               open = side(NatClass::open), blocked = side(NatClass::udp_blocked);
  EXPECT_EQ(way(home, home), Way::plain);
  EXPECT_EQ(way(home, side(NatClass::apd_preserving)), Way::plain);
  EXPECT_EQ(way(open, random), Way::plain);
  EXPECT_EQ(way(side(NatClass::ei_ad), random), Way::plain);
  EXPECT_EQ(way(counted, home), Way::predicted);
  EXPECT_EQ(way(counted, counted), Way::both_sequential);
  EXPECT_EQ(way(home, random), Way::birthday);
  EXPECT_EQ(way(block, home), Way::block);
  EXPECT_EQ(way(random, random), Way::none);
  EXPECT_EQ(way(random, counted), Way::none);
  EXPECT_EQ(way(open, blocked), Way::none);

  Access filtered = home, full = random;
  filtered.scan_ports = 48, full.sessions = 48;
  EXPECT_EQ(way(filtered, random), Way::none) << "the side that probes is taken for a scanner";
  EXPECT_EQ(way(home, full), Way::none) << "the side that opens sockets runs out of sessions";
  Access scanned = random;
  scanned.scan_ports = 48;
  EXPECT_EQ(way(home, scanned), Way::birthday) << "many sockets to one port are no scan";

  Access v6 = random, v6_only = random;
  v6.ipv6 = v6_only.ipv6 = v6_only.ipv6_only = true;
  EXPECT_EQ(way(v6, v6_only), Way::ipv6);
  EXPECT_EQ(way(v6_only, random), Way::plain) << "a NAT64 maps independently";
  EXPECT_TRUE(judge({1, v6_only, random, 45}).nat64);
  EXPECT_EQ(way(v6, blocked), Way::none);
}

TEST(Population, TwoHundredPairsKeepTheBudgetsAndReachWhatTheOracleAllows) {
  constexpr std::uint64_t kPairs = 200, kSeed = 7;
  double allowed = 0, reached = 0, direct = 0, plain = 0, capable = 0;
  for (std::uint64_t i = 0; i < kPairs; ++i) {
    SCOPED_TRACE("--seed 7 --pair " + std::to_string(i));
    const Pair pair = draw_pair(strata(), kSeed, i);
    const Outcome full = run_pair(strata(), pair, Skill::full);
    const Outcome standard = run_pair(strata(), pair, Skill::plain);
    EXPECT_TRUE(full.connected);
    EXPECT_LE(full.sockets, 256u);
    EXPECT_LE(full.ports, 1000u);
    EXPECT_LE(full.probes_100_ms, 100u);
    EXPECT_EQ(standard.sockets, 0u);
    const bool way = judge(pair).way != Way::none;
    allowed += way, reached += way && full.direct;
    capable += udp_capable(pair), direct += full.direct, plain += standard.direct;
    if (!udp_capable(pair)) {
      EXPECT_FALSE(full.direct);
    }
  }
  std::printf("of what the oracle allows %.1f %%; of UDP-capable pairs %.1f %%, plain ICE %.1f %%\n",
              100 * reached / allowed, 100 * direct / capable, 100 * plain / capable);
  EXPECT_GE(reached / allowed, 0.98);
  EXPECT_GE(direct / capable, 0.92);
  EXPECT_GE(direct - plain, 0.08 * kPairs);
}

TEST(Population, TheSamePairMeetsTheSameFate) {
  for (std::uint64_t i = 0; i < 5; ++i) {
    const Pair pair = draw_pair(strata(), 3, i);
    const Outcome one = run_pair(strata(), pair, Skill::full), two = run_pair(strata(), pair, Skill::full);
    EXPECT_EQ(one.direct_ms, two.direct_ms);
    EXPECT_EQ(one.byte_ms, two.byte_ms);
    EXPECT_EQ(one.probes, two.probes);
    EXPECT_STREQ(one.how, two.how);
  }
}

}  // namespace
}  // namespace godesk::population
