#include "host/allowance.h"

#include <algorithm>

namespace godesk::host {

BitsPerSecond capacity(const quic::Stats& link) {
  if (link.smoothed_rtt <= Duration{}) return {};
  if (link.link_rate.n > 0) return link.link_rate;
  const double window = static_cast<double>(link.congestion_window.n) * 8e9;
  const auto granted = static_cast<std::int64_t>(window / static_cast<double>(link.smoothed_rtt.count()));
  return {std::max(link.delivery_rate.n, granted)};
}

media::Allowance allowance(const quic::Stats& link, const AllowanceConfig& config) {
  const BitsPerSecond rate = capacity(link);
  if (rate.n == 0) return {config.ceiling, media::kNoBudget, {}};
  const auto carried = std::max(static_cast<std::size_t>((rate * config.worth).n), config.floor);
  const BitsPerSecond video{static_cast<std::int64_t>(static_cast<double>(rate.n) * config.video)};
  return {std::min(carried, config.ceiling), carried, video};
}

Slice slice_in_motion(const quic::Stats& link, const AllowanceConfig& config) {
  constexpr Duration kSlice = 6ms;  // of the link's time
  constexpr std::size_t kLeast = 4u << 10;
  media::Allowance allowed = allowance(link, config);
  const BitsPerSecond rate = capacity(link);
  if (rate.n == 0) return {allowed, 4 * kSlice};
  allowed.bytes = std::clamp(static_cast<std::size_t>((rate * kSlice).n), kLeast, allowed.bytes);
  // It takes four times as long as at rest, and there is no reason to show it in between.
  allowed.exact *= 4;
  const Duration taken{
      static_cast<Duration::rep>(8e9 * static_cast<double>(allowed.bytes) / static_cast<double>(rate.n))};
  return {allowed, 4 * taken};
}

}  // namespace godesk::host
