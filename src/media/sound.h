// Sound as it travels: Opus (RFC 6716), 48 kHz, two channels, 10 ms a packet, without any packet needing
// another.
//
// What is silent costs nothing: after a moment of digital silence the encoder says so, in packets of one
// byte, and then gives none until there is sound again. Never: sees a device or a clock; one frame goes in or
// comes out at each call.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"

struct OpusEncoder;
struct OpusDecoder;

namespace godesk::media {

inline constexpr int kSoundRate = 48000, kSoundChannels = 2;
inline constexpr Duration kSoundFrameTime = 10ms;
inline constexpr std::size_t kSoundFrameSamples = 480;  // of each channel
/// Interleaved: left, right, left, …
using SoundFrame = std::array<std::int16_t, kSoundFrameSamples * kSoundChannels>;

struct SoundConfig {
  int bits_per_second = 96'000;
  int silent_frames = 30;  // before silence is said
  int silence_said = 3;    // times: packets get lost
};

/// Packets of one byte say that silence follows.
inline bool says_silence(ByteView packet) { return packet.size() == 1; }

class SoundEncoder {
 public:
  /// Throws std::runtime_error when the codec does not work at all.
  explicit SoundEncoder(SoundConfig config = {});
  ~SoundEncoder();
  /// Nothing while it is silent.
  std::optional<Buffer> encode(const SoundFrame& frame);

 private:
  struct Free {
    void operator()(OpusEncoder* encoder) const;
  };
  SoundConfig config_;
  std::unique_ptr<OpusEncoder, Free> encoder_;
  int silent_ = 0;  // frames in a row
};

class SoundDecoder {
 public:
  SoundDecoder();
  ~SoundDecoder();
  /// The packet's sound; what is not Opus, or not 10 ms of it, is concealed as if it had been lost.
  SoundFrame decode(ByteView packet);
  /// What may have been in a packet that is not there.
  SoundFrame conceal();

 private:
  struct Free {
    void operator()(OpusDecoder* decoder) const;
  };
  std::unique_ptr<OpusDecoder, Free> decoder_;
};

}  // namespace godesk::media
