// Which of several working paths carries the session: a pure function with memory handed in and out.
//
//   cost = smoothed RTT + 4 x jitter + 5 ms per percent of loss, + 5 ms on a relay, - 3 ms on IPv6
//
//   1. A dead path is left at once for the best one alive; a suspect one for the best that is not suspect.
//   2. From a relay to a direct path at once, if that is not far slower: it costs nobody anything.
//   3. Otherwise a path must be better by a margin in several samples in a row. Leaving a direct path for a
//      relay takes a larger margin; afterwards that direct path comes back by rule 3 only, so nothing flaps.
#pragma once

#include <optional>
#include <vector>

#include "ice/types.h"

namespace godesk::ice {

struct PathSummary {
  PairId id{};
  bool relay = false;
  Family family = Family::v4;
  Duration rtt{}, jitter{};
  double loss = 0;       // 0..1
  bool reserve = false;  // kept warm for when nothing else works: another relay carries
  bool suspect = false;  // sent, and nothing came back in time
  bool alive = true;
};

struct ChoiceConfig {
  Duration relay_cost = 5ms;
  Duration reserve_cost = 1s;
  Duration v6_bonus = 3ms;
  Duration loss_cost = 500ms;       // at a loss of 1
  Duration margin = 5ms;            // and at least a tenth
  Duration to_relay_margin = 15ms;  // and at least a quarter
  Duration direct_slack = 100ms;    // rule 2: a direct path may cost so much more than the relay
  int samples = 5;
};

struct ChoiceState {
  std::optional<PairId> current;
  std::optional<PairId> challenger;
  int wins = 0;                // samples in a row in which the challenger was better
  std::optional<PairId> left;  // a direct path that was left for a relay because it is slower
  bool operator==(const ChoiceState&) const = default;
};

Duration cost(const PathSummary& path, const ChoiceConfig& config);
/// Called with each sample. The best path in `current`, none if none is alive. `paths` in a fixed order:
/// equals are decided by it.
ChoiceState choose(ChoiceState state, const std::vector<PathSummary>& paths, const ChoiceConfig& config = {});

}  // namespace godesk::ice
