// Pixels as video has them: planes of luma and two of colour, BT.601 with full range, as in JPEG.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/frame.h"
#include "media/video.h"

namespace godesk::media {

struct Planes {
  std::array<std::uint8_t*, 3> at;  // luma, U, V
  std::array<int, 3> stride;        // bytes
};

/// Gives `to` the rect of `frame`, luma without grain (media/grain.h); where colour is a quarter, the mean of
/// four pixels.
void to_yuv(const FrameView& frame, const Rect& rect, Chroma chroma, const Planes& to);

/// What a part of the screen looks like as video, and what it did before.
class YuvPictures {
 public:
  YuvPictures(const Rect& rect, Chroma chroma);
  /// False when the picture is the same as the last one.
  bool take(const FrameView& frame);
  /// What was taken last.
  const Planes& last() const { return planes_[last_]; }

 private:
  const Rect rect_;
  const Chroma chroma_;
  std::array<std::vector<std::uint8_t>, 2> bytes_;
  std::array<Planes, 2> planes_{};
  std::size_t last_ = 0;
  bool first_ = true;
};

/// Paints the rect of `canvas`; what is between the places of quartered colour is interpolated.
void from_yuv(const Planes& from, Chroma chroma, const Rect& rect, Frame& canvas);

}  // namespace godesk::media
