#include "link/mtu_search.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

/// A path that carries so much.
struct Way {
  MtuSearch search;
  Time now{1s};
  std::size_t carries = 1500;
  std::size_t packet = 1452;  // one such leaves every 10 ms
  int asked = 0;

  void pass(Duration time) {
    const Time end = now + time;
    for (; now < end; now += 10ms) {
      search.used(packet);
      auto bytes = search.due(now, 40ms);
      if (!bytes) continue;
      ++asked;
      if (*bytes <= carries) search.answered(now, *bytes);
    }
  }
};

TEST(MtuSearch, FindsTheLargestSizeAndStaysQuietForTheFirstSecond) {
  for (std::size_t carries : {1200u, 1352u, 1399u, 1400u, 1451u, 1452u, 9000u}) {
    Way way;
    way.carries = carries;
    way.pass(900ms);
    EXPECT_EQ(way.asked, 0);
    EXPECT_EQ(way.search.size(), kLeastMtu);
    way.pass(3s);
    const std::size_t expected = carries >= 1452   ? 1452
                                 : carries >= 1400 ? 1400
                                 : carries >= 1352 ? 1352
                                                   : 1200;
    EXPECT_EQ(way.search.size(), expected) << carries;
  }
}

TEST(MtuSearch, AShrinkingPathFallsBackAndIsAskedAgainLater) {
  Way way;
  way.pass(4s);
  ASSERT_EQ(way.search.size(), 1452u);
  way.carries = 1400;
  way.pass(10s);
  EXPECT_EQ(way.search.size(), 1200u);
  way.pass(62s);
  EXPECT_EQ(way.search.size(), 1400u);
}

TEST(MtuSearch, WhatNobodyUsesIsNotConfirmed) {
  Way way;
  way.packet = 1200;
  way.pass(3s);
  ASSERT_EQ(way.search.size(), 1452u);
  const int asked = way.asked;
  way.pass(600s);
  EXPECT_EQ(way.asked, asked);
  EXPECT_EQ(way.search.next_deadline(), kNever);
  way.packet = 1452;
  way.pass(20ms);
  EXPECT_EQ(way.asked, asked + 1) << "at once";
  way.carries = 1400;
  way.pass(7s);
  EXPECT_EQ(way.search.size(), 1200u);
}

TEST(MtuSearch, CostsLittle) {
  Way way;
  way.pass(60s);
  EXPECT_LE(way.asked, 16);
  Way narrow;
  narrow.carries = 1200;
  narrow.pass(60s);
  EXPECT_LE(narrow.asked, 6);
}

}  // namespace
}  // namespace godesk::link
