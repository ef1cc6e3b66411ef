// Pixels as video has them: planes of luma and two of colour, BT.601 with full range, as in JPEG.
#pragma once

#include <array>
#include <cstdint>

#include "media/frame.h"
#include "media/video.h"

namespace godesk::media {

struct Planes {
  std::array<std::uint8_t*, 3> at;  // luma, U, V
  std::array<int, 3> stride;        // bytes
};

/// Gives `to` the rect of `frame`; where colour is a quarter, the mean of four pixels.
void to_yuv(const FrameView& frame, const Rect& rect, Chroma chroma, const Planes& to);

/// Paints the rect of `canvas`; what is between the places of quartered colour is interpolated.
void from_yuv(const Planes& from, Chroma chroma, const Rect& rect, Frame& canvas);

}  // namespace godesk::media
