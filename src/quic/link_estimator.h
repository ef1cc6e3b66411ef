// What the link carries, and its round trip without a queue: not what we happen to send over it. Where a
// queue grew, what arrived meanwhile is what the link carries; else all one knows is that it carries at least
// that.
//
//   1. on_round_trip(): with every acknowledgement. The least of an interval says whether a queue stood all
//      through it; the least of the last kMemory is the round trip without one.
//   2. sample(): once in a round trip. A queue that grew sets the rate to what arrived meanwhile.
//   3. While no queue stands and the rate is made use of, it grows, the faster the longer ago the last queue
//      is: a link that got faster is found out within seconds.
//
// It says nothing before the first queue: how fast a link is that was never full, nobody knows. Nor is a link
// as near as a local network ever thought slower than any of those is: there an end that was busy for a
// moment looks like a queue.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "base/units.h"

namespace godesk::quic {

class LinkEstimator {
 public:
  static constexpr Duration kMemory = 10s;
  /// Above it a queue stands; also above a quarter of the round trip. An acknowledgement may be held back for
  /// 25 ms, and one picture takes a slow link as long again.
  static constexpr Duration kStanding = 50ms;
  static constexpr Duration kGrows = 10ms;  // of the queue, from one sample to the next
  static constexpr Duration kStale = 2s;    // a longer interval has silence in it and says nothing
  static constexpr Duration kSure = 2s;     // without a queue: from then on the rate doubles each second
  static constexpr Duration kNear = 3ms;    // a shorter round trip is a local network's
  static constexpr BitsPerSecond kLocal{20'000'000};  // no local network carries less

  /// `smoothed` leaves out how long acknowledgements were held back (RFC 9002 5.3).
  void on_round_trip(Duration latest, Duration smoothed);
  /// `delivered`: bytes sent − in flight − lost, ever.
  void sample(Time now, std::uint64_t delivered);
  /// A new path: what was learned is void.
  void restart() { *this = {}; }

  /// 0: not known.
  BitsPerSecond rate() const;
  /// As near as a local network.
  bool near() const { return recent_ && round_trip() < kNear; }
  /// Without a queue; 0 until measured.
  Duration round_trip() const;

 private:
  void remember(Time now, Duration least);
  bool stands(Duration least) const;
  void grow(Duration elapsed, Time now, BitsPerSecond seen);

  BitsPerSecond rate_{};
  std::optional<Duration> least_;                 // of this interval
  std::optional<Duration> least_smoothed_;        // of it
  std::optional<Duration> last_least_;            // of the one before
  std::optional<Duration> recent_, before_that_;  // least of this half of kMemory, and of the other
  Time half_began_{}, last_queue_{};
  bool started_ = false;
  Time since_{};
  std::uint64_t base_ = 0;
};

}  // namespace godesk::quic
