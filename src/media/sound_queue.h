// Packets of sound on their way from a network that is uneven to a device that is not (a jitter buffer).
//
//   1. put(): what came, in any order, some of it late, some never.
//   2. Playing begins when `target` of sound is there. Each 10 ms of the device's own time take() gives the
//      next packet, or says that it is lost, or that there is nothing to play.
//   3. The target follows the network: it grows where the queue ran dry or a packet came too late, and
//      shrinks while there was always more than needed. What is there beyond it, because the two clocks
//      differ or the network caught up, is left out, a packet at a time.
//   4. hold(): somebody wants all of it played later, as the picture is late, or earlier, whatever the
//      network asks for (viewer/lip_sync.h). To be later something is made up at once; to be earlier a packet
//      is left out now and then. While nothing plays both cost nothing.
// It holds at most `most` of sound beside what is held back, and never waits: all of it is a function of what
// came and of how often take() was called.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include "base/bytes.h"
#include "media/sound.h"

namespace godesk::media {

struct SoundQueueConfig {
  int first = 2, least = 2, most_wanted = 12;  // packets: the target at first, and its bounds
  int most_hold = 30;                          // packets: later than need be
  int ease = 20;                               // calls between two that are left out to play earlier again
  int most = 40;                               // packets held beside these; the oldest make room
  int spare = 2;                               // packets above the target that may stay
  int many = 5;                                // more than so many beyond that go at once
  int watched = 50;                            // calls of take() over which the least level counts
  int calm = 500;                              // calls without trouble, after which the target shrinks by one
  int patience = 5;                            // packets that are made up before it falls silent
};

class SoundQueue {
 public:
  /// The next packet is not there: to be concealed.
  struct Missing {};
  /// Nothing to play.
  struct Silence {};
  using Taken = std::variant<Silence, Missing, Buffer>;

  explicit SoundQueue(SoundQueueConfig config = {}) : config_(config), target_(config.first) {}

  void put(std::uint32_t sequence, ByteView packet);
  Taken take();
  /// From now on so much later than need be, negative: earlier; in whole packets and within bounds.
  void hold(Duration later);

  /// Sound that is held, and that is wanted.
  Duration level() const { return kSoundFrameTime * held(); }
  Duration target() const { return kSoundFrameTime * wanted(); }
  /// The packet that take() gave last.
  std::uint32_t sequence() const { return static_cast<std::uint32_t>(next_at_ - 1); }
  /// How much later than need be it was.
  Duration held_back() const { return kSoundFrameTime * (hold_ - stretch_); }
  struct Counts {
    std::uint64_t played = 0, missing = 0, late = 0, left_out = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  int held() const;
  int wanted() const { return std::max(target_ + hold_, config_.least); }
  int room() const { return config_.most + std::max(hold_, 0); }
  bool trouble();
  void stop();
  void adapt();
  void follow_hold();

  SoundQueueConfig config_;
  int target_;
  bool playing_ = false;
  std::optional<std::uint32_t> newest_;       // of all that came; the others are told from it
  std::map<std::int64_t, Buffer> packets_;    // by unwrapped sequence
  std::int64_t newest_at_ = 0, next_at_ = 0;  // unwrapped
  int stretch_ = 0;                           // packets by which playing is still to be put off
  int hold_ = 0, wanted_hold_ = 0, eased_ = 0;
  int made_up_ = 0;  // in a row, because nothing at all is there
  int least_ = 0, watched_ = 0, calm_ = 0;
  Counts counts_;
};

}  // namespace godesk::media
