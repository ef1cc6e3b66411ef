#include "ice/path_choice.h"

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

constexpr PairId kRelay{1}, kDirect{2}, kDirect6{3};

PathSummary relay(Duration rtt) { return {kRelay, true, Family::v4, rtt, 0ms, 0, false, true}; }
PathSummary direct(Duration rtt) { return {kDirect, false, Family::v4, rtt, 0ms, 0, false, true}; }
PathSummary direct6(Duration rtt) { return {kDirect6, false, Family::v6, rtt, 0ms, 0, false, true}; }
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
      {"direct at once, though somewhat slower", kRelay, {relay(40ms), direct(100ms)}, kDirect},
      {"not when far slower", kRelay, {relay(40ms), direct(400ms)}, kRelay},
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
    EXPECT_EQ(choose(state, row.paths).current, row.expected) << row.what;
  }
}

TEST(PathChoice, ABetterPathMustWinFiveSamplesInARow) {
  std::vector<PathSummary> better = {direct(60ms), direct6(30ms)}, equal = {direct(60ms), direct6(60ms)};
  ChoiceState state = on(kDirect);
  for (int i = 0; i < 4; ++i) state = choose(state, better);
  EXPECT_EQ(state.current, kDirect);
  state = choose(state, equal);
  for (int i = 0; i < 4; ++i) state = choose(state, better);
  EXPECT_EQ(state.current, kDirect) << "a bad sample starts the count anew";
  state = choose(state, better);
  EXPECT_EQ(state.current, kDirect6);
}

TEST(PathChoice, AMuchFasterRelayWinsAndNothingFlaps) {
  std::vector<PathSummary> paths = {relay(40ms), direct(90ms)};
  ChoiceState state = on(kDirect);
  for (int i = 0; i < 5; ++i) state = choose(state, paths);
  EXPECT_EQ(state.current, kRelay);
  for (int i = 0; i < 20; ++i) state = choose(state, paths);
  EXPECT_EQ(state.current, kRelay) << "rule 2 must not undo rule 3";
  paths = {relay(40ms), direct(20ms)};
  for (int i = 0; i < 5; ++i) state = choose(state, paths);
  EXPECT_EQ(state.current, kDirect);
}

TEST(PathChoice, ASlightlyFasterRelayDoesNotWin) {
  ChoiceState state = on(kDirect);
  for (int i = 0; i < 20; ++i) state = choose(state, {relay(30ms), direct(45ms)});
  EXPECT_EQ(state.current, kDirect);
}

TEST(PathChoice, DirectDiesAndComesBack) {
  ChoiceState state = on(kDirect);
  state = choose(state, {relay(80ms), suspect(direct(40ms))});
  EXPECT_EQ(state.current, kRelay);
  state = choose(state, {relay(80ms), dead(direct(40ms))});
  EXPECT_EQ(state.current, kRelay);
  state = choose(state, {relay(80ms), direct(40ms)});
  EXPECT_EQ(state.current, kDirect);
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
