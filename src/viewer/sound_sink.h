// Where the host's sound goes: a device (os/sound_pulse.h).
#pragma once

#include <optional>

#include "base/bytes.h"
#include "viewer/lip_sync.h"

namespace godesk::viewer {

class SoundSink {
 public:
  virtual ~SoundSink() = default;
  /// A packet as it came (media/sound_queue.h says what becomes of it).
  virtual void put(std::uint32_t sequence, ByteView packet) = 0;
  /// From now on so much later than need be.
  virtual void hold(Duration later) = 0;
  /// What it played last; nothing: it is silent.
  virtual std::optional<SoundPlayed> played() = 0;
};

}  // namespace godesk::viewer
