// What both video encoders count: time, bits and threads.
#pragma once

#include <algorithm>

#include "base/time.h"
#include "base/units.h"
#include "media/frame.h"

namespace godesk::media {

inline constexpr int kVideoTicks = 1000;  // a second

/// The time between frames, as rate control is told it.
class FrameClock {
 public:
  Duration since_last(Time now) {
    constexpr Duration kLeast = 10ms, kMost = 200ms;
    const Duration gap = std::clamp<Duration>(now - last_, kLeast, kMost);
    last_ = now;
    return gap;
  }
  std::int64_t ticks_since_last(Time now) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_last(now)).count();
  }

 private:
  Time last_{};
};

inline int kilobits(BitsPerSecond rate) {
  return static_cast<int>(std::clamp<std::int64_t>(rate.n / 1000, 50, 100'000));
}

/// A codec begins its accounts anew with each change of rate: small ones are not worth it.
inline bool worth_a_change(int now, int wanted) { return wanted <= now * 7 / 8 || wanted >= now * 9 / 8; }

/// A second thread halves the time that the rest of the host waits, and takes a tenth more time in all.
inline int video_threads(const Rect& rect) { return rect.area() <= std::int64_t{1280} * 768 ? 1 : 2; }

}  // namespace godesk::media
