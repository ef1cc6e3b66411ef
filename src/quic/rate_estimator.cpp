#include "quic/rate_estimator.h"

#include <algorithm>

namespace godesk::quic {

bool RateEstimator::due(Time now, Duration round_trip, bool app_limited) {
  limited_ = limited_ || app_limited;
  return !started_ || now - since_ >= std::max(round_trip, kMinSample);
}

void RateEstimator::sample(Time now, std::uint64_t delivered) {
  const Duration elapsed = now - since_;
  if (started_ && elapsed <= kStale && delivered > base_) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const auto sample = static_cast<std::int64_t>(static_cast<double>(delivered - base_) * 8 / seconds);
    if (!limited_ || sample > rate().n) samples_[next_++ % kWindow] = sample;
  }
  started_ = true;
  limited_ = false;
  since_ = now;
  base_ = delivered;
}

BitsPerSecond RateEstimator::rate() const { return {*std::max_element(samples_.begin(), samples_.end())}; }

}  // namespace godesk::quic
