// A candidate pair: a leg of ours and an address of the peer's, with its state, its clock and its RTT.
#pragma once

#include <algorithm>

#include "ice/loss.h"
#include "ice/types.h"

namespace godesk::ice {

/// Smoothed RTT and its variation (RFC 6298 2), in the clock's own units. A first sample says nothing of how
/// much the RTT varies: the variation starts at 0, not at half of it, or a new path would look worse than an
/// old one.
class RttEstimate {
 public:
  void add(Duration sample) {
    if (!smoothed_) {
      smoothed_ = sample;
      return;
    }
    Duration error = sample > *smoothed_ ? sample - *smoothed_ : *smoothed_ - sample;
    variation_ = (3 * variation_ + error) / 4;
    smoothed_ = (7 * *smoothed_ + sample) / 8;
  }
  std::optional<Duration> smoothed() const { return smoothed_; }
  Duration variation() const { return variation_; }

 private:
  std::optional<Duration> smoothed_;
  Duration variation_{};
};

struct Pair {
  PairInfo info;
  std::uint32_t generation = 0;  // of credentials (restarts)
  RttEstimate rtt;
  LossHistory loss;
  std::size_t planned_sent = 0;  // checks of the current plan that went out
  Time plan_start{};
  Time next_check = kNever;
  bool urgent = false;  // triggered: before all that is merely due
  bool was_valid = false;
  bool resting = false;                     // valid once, and not kept warm
  bool authentic = false;                   // a check or answer of the peer came from info.remote
  std::optional<Endpoint> answers_from;     // where answers come from, if not from info.remote
  std::optional<std::uint32_t> nominating;  // controlling: repeated until answered
  bool wished = false;                      // controlled: nominated before it was valid
};

/// RFC 8445 6.1.2.3: G is the controlling side's candidate priority, D the controlled side's.
inline std::uint64_t pair_priority(std::uint32_t g, std::uint32_t d) {
  return (std::uint64_t{std::min(g, d)} << 32) + 2 * std::uint64_t{std::max(g, d)} + (g > d ? 1 : 0);
}

}  // namespace godesk::ice
