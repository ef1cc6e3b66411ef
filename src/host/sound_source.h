// What this desktop plays, for those who listen (os/sound_pulse.h). Frames of 10 ms, while somebody does.
#pragma once

#include <optional>

#include "media/sound.h"

namespace godesk::host {

class SoundSource {
 public:
  virtual ~SoundSource() = default;
  /// Readable when frames are there.
  virtual int fd() const = 0;
  /// Nothing is recorded while nobody listens.
  virtual void listen(bool on) = 0;
  struct Recorded {
    media::SoundFrame frame;
    Time heard;  // here, its beginning
  };
  virtual std::optional<Recorded> next_frame() = 0;
};

}  // namespace godesk::host
