// A part of the screen that behaves like video, as video at its own size. VP9 (libvpx) is what everybody has;
// H.264 (x264) takes less than half of the time and is built in only where its licence, the GPL, is welcome
// (GODESK_GPL_X264). Colours are BT.601 with full range, as in JPEG: with the limited range of television a
// desktop's colours lose half a decibel to rounding alone.
//
//   1. The viewer says which codecs it decodes beside VP9; the host takes the cheapest that both have and
//   that
//      keeps what colour the picture has.
//   2. What comes from the network is read by check_vp9() or check_h264() first: nothing but single, shown
//      frames of exactly the size that was announced reach a library.
// Never: frames that wait for later ones, or change of size.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/time.h"
#include "base/units.h"
#include "media/frame.h"

namespace godesk::media {

/// No video has more pixels: a decoder keeps up to ten frames of them. Enough for 3840x2160.
inline constexpr std::int64_t kMaxVideoPixels = 3840 * 2176;
inline constexpr int kMinVideoSide = 16;

bool video_fits(const Rect& rect);

enum class Chroma : std::uint8_t {
  quarter,  // 4:2:0: colour at a quarter of the resolution
  full,     // 4:4:4
};

/// How the frames of a video are coded. What the numbers are on the wire.
enum class Coding : std::uint8_t {
  vp9 = 0,       // profile 0, 4:2:0
  vp9_full = 1,  // profile 1, 4:4:4
  h264 = 2,      // constrained baseline, 4:2:0
};

/// Codecs beside VP9, as a viewer tells them: bits, of which those that one does not know mean nothing.
using MoreCodecs = std::uint32_t;
inline constexpr MoreCodecs kH264 = 1;

/// What this build encodes and decodes.
MoreCodecs built_codecs();

/// For a viewer that decodes `more` beside VP9.
Coding coding_for(const Rect& rect, Chroma chroma, MoreCodecs more);

class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;
  /// From the next frame on.
  virtual void set_rate(BitsPerSecond rate) = 0;
  /// Takes the rect of `frame`. False when it looks as it did the last time.
  virtual bool take(const FrameView& frame) = 0;
  /// What was taken last, as the next frame; the first is a key frame. Empty when the codec failed.
  virtual Buffer encode(Time now) = 0;
};

class VideoDecoder {
 public:
  virtual ~VideoDecoder() = default;
  /// Paints the rect of `canvas`. False when the frame is not allowed here, or damaged.
  virtual bool decode(ByteView coded, Frame& canvas) = 0;
};

/// `rect` has video_fits(). Null when this build has not got the codec, or its library refused.
std::unique_ptr<VideoEncoder> make_video_encoder(const Rect& rect, Coding coding, BitsPerSecond rate);
std::unique_ptr<VideoDecoder> make_video_decoder(const Rect& rect, Coding coding);

}  // namespace godesk::media
