// How many answers a source prefix (IPv4 /32, IPv6 /56) may draw each second before it has proved its
// address. Then silence: a forged source must not gain from us.
#pragma once

#include <unordered_map>

#include "base/address.h"
#include "base/time.h"

namespace godesk::stun {

class SourceLimiter {
 public:
  struct Config {
    unsigned per_second = 20;
    std::size_t max_prefixes = 65536;  // in one second; further ones wait for the next
  };

  SourceLimiter() = default;
  explicit SourceLimiter(Config config) : config_(config) {}

  /// True, and counted, if one more answer may go to `source` now.
  bool admit(Time now, const IpAddress& source) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != second_) counts_.clear();
    second_ = second;
    const IpAddress prefix = prefix_of(source);
    auto it = counts_.find(prefix);
    if (it == counts_.end()) {
      if (counts_.size() >= config_.max_prefixes) return false;
      it = counts_.emplace(prefix, 0u).first;
    }
    if (it->second >= config_.per_second) return false;
    ++it->second;
    return true;
  }

  static IpAddress prefix_of(const IpAddress& source) {
    const IpAddress ip = source.unmapped();
    return ip.prefix(ip.is_v4() ? 32 : 56);
  }

 private:
  Config config_;
  std::chrono::time_point<Clock, std::chrono::seconds> second_{};
  std::unordered_map<IpAddress, unsigned> counts_;
};

}  // namespace godesk::stun
