// How long a packet one pair carries: tried out end to end, because no ICMP message of a stranger is
// believed.
//
//   1. At first 1200 (RFC 9000 14), which every path carries. Once the pair has been in use for a second,
//      padded checks of 1352, 1400 and 1452 bytes follow, three tries each; the largest one answered is the
//      size.
//   2. A size above 1200 is confirmed every five seconds while use is made of it, and at once by the first
//   long
//      packet after a pause; who only types pays for nothing. Three confirmations in a row without an answer
//      mean that the way has changed beneath: back to 1200, and a new search after a minute.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/time.h"

namespace godesk::link {

inline constexpr std::size_t kLeastMtu = 1200;

class MtuSearch {
 public:
  /// The pair is in use: a check of this size is to leave now, if any. `rtt` bounds the wait for an answer.
  std::optional<std::size_t> due(Time now, Duration rtt);
  void answered(Time now, std::size_t bytes);
  /// A packet of so many bytes left on the pair.
  void used(std::size_t bytes) {
    if (bytes > kLeastMtu) unused_ = false;
  }
  /// The pair is in use no more; the search goes on when it is again.
  void rest() { next_ = kNever; }
  std::size_t size() const { return size_; }
  /// kNever before the first due().
  Time next_deadline() const { return unused_ ? kNever : next_; }

 private:
  static constexpr std::array<std::size_t, 3> kSizes = {1352, 1400, 1452};
  static constexpr int kTries = 3;
  static constexpr Duration kSettle = 1s, kConfirm = 5s, kAgain = 60s, kLeastWait = 250ms;

  bool searching() const { return index_ < kSizes.size(); }

  std::size_t size_ = kLeastMtu;
  std::size_t index_ = 0;  // of the size being tried; the number of sizes: the search is over
  int unanswered_ = 0;
  bool unused_ = false;  // the size found, since it was confirmed
  Time next_ = kNever;
};

}  // namespace godesk::link
