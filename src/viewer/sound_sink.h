// Where the host's sound goes: a device (os/sound_pulse.h).
#pragma once

#include "base/bytes.h"

namespace godesk::viewer {

class SoundSink {
 public:
  virtual ~SoundSink() = default;
  /// A packet as it came (media/sound_queue.h says what becomes of it).
  virtual void put(std::uint32_t sequence, ByteView packet) = 0;
};

}  // namespace godesk::viewer
