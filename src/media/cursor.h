// The mouse pointer: it travels as a shape and a position and is drawn by the viewer, so that it never waits
// for pixels.
//
//   shape    = w:u16 h:u16 hot_x:u16 hot_y:u16 coding:u8 pixels
//              w = h = 0 (then nothing follows hot_y): no pointer is shown
//              coding 0: w*h*4 bytes, each pixel blue green red alpha, colours premultiplied by alpha
//              coding 1: the same in one zstd frame
//   position = x:u16 y:u16                   of the hot spot, inside the screen
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "media/frame.h"

namespace godesk::media {

inline constexpr int kMaxCursorSide = 256;

struct CursorShape {
  int width = 0, height = 0;  // both 0: hidden; else 1..kMaxCursorSide
  Point hot_spot;             // inside the shape
  Buffer bgra;                // rows without padding, premultiplied (QImage::Format_ARGB32_Premultiplied)

  bool hidden() const { return width == 0; }
  bool operator==(const CursorShape&) const = default;
};

enum class CursorError {
  truncated,   // shorter than its header or its pixels
  bad_size,    // one side zero, or above 256
  bad_hot,     // hot spot outside the shape
  bad_coding,  // unknown coding
  bad_pixels,  // not zstd, or not exactly w*h*4 bytes, or a colour above its alpha
};

const char* to_string(CursorError error);

/// The shape must keep the bounds above; one that does not is sent as hidden.
Buffer encode_cursor(const CursorShape& shape);
Result<CursorShape, CursorError> decode_cursor(ByteView message);

/// Coordinates are clamped to 0..kMaxSide-1.
Buffer encode_cursor_position(Point at);
/// Nothing when the length is not 4 or a coordinate is not below kMaxSide.
std::optional<Point> decode_cursor_position(ByteView message);

}  // namespace godesk::media
