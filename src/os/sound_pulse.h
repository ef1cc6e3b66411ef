// Sound by way of PulseAudio's protocol, which PipeWire speaks as well.
//
//   host:   SoundInPulse records what the default output plays (its monitor), in frames of 10 ms, while
//   listen(true). viewer: SoundOutPulse plays: packets go into a SoundQueue; the device asks for 10 ms
//   whenever it has room for them, and is kept at about 30 ms. It says when it plays what, so that sound and
//   picture are kept together (viewer/lip_sync.h).
// The library has a thread of its own; what both threads touch is behind its lock. Without a sound server
// there is no sound and a warning, and nothing else is different; one that comes later is found by the next
// listener.
#pragma once

#include <memory>

#include "base/log.h"
#include "host/sound_source.h"
#include "viewer/sound_sink.h"

namespace godesk::os {

class SoundInPulse final : public host::SoundSource {
 public:
  /// `log` must outlive it.
  explicit SoundInPulse(LogSink& log);
  ~SoundInPulse() override;
  int fd() const override;
  void listen(bool on) override;
  std::optional<Recorded> next_frame() override;

 private:
  class Stream;
  LogSink& log_;
  int fd_;  // an eventfd
  std::unique_ptr<Stream> stream_;
};

class SoundOutPulse final : public viewer::SoundSink {
 public:
  explicit SoundOutPulse(LogSink& log);
  ~SoundOutPulse() override;
  void put(std::uint32_t sequence, ByteView packet) override;
  void hold(Duration later) override;
  std::optional<viewer::SoundPlayed> played() override;

 private:
  class Stream;
  LogSink& log_;
  std::unique_ptr<Stream> stream_;  // since the first packet
};

}  // namespace godesk::os
