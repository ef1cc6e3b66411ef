// Time as an argument.
//
// `Time` is a point on the caller's monotonic clock; nothing in the core can ask what time it is, because
// `Clock` has no now(). `WallTime` is seconds since 1970 and is used only where a standard wants it
// (ticket expiry). Deadlines are `Time`; "never" is `kNever`.
#pragma once

#include <chrono>
#include <cstdint>

namespace godesk {

struct Clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;
};

using Duration = std::chrono::nanoseconds;
using Time = Clock::time_point;
using WallTime = std::chrono::sys_seconds;

inline constexpr Time kNever = Time::max();

inline double to_ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

using namespace std::chrono_literals;

}  // namespace godesk
