#include "quic/link_estimator.h"

#include <algorithm>
#include <utility>

namespace godesk::quic {

void LinkEstimator::on_round_trip(Duration latest, Duration smoothed) {
  if (latest <= Duration{}) return;
  least_ = std::min(least_.value_or(latest), latest);
  least_smoothed_ = std::min(least_smoothed_.value_or(smoothed), smoothed);
}

Duration LinkEstimator::round_trip() const {
  if (!recent_) return {};
  return std::min(*recent_, before_that_.value_or(*recent_));
}

BitsPerSecond LinkEstimator::rate() const { return near() && rate_.n > 0 ? std::max(rate_, kLocal) : rate_; }

void LinkEstimator::remember(Time now, Duration least) {
  if (recent_ && now - half_began_ < kMemory / 2) {
    recent_ = std::min(*recent_, least);
    return;
  }
  before_that_ = recent_;
  recent_ = least;
  half_began_ = now;
}

bool LinkEstimator::stands(Duration least) const {
  return least > round_trip() + std::max(kStanding, round_trip() / 4);
}

void LinkEstimator::sample(Time now, std::uint64_t delivered) {
  const auto least = std::exchange(least_, std::nullopt);
  const auto smoothed = std::exchange(least_smoothed_, std::nullopt);
  const Duration elapsed = now - since_;
  const std::uint64_t arrived = delivered - std::min(base_, delivered);
  const bool usable = started_ && elapsed > Duration{} && elapsed <= kStale && arrived > 0 && least;
  started_ = true;
  since_ = now;
  base_ = delivered;
  if (!least) return;
  remember(now, std::min(*least, *smoothed));
  const auto before = std::exchange(last_least_, least);
  if (!usable) return;
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const BitsPerSecond seen{static_cast<std::int64_t>(static_cast<double>(arrived) * 8 / seconds)};
  if (!stands(*least)) return grow(elapsed, now, seen);
  last_queue_ = now;
  const bool grew = before && *least > *before + kGrows;
  if (grew || (rate_.n > 0 && seen.n > rate_.n)) rate_ = seen;
}

void LinkEstimator::grow(Duration elapsed, Time now, BitsPerSecond seen) {
  if (rate_.n == 0) return;
  if (seen.n * 3 >= rate_.n * 2) {
    const double sure = std::min(1.0, std::chrono::duration<double>(now - last_queue_) / kSure);
    const double seconds = std::chrono::duration<double>(elapsed).count();
    rate_.n = static_cast<std::int64_t>(static_cast<double>(rate_.n) * (1 + sure * seconds));
  }
  rate_.n = std::max(rate_.n, seen.n);
}

}  // namespace godesk::quic
