// How long acknowledgements of small packets may wait for something to say. A key's press and release are two
// packets, and what they change on the screen follows within milliseconds: the packet that carries it can
// acknowledge both. The library waits an eighth of the round trip only, which is nothing on a near path.
//
// It is a few milliseconds at most. A peer takes the wait off its round trip only above the least one that it
// ever saw (RFC 9002 5.3), so that a part of the wait may stay in.
#pragma once

#include <cstddef>
#include <optional>

#include "base/time.h"

namespace godesk::quic {

class AckHold {
 public:
  /// `longest`: 0 for no hold at all.
  explicit AckHold(Duration longest) : longest_(longest) {}

  void on_heard(Time now, bool small) {
    if (heard_ == 0) first_ = now;
    heard_ += small ? 1 : kMost;
  }
  /// Whatever there was to acknowledge has been.
  void on_spoken() { heard_ = 0; }

  /// Until when silence is right; nothing: speak.
  std::optional<Time> until() const {
    if (heard_ == 0 || heard_ >= kMost || longest_ <= Duration{}) return std::nullopt;
    return first_ + longest_;
  }

 private:
  static constexpr std::size_t kMost = 8;  // a peer who sends more in a row waits for room in its window

  Duration longest_;
  std::size_t heard_ = 0;
  Time first_{};
};

}  // namespace godesk::quic
