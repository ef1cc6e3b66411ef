// How much is sent at this moment: the bytes of the last whole quarter of a second, or of the one under way
// if that is more.
#pragma once

#include <algorithm>

#include "base/time.h"
#include "base/units.h"

namespace godesk::link {

class RateMeter {
 public:
  void count(Time now, std::size_t size) {
    roll(now);
    bytes_ += Bytes{static_cast<std::int64_t>(size)};
  }
  BitsPerSecond rate(Time now) {
    roll(now);
    constexpr std::int64_t kPerSecond = std::chrono::seconds{1} / kWindow;
    return {std::max(bytes_, last_).n * 8 * kPerSecond};
  }

 private:
  static constexpr Duration kWindow = 250ms;

  void roll(Time now) {
    if (now - began_ < kWindow) return;
    last_ = now - began_ < 2 * kWindow ? bytes_ : Bytes{};
    bytes_ = {};
    began_ = now;
  }

  Time began_{};
  Bytes bytes_, last_;
};

}  // namespace godesk::link
