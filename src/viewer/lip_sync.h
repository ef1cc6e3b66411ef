// Sound and film together: how much later than need be the sound is to be played, so that it is heard when
// its picture is seen.
//
//   1. Each packet of sound says how much later than a picture it is heard at the host (on_sound); together
//      they put pictures on the sound's own time line, and no clocks have to agree.
//   2. Pictures of a film tell when they are on the display (on_picture), the device when it plays which
//      packet (on_played). What lies between the same moment seen and heard is the skew.
//   3. While the skew stays within what nobody notices, nothing happens. When it does not, hold() becomes
//      what brings it there, within bounds: who plays does so (media/sound_queue.h). Negative: the sound
//      lags because it guards against an uneven network, and is to guard less.
// Where a slow link carries fewer pictures than the film has, what happened between two of them is seen with
// the second: half of that time counts as well, and the longer it is the more that picture stands for.
//
// Never: delays a picture; holds sound back when there is no film (a page, a pointer or a window that moves
// is none) or more than `most`; follows a single late picture. Pure: times are arguments.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.h"

namespace godesk::viewer {

struct LipSyncConfig {
  Duration most = 300ms;        // that sound is held back
  Duration most_guard = 100ms;  // that is given up against gaps
  // Of sound that is left alone; noticed are 45 and 125 ms (ITU-R BT.1359).
  Duration ahead = 25ms, behind = 105ms;
  Duration still_behind = 85ms;     // that remains where it was more: a gap would be noticed as well
  Duration watched = 1200ms;        // pictures of the last so long are judged
  std::size_t least = 4;            // fewer are no film
  std::size_t most_pictures = 128;  // that are kept
};

/// A device's word: packet `sequence` is heard at `heard`, which is `held` later than need be.
struct SoundPlayed {
  std::uint32_t sequence = 0;
  Time heard{};
  Duration held{};
};

class LipSync {
 public:
  explicit LipSync(LipSyncConfig config = {}) : config_(config) {}

  /// Packet `sequence` is heard at the host `after` picture `picture` was there. Pictures are counted modulo
  /// 2^16.
  void on_sound(std::uint32_t sequence, std::uint16_t picture, Duration after);
  /// Picture `number`, counted from 1, is on the display; `film`: it has a frame of a film.
  void on_picture(Time seen, std::uint64_t number, bool film);
  void on_played(const SoundPlayed& played);

  /// To be asked whenever one of them was told.
  Duration hold(Time now);
  /// How much later than its picture the sound is heard, on the mean; negative: earlier. Nothing where there
  /// is no film, or no sound.
  std::optional<Duration> skew(Time now) const;

 private:
  struct Picture {
    std::uint64_t number = 0;
    std::optional<Duration> at;  // on the sound's time line
    std::optional<Time> seen;    // of a film
  };
  struct Shown {
    Time seen;
    Duration lag;    // from the sound's time line, of what happened since the picture before
    Duration since;  // that picture, there
  };

  Picture& picture(std::uint64_t number);
  void note(const Picture& picture);
  Duration line(std::uint32_t sequence);
  std::optional<Duration> lag(Time now) const;

  LipSyncConfig config_;
  std::optional<std::uint32_t> first_;  // packet, where the sound's time line begins
  std::array<Picture, 256> pictures_{};
  std::uint64_t newest_ = 0;         // picture seen
  std::deque<Shown> shown_;          // pictures of the film of which both is known
  std::optional<Duration> last_at_;  // of them
  std::deque<Duration> undelayed_;   // lags of the sound if it were not held back
  Duration held_{};                  // of the packet that was played last
  Time played_{};
  Duration hold_{};
};

}  // namespace godesk::viewer
