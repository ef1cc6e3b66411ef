// A part of the screen that behaves like video, as VP9 at its own size (libvpx): 8 bits, profile 0 with
// colour at a quarter of the resolution, or profile 1 with all of it. Colours are BT.601 with full range, as
// in JPEG: with the limited range of television a desktop's colours lose half a decibel to rounding alone.
//
// What comes from the network is read by check_vp9() first: nothing but single, shown frames of exactly the
// size that was announced reach the library. Never: frames that wait for later ones, or change of size.
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

/// What the numbers are on the wire.
enum class Chroma : std::uint8_t {
  quarter = 0,  // 4:2:0, profile 0
  full = 1,     // 4:4:4, profile 1
};

bool video_fits(const Rect& rect);

/// True when `frame` is one VP9 frame (VP9 bitstream specification, 6.2) that is shown, of this size, with
/// 8 bits and this chroma; a key frame if `key`.
bool check_vp9(ByteView frame, int width, int height, Chroma chroma, bool key);

class VideoEncoder {
 public:
  /// `rect` has video_fits().
  VideoEncoder(const Rect& rect, Chroma chroma, BitsPerSecond rate);
  ~VideoEncoder();

  /// False when the library refused; then nothing else may be called.
  bool works() const;
  const Rect& rect() const { return rect_; }
  /// From the next frame on.
  void set_rate(BitsPerSecond rate);
  /// The rect of `frame` as the next VP9 frame; the first is a key frame. Empty when the codec failed.
  Buffer encode(Time now, const FrameView& frame);

 private:
  struct Codec;
  Rect rect_;
  std::unique_ptr<Codec> codec_;
};

class VideoDecoder {
 public:
  VideoDecoder(const Rect& rect, Chroma chroma);
  ~VideoDecoder();

  /// Paints the rect of `canvas`. False when the frame is not allowed here, or damaged.
  bool decode(ByteView vp9, Frame& canvas);
  const Rect& rect() const { return rect_; }

 private:
  struct Codec;
  Rect rect_;
  Chroma chroma_;
  bool begun_ = false;
  std::unique_ptr<Codec> codec_;
};

}  // namespace godesk::media
