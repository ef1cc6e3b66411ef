// How many copies of urgent packets may take a second path: 100 kbit/s over time, with room for a burst.
#pragma once

#include <algorithm>

#include "base/time.h"
#include "base/units.h"

namespace godesk::link {

class CopyBudget {
 public:
  struct Config {
    BitsPerSecond rate{100'000};
    Bytes room{8'000};
    Bytes overhead{48};  // of IP, UDP and the relay's channel
  };

  CopyBudget() = default;
  explicit CopyBudget(Config config) : config_(config), left_(config.room) {}

  /// True when a copy of a packet of `size` bytes may leave, which is then paid for.
  bool take(Time now, std::size_t size) {
    left_ = std::min(config_.room, left_ + config_.rate * (now - counted_at_));
    counted_at_ = now;
    const Bytes cost = Bytes{static_cast<std::int64_t>(size)} + config_.overhead;
    if (left_ - cost < Bytes{0}) return false;
    left_ = left_ - cost;
    return true;
  }

 private:
  Config config_;
  Bytes left_ = config_.room;
  Time counted_at_{};
};

}  // namespace godesk::link
