#include "ice/prediction.h"

#include <set>

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

constexpr auto kEi = Filtering::endpoint_independent;
constexpr auto kAd = Filtering::address_dependent;
constexpr auto kApd = Filtering::address_and_port_dependent;

NatProfile profile(Mapping mapping, Filtering filtering, Allocation allocation, std::uint8_t last_byte) {
  NatProfile p;
  p.mapping = mapping;
  p.filtering = filtering;
  p.allocation = allocation;
  p.block_base = allocation == Allocation::block ? 10240 : 0;
  p.block_size = allocation == Allocation::block ? 1024 : 65536;
  p.outside = IpAddress::v4({198, 51, 100, last_byte});
  return p;
}
NatProfile cone(Filtering f = kApd) {
  return profile(Mapping::endpoint_independent, f, Allocation::preserving, 1);
}
NatProfile sym(Allocation a, Filtering f = kApd, std::uint8_t last = 2) {
  return profile(Mapping::address_and_port_dependent, f, a, last);
}
NatProfile adm(Allocation a, Filtering f = kApd, std::uint8_t last = 3) {
  return profile(Mapping::address_dependent, f, a, last);
}

struct Counting final : Random {
  void fill(MutableBytes out) override {
    for (auto& b : out) b = static_cast<std::uint8_t>(state = state * 1103515245u + 12345u, state >> 16);
  }
  std::uint32_t state = 7;
};

void expect(const NatProfile& caller, const NatProfile& host, Technique technique, Part c, Part h) {
  const Plan plan = make_plan(caller, host);
  EXPECT_EQ(name(plan.technique), name(technique));
  EXPECT_EQ(name(plan.caller), name(c));
  EXPECT_EQ(name(plan.host), name(h));
}

TEST(Plan, WhereHolesMeetByThemselvesNothingIsDone) {
  expect(cone(), cone(), Technique::plain, Part::none, Part::none);
  expect(cone(kEi), sym(Allocation::random), Technique::plain, Part::none, Part::none);
  expect(cone(kAd), sym(Allocation::random), Technique::plain, Part::none, Part::none);
  expect(adm(Allocation::random, kEi), sym(Allocation::random, kAd), Technique::plain, Part::none,
         Part::none);
}

TEST(Plan, WithoutKnowledgeOrUdpNothingIsDone) {
  NatProfile blocked = sym(Allocation::random), unknown, nowhere = sym(Allocation::random);
  blocked.udp_blocked = true;
  nowhere.outside.reset();
  for (const NatProfile& p : {blocked, unknown, nowhere}) {
    EXPECT_EQ(make_plan(cone(), p).technique, Technique::plain);
    EXPECT_EQ(make_plan(p, cone()).technique, Technique::plain);
  }
  EXPECT_EQ(make_plan(cone(), profile(Mapping::address_and_port_dependent, kApd, Allocation::random, 1)),
            Plan{})
      << "one address: the two are behind one NAT";
}

TEST(Plan, AMappingThatNobodyCouldTellCountsAsTheStrictest) {
  const auto vague = [](Allocation a) { return profile(Mapping::unknown, Filtering::unknown, a, 6); };
  expect(cone(), vague(Allocation::preserving), Technique::predict, Part::stand, Part::declare);
  expect(vague(Allocation::sequential), cone(), Technique::predict, Part::measure, Part::stand);
  expect(vague(Allocation::random), cone(), Technique::birthday, Part::open, Part::probe);
  expect(cone(kEi), vague(Allocation::random), Technique::plain, Part::none, Part::none);
}

TEST(Plan, APortThatCanBeKnownIsNotGuessed) {
  expect(cone(), sym(Allocation::preserving), Technique::predict, Part::stand, Part::declare);
  expect(sym(Allocation::sequential), cone(), Technique::predict, Part::measure, Part::stand);
  expect(adm(Allocation::sequential), cone(), Technique::predict, Part::measure, Part::stand);
  expect(sym(Allocation::preserving), sym(Allocation::sequential, kApd, 5), Technique::predict, Part::declare,
         Part::measure);
  expect(sym(Allocation::preserving), sym(Allocation::preserving, kApd, 5), Technique::predict, Part::declare,
         Part::declare);
}

TEST(Plan, OfTwoCountersTheQuieterFollowsAndTheNextRoundSwapsThem) {
  NatProfile busy = sym(Allocation::sequential), quiet = sym(Allocation::sequential, kApd, 5);
  busy.flows_per_second = 500;
  expect(busy, quiet, Technique::cover, Part::lead, Part::follow);
  expect(quiet, busy, Technique::cover, Part::follow, Part::lead);
  EXPECT_EQ(make_plan(busy, quiet, 1).caller, Part::follow);
}

TEST(Plan, RandomPortsAreMetByManySockets) {
  expect(cone(), sym(Allocation::random), Technique::birthday, Part::probe, Part::open);
  expect(sym(Allocation::block), cone(), Technique::block, Part::open, Part::probe);
  const Plan all = make_plan(cone(), sym(Allocation::random));
  EXPECT_EQ(all.sockets, 256u);
  EXPECT_EQ(all.probes, 900u);
  EXPECT_EQ(all.first, 1024);
  EXPECT_EQ(all.span, 64512u);
  const Plan block = make_plan(cone(), sym(Allocation::block));
  EXPECT_EQ(block.sockets, 128u);
  EXPECT_EQ(block.probes, 150u);
  EXPECT_EQ(block.first, 10240);
  EXPECT_EQ(block.span, 1024u);
}

TEST(Plan, APortPerAddressProbesAsAConeDoesOnceItIsKnown) {
  for (auto allocation : {Allocation::preserving, Allocation::sequential}) {
    const Plan plan = make_plan(adm(allocation), sym(Allocation::random));
    EXPECT_EQ(plan.technique, Technique::birthday);
    EXPECT_EQ(plan.caller, Part::probe);
    EXPECT_TRUE(plan.fresh_prober);
  }
  EXPECT_FALSE(make_plan(cone(), sym(Allocation::random)).fresh_prober);
}

TEST(Plan, AFilterThatLooksAtAddressesOnlyLetsUnknownPortsIn) {
  expect(sym(Allocation::random, kAd), adm(Allocation::sequential), Technique::birthday, Part::open,
         Part::probe);
  expect(adm(Allocation::random, kAd), sym(Allocation::random), Technique::birthday, Part::open, Part::probe);
  expect(sym(Allocation::random, kAd), sym(Allocation::random, kAd, 5), Technique::birthday, Part::probe,
         Part::open);
  expect(sym(Allocation::sequential, kAd), sym(Allocation::random, kAd, 5), Technique::predict, Part::measure,
         Part::stand);
}

TEST(Plan, TwoThatDrawAtRandomAndFilterByPortNeverMeet) {
  expect(sym(Allocation::random), sym(Allocation::block, kApd, 5), Technique::impossible, Part::none,
         Part::none);
  expect(sym(Allocation::random), sym(Allocation::sequential, kApd, 5), Technique::impossible, Part::none,
         Part::none);
  EXPECT_TRUE(both_symmetric(sym(Allocation::random), adm(Allocation::block)));
  EXPECT_FALSE(both_symmetric(cone(), sym(Allocation::random)));
}

TEST(Plan, BothSidesMakeTheSame) {
  // Who calls changes who is named first, and nothing else.
  std::vector<NatProfile> all;
  for (auto f : {kEi, kAd, kApd}) {
    all.push_back(cone(f));
    for (auto a : {Allocation::preserving, Allocation::sequential, Allocation::block, Allocation::random}) {
      all.push_back(sym(a, f));
      all.push_back(adm(a, f));
    }
  }
  for (NatProfile a : all)
    for (NatProfile b : all) {
      b.outside = IpAddress::v4({198, 51, 100, 9});
      EXPECT_EQ(make_plan(a, b).technique, make_plan(b, a).technique);
    }
}

TEST(Ports, AHoleBetweenTwoQuestionsHasThePortBetween) {
  EXPECT_EQ(measured_ports(5000, 5002, 1), (std::vector<std::uint16_t>{5001}));
  EXPECT_EQ(measured_ports(5000, 5004, 2), (std::vector<std::uint16_t>{5002}));
  EXPECT_EQ(measured_ports(5002, 5000, -1), (std::vector<std::uint16_t>{5001}));
  EXPECT_EQ(measured_ports(5000, 5003, 1), (std::vector<std::uint16_t>{5001, 5002}));
  EXPECT_TRUE(measured_ports(5000, 5001, 1).empty());
  EXPECT_TRUE(measured_ports(5000, 5003, 2).empty());
  EXPECT_TRUE(measured_ports(5000, 5100, 1).empty());
  EXPECT_TRUE(measured_ports(65535, 1025, 1).empty()) << "began anew in between";
}

TEST(Ports, TheWindowGrowsWithTheTraffic) {
  EXPECT_EQ(window(15, 250ms), 21u);
  EXPECT_EQ(window(500, 250ms), 126u);
  EXPECT_EQ(window(2000, 250ms), 252u);
  EXPECT_EQ(window(0, 250ms), 16u);
  EXPECT_EQ(window(65535, 10s), 512u);
  EXPECT_EQ(drift(0, 1s), 0u);
  EXPECT_EQ(drift(500, 200ms), 143u);  // 100 + 3 * sqrt(200)
}

TEST(Ports, TheFollowerReachesThePortAhead) {
  const std::uint16_t x = port_ahead(20000, 2, 15, 200ms);
  EXPECT_EQ(x, 20000 + 2 * (6 + 11));
  EXPECT_EQ(sockets_to_reach(20004, x, 2), 15u);
  EXPECT_EQ(sockets_to_reach(x, x, 2), 0u) << "it is behind";
  EXPECT_EQ(sockets_to_reach(20000, 40000, 1), 0u) << "it is too far";
  EXPECT_EQ(port_ahead(65530, 1, 500, 1s), 0);
}

TEST(Birthday, TheTableOfTheMathematics) {
  EXPECT_NEAR(hit_chance(256, 900, 64512), .973, .001);
  EXPECT_NEAR(hit_chance(256, 174, 64512), .500, .002);
  EXPECT_NEAR(hit_chance(64, 300, 64512), .258, .001);
  EXPECT_NEAR(hit_chance(128, 32, 1024), .99, .005);
  EXPECT_NEAR(hit_chance(128, 128, 4096), .98, .005);
  EXPECT_NEAR(hit_chance(64, 64, 2048), .87, .01);
  EXPECT_EQ(hit_chance(1024, 1, 1024), 1);
}

TEST(Birthday, InABlockAnEighthOfItSuffices) {
  for (std::uint32_t size : {512u, 1024u, 2048u, 4096u, 8192u, 16384u}) {
    const std::size_t sockets = block_sockets(size), probes = probes_needed(sockets, size);
    EXPECT_LE(sockets, std::max<std::size_t>(size / 8, 32));
    EXPECT_LE(sockets, 128u);
    EXPECT_LE(probes, kMaxProbes);
    EXPECT_GE(hit_chance(sockets, probes, size), .99) << size;
  }
}

TEST(Birthday, AWalkVisitsEveryPortOnce) {
  Counting random;
  for (std::uint32_t span : {1u, 2u, 512u, 1000u, 64512u}) {
    PortWalk walk(1024, span, random);
    std::set<std::uint16_t> seen;
    for (std::uint32_t i = 0; i < span; ++i) seen.insert(walk.next());
    EXPECT_EQ(seen.size(), span);
    EXPECT_EQ(*seen.begin(), 1024);
    EXPECT_EQ(*seen.rbegin(), 1024 + span - 1);
  }
}

}  // namespace
}  // namespace godesk::ice
