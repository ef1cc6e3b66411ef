// What is known of a path's loss from answered and unanswered checks.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace godesk::ice {

/// The loss that `lost` of `sent` prove, 0..1: so many standard deviations, which chance may have added, are
/// off.
inline double proven_loss(std::size_t lost, std::size_t sent, double deviations) {
  if (sent == 0) return 0;
  const double n = static_cast<double>(sent), p = static_cast<double>(lost) / n;
  return std::max(0.0, p - deviations * std::sqrt(p * (1 - p) / n));
}

/// The fate of the last 32 checks.
class LossHistory {
 public:
  void add(bool lost) {
    bits_ = bits_ << 1 | (lost ? 1u : 0u);
    if (count_ < 32) ++count_;
  }
  /// Looked at every few seconds for hours: it must not rise by chance in all that time.
  double proven() const { return proven_loss(static_cast<std::size_t>(std::popcount(bits_)), count_, 3); }

 private:
  std::uint32_t bits_ = 0;
  std::size_t count_ = 0;
};

}  // namespace godesk::ice
