// Which of several working paths carries the session: a pure function with memory handed in and out.
//
//   cost = smoothed RTT + 4 x jitter + 5 ms per percent of loss, + 5 ms on a relay, - 3 ms on IPv6
//
//   1. A dead path is left at once for the best one alive; a suspect one for the best that is not suspect.
//   2. From a relay to a direct path at once, if that is not slower by more than the margin: it costs nobody
//      anything.
//   3. Otherwise a path must be better by the margin, max(5 ms, a tenth), and by thrice their jitters, in
//      five of its samples in a row and for a second. A relay may win so; the direct path that was left for
//      it comes back by rule 3 only.
//   4. A path that is held, because it died twice within half a minute, is chosen only where nothing else is
//      sound.
// So nothing flaps.
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
  bool held = false;          // has to prove itself first
  std::uint32_t samples = 0;  // answers so far
};

struct ChoiceConfig {
  Duration relay_cost = 5ms;
  Duration reserve_cost = 1s;
  Duration v6_bonus = 3ms;
  Duration loss_cost = 500ms;  // at a loss of 1
  Duration margin = 5ms;       // and at least a tenth
  int samples = 5;
  Duration least_time = 1s;  // from the first of these samples to the last
};

struct ChoiceState {
  std::optional<PairId> current;
  std::optional<PairId> challenger;
  int wins = 0;                // samples of the challenger in a row in which it was better
  std::uint32_t counted = 0;   // its samples when it won last
  Time since{};                // when it won first
  std::optional<PairId> left;  // a direct path that was left for a relay because it is slower
  bool operator==(const ChoiceState&) const = default;
};

Duration cost(const PathSummary& path, const ChoiceConfig& config);
/// Called with each sample of any path. The best path in `current`, none if none is alive. `paths` in a fixed
/// order: equals are decided by it.
ChoiceState choose(ChoiceState state, const std::vector<PathSummary>& paths, Time now,
                   const ChoiceConfig& config = {});

}  // namespace godesk::ice
