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

}  // namespace godesk::host
