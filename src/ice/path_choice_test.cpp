#include "ice/path_choice.h"

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

constexpr PairId kRelay{1}, kDirect{2}, kDirect6{3};

PathSummary relay(Duration rtt) { return {kRelay, true, Family::v4, rtt, 0ms, 0, false, false, true}; }
PathSummary direct(Duration rtt) { return {kDirect, false, Family::v4, rtt, 0ms, 0, false, false, true}; }
PathSummary direct6(Duration rtt) { return {kDirect6, false, Family::v6, rtt, 0ms, 0, false, false, true}; }
PathSummary held(PathSummary p) { return p.held = true, p; }
PathSummary suspect(PathSummary p) { return p.suspect = true, p; }
PathSummary dead(PathSummary p) { return p.alive = false, p; }

ChoiceState on(PairId id) {
  ChoiceState state;
  state.current = id;
  return state;
}

struct Row {
  const char* what;
  std::optional<PairId> current;
  std::vector<PathSummary> paths;
  std::optional<PairId> expected;  // after one sample
};

TEST(PathChoice, OneSample) {
  const std::vector<Row> rows = {
      {"nothing works", std::nullopt, {}, std::nullopt},
      {"nothing is alive", kRelay, {dead(relay(50ms))}, std::nullopt},
      {"the relay is what there is", std::nullopt, {relay(80ms)}, kRelay},
      {"the first path, suspect or not", std::nullopt, {suspect(relay(80ms))}, kRelay},
      {"direct at once", kRelay, {relay(80ms), direct(40ms)}, kDirect},
      {"direct at once, though a little slower", kRelay, {relay(40ms), direct(50ms)}, kDirect},
      {"not when slower", kRelay, {relay(40ms), direct(51ms)}, kRelay},
      {"a held path is not taken", kRelay, {relay(80ms), held(direct(40ms))}, kRelay},
      {"nor first", std::nullopt, {held(direct(40ms)), relay(80ms)}, kRelay},
      {"unless it is the only sound one", kRelay, {suspect(relay(80ms)), held(direct(40ms))}, kDirect},
      {"not while it is suspect", kRelay, {relay(80ms), suspect(direct(40ms))}, kRelay},
      {"a suspect path is left", kDirect, {relay(80ms), suspect(direct(40ms))}, kRelay},
      {"unless there is nothing better", kDirect, {suspect(relay(80ms)), suspect(direct(40ms))}, kDirect},
      {"a dead path is left", kDirect, {relay(80ms), dead(direct(40ms))}, kRelay},
      {"a path that vanished is left", kDirect, {relay(80ms)}, kRelay},
      {"a little better is not enough", kDirect, {direct(50ms), direct6(40ms)}, kDirect},
      {"the best of several direct ones", kRelay, {relay(80ms), direct(40ms), direct6(40ms)}, kDirect6},
  };
  for (const Row& row : rows) {
    ChoiceState state;
    state.current = row.current;
    EXPECT_EQ(choose(state, row.paths, Time{}).current, row.expected) << row.what;
  }
}

/// Samples of every path, one each `every`.
struct Samples {
  ChoiceState state;
  Time now{};
  std::uint32_t taken = 0;

  PairId take(std::vector<PathSummary> paths, int times = 1, Duration every = 300ms) {
    for (int i = 0; i < times; ++i) {
      now += every;
      ++taken;
      for (PathSummary& path : paths) path.samples = taken;
      state = choose(state, paths, now);
    }
    return state.current.value();
  }
};

TEST(PathChoice, ABetterPathMustWinFiveSamplesInARow) {
  const std::vector<PathSummary> better = {direct(60ms), direct6(30ms)},
                                 equal = {direct(60ms), direct6(60ms)};
  Samples s{on(kDirect)};
  EXPECT_EQ(s.take(better, 4), kDirect);
  EXPECT_EQ(s.take(equal), kDirect);
  EXPECT_EQ(s.take(better, 4), kDirect) << "a bad sample starts the count anew";
  EXPECT_EQ(s.take(better), kDirect6);
}

TEST(PathChoice, FiveSamplesInLessThanASecondAreNotEnough) {
  const std::vector<PathSummary> better = {direct(60ms), direct6(30ms)};
  Samples s{on(kDirect)};
  EXPECT_EQ(s.take(better, 20, 50ms), kDirect);
  EXPECT_EQ(s.take(better, 1, 50ms), kDirect6);
}

TEST(PathChoice, SamplesOfOthersDoNotCount) {
  const std::vector<PathSummary> better = {direct(60ms), direct6(30ms)};
  ChoiceState state = on(kDirect);
  for (int i = 0; i < 20; ++i) state = choose(state, better, Time{} + i * 1s);
  EXPECT_EQ(state.current, kDirect);
}

TEST(PathChoice, AFasterRelayWinsAndNothingFlaps) {
  Samples s{on(kDirect)};
  EXPECT_EQ(s.take({relay(40ms), direct(55ms)}, 5), kRelay);
  EXPECT_EQ(s.take({relay(40ms), direct(45ms)}, 20), kRelay) << "rule 2 must not undo rule 3";
  EXPECT_EQ(s.take({relay(40ms), direct(20ms)}, 5), kDirect);
}

TEST(PathChoice, ASlightlyFasterRelayDoesNotWin) {
  Samples s{on(kDirect)};
  EXPECT_EQ(s.take({relay(40ms), direct(49ms)}, 20), kDirect);
}

TEST(PathChoice, WhatIsWithinTheJitterIsChance) {
  auto shaky = [](PathSummary path) { return path.jitter = 5ms, path; };
  Samples s{on(kDirect)};
  EXPECT_EQ(s.take({shaky(direct(60ms)), shaky(direct6(35ms))}, 20), kDirect);
  EXPECT_EQ(s.take({shaky(direct(60ms)), shaky(direct6(25ms))}, 5), kDirect6);
}

TEST(PathChoice, DirectDiesAndComesBack) {
  Samples s{on(kDirect)};
  EXPECT_EQ(s.take({relay(80ms), suspect(direct(40ms))}), kRelay);
  EXPECT_EQ(s.take({relay(80ms), dead(direct(40ms))}), kRelay);
  EXPECT_EQ(s.take({relay(80ms), held(direct(40ms))}, 20), kRelay);
  EXPECT_EQ(s.take({relay(80ms), direct(40ms)}), kDirect);
}

TEST(PathChoice, CostAddsJitterLossRelayAndFamily) {
  PathSummary path = relay(50ms);
  path.jitter = 2ms;
  path.loss = 0.01;
  EXPECT_EQ(cost(path, {}), 50ms + 8ms + 5ms + 5ms);
  path.family = Family::v6;
  EXPECT_EQ(cost(path, {}), 50ms + 8ms + 5ms + 5ms - 3ms);
}

}  // namespace
}  // namespace godesk::ice
