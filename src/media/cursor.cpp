#include "media/cursor.h"

#include <algorithm>

#include "media/zstd_stream.h"

namespace godesk::media {
namespace {

enum Coding : std::uint8_t { raw = 0, compressed = 1 };

bool size_fits(int width, int height) {
  return width >= 1 && height >= 1 && width <= kMaxCursorSide && height <= kMaxCursorSide;
}

bool hot_spot_fits(const CursorShape& shape) {
  return Rect{0, 0, shape.width, shape.height}.contains({shape.hot_spot.x, shape.hot_spot.y, 1, 1});
}

std::size_t bytes_of_pixels(const CursorShape& shape) {
  return std::size_t(shape.width) * std::size_t(shape.height) * 4;
}

bool is_sound(const CursorShape& shape) {
  return size_fits(shape.width, shape.height) && hot_spot_fits(shape) &&
         shape.bgra.size() == bytes_of_pixels(shape);
}

/// Blending a colour above its alpha overflows in the painters that windows use.
bool is_premultiplied(ByteView bgra) {
  for (std::size_t i = 0; i < bgra.size(); i += 4)
    if (std::max({bgra[i], bgra[i + 1], bgra[i + 2]}) > bgra[i + 3]) return false;
  return true;
}

Result<CursorShape, CursorError> decode_pixels(Reader from, CursorShape shape) {
  const std::uint8_t coding = from.u8();
  if (from.failed()) return Failure{CursorError::truncated};
  const std::size_t expected = bytes_of_pixels(shape);
  if (coding == raw) {
    shape.bgra = to_buffer(from.take(expected));
    if (from.failed()) return Failure{CursorError::truncated};
    if (!from.empty()) return Failure{CursorError::bad_pixels};
  } else if (coding == compressed) {
    shape.bgra.resize(expected);
    if (!zstd_decompress_exactly(from.rest(), shape.bgra)) return Failure{CursorError::bad_pixels};
  } else {
    return Failure{CursorError::bad_coding};
  }
  if (!is_premultiplied(shape.bgra)) return Failure{CursorError::bad_pixels};
  return shape;
}

}  // namespace

const char* to_string(CursorError error) {
  switch (error) {
    case CursorError::truncated:
      return "truncated";
    case CursorError::bad_size:
      return "bad-size";
    case CursorError::bad_hot:
      return "bad-hot";
    case CursorError::bad_coding:
      return "bad-coding";
    case CursorError::bad_pixels:
      return "bad-pixels";
  }
  return "unknown";
}

Buffer encode_cursor(const CursorShape& shape) {
  Writer out;
  if (!is_sound(shape)) return out.zeros(8).take();
  for (int v : {shape.width, shape.height, shape.hot_spot.x, shape.hot_spot.y})
    out.u16(static_cast<std::uint16_t>(v));
  const Buffer small = zstd_compress(shape.bgra);
  if (small.size() < shape.bgra.size())
    out.u8(compressed).bytes(small);
  else
    out.u8(raw).bytes(shape.bgra);
  return out.take();
}

Result<CursorShape, CursorError> decode_cursor(ByteView message) {
  Reader from(message);
  CursorShape shape;
  for (int* v : {&shape.width, &shape.height, &shape.hot_spot.x, &shape.hot_spot.y}) *v = from.u16();
  if (from.failed()) return Failure{CursorError::truncated};
  if (shape.width == 0 && shape.height == 0) {
    if (shape.hot_spot != Point{}) return Failure{CursorError::bad_hot};
    if (!from.empty()) return Failure{CursorError::bad_pixels};
    return shape;
  }
  if (!size_fits(shape.width, shape.height)) return Failure{CursorError::bad_size};
  if (!hot_spot_fits(shape)) return Failure{CursorError::bad_hot};
  return decode_pixels(from, std::move(shape));
}

Buffer encode_cursor_position(Point at) {
  Writer out;
  for (int v : {at.x, at.y}) out.u16(static_cast<std::uint16_t>(std::clamp(v, 0, kMaxSide - 1)));
  return out.take();
}

std::optional<Point> decode_cursor_position(ByteView message) {
  if (message.size() != 4) return std::nullopt;
  Reader from(message);
  const Point at{from.u16(), from.u16()};  // braces: left to right
  if (at.x >= kMaxSide || at.y >= kMaxSide) return std::nullopt;
  return at;
}

}  // namespace godesk::media
