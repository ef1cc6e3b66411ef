// How fast the path delivers, from what left and is neither in flight nor lost. Works with any library and
// congestion controller, because it needs nothing but those three sums.
//
// One sample per round trip (at least kMinSample); the estimate is the best of the last kWindow. A sample
// taken while the sender had nothing more to send says only "at least this much": it can raise the estimate,
// never push an older one out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "base/units.h"

namespace godesk::quic {

class RateEstimator {
 public:
  static constexpr Duration kMinSample = 50ms;
  static constexpr Duration kStale = 2s;  // a longer interval has silence in it and says nothing
  static constexpr std::size_t kWindow = 10;

  /// Called when acknowledgements may have come: is it time for sample()?
  bool due(Time now, Duration round_trip, bool app_limited);
  /// `delivered`: bytes sent − in flight − lost, ever.
  void sample(Time now, std::uint64_t delivered);
  /// A new path: what was learned is void.
  void restart() { *this = {}; }
  BitsPerSecond rate() const;

 private:
  std::array<std::int64_t, kWindow> samples_{};  // bits per second
  std::size_t next_ = 0;
  bool started_ = false, limited_ = false;
  Time since_{};
  std::uint64_t base_ = 0;
};

}  // namespace godesk::quic
