// The check list: all pairs, which of them is to be checked when, and not faster than the pace.
#pragma once

#include <deque>

#include "base/random.h"
#include "ice/pair.h"

namespace godesk::ice {

class CheckList {
 public:
  explicit CheckList(Duration pace) : pace_(pace) {}

  Pair& add(Pair pair);
  Pair* find(PairId id);
  const Pair* find(PairId id) const;
  Pair* find(LegId leg, const Endpoint& remote, std::uint32_t generation);
  template <class Predicate>
  void remove_if(Predicate predicate) {
    std::erase_if(pairs_, predicate);
  }
  std::deque<Pair>& all() { return pairs_; }
  const std::deque<Pair>& all() const { return pairs_; }

  /// The pair whose turn it is: urgent ones first, then by due time, then by priority. None before the pace
  /// allows it.
  Pair* next_due(Time now);
  void count_paced(Time now) { not_before_ = now + pace_; }
  Time next_deadline() const;

 private:
  Duration pace_;
  Time not_before_{};
  std::uint32_t last_id_ = 0;
  std::deque<Pair> pairs_;
};

/// Starts the plan of checks (again).
void start_plan(Time now, Pair& pair);
/// A check went out at `now`: when the next one is due. `jitter` in [0, 1) spreads consent checks by +-20 %.
void schedule_after_send(Time now, Pair& pair, const Config& config, double jitter);
/// When a pair that failed, or that was valid once, is tried again.
Time retry_time(Time now, const Pair& pair, const Config& config);
/// Every check of the plan was sent and the last one had its time.
bool plan_over(Time now, const Pair& pair);

}  // namespace godesk::ice
