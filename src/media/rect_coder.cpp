#include "media/rect_coder.h"

#include "media/photo.h"
#include "media/screen_wire.h"
#include "media/strips.h"

namespace godesk::media {
namespace {

// A rect with more colours than this does not throw away a full session palette: text would pay for photos.
constexpr std::size_t kWorthReset = 128;
constexpr int kFineQuality = 80, kCoarseQuality = 60;

void put_rect(Writer& to, const Rect& rect) {
  for (int v : {rect.x, rect.y, rect.w, rect.h}) to.u16(static_cast<std::uint16_t>(v));
}

void put_colour(Writer& to, std::uint32_t colour) {
  to.u8(static_cast<std::uint8_t>(colour)).u8(static_cast<std::uint8_t>(colour >> 8));
  to.u8(static_cast<std::uint8_t>(colour >> 16));
}

/// Calls `take(x, y)` for each pixel in the order in which it travels.
template <class Take>
void each_pixel(const Rect& rect, Take take) {
  if (goes_by_columns(rect)) {
    for (int x = 0; x < rect.w; ++x)
      for (int y = 0; y < rect.h; ++y) take(x, y);
  } else {
    for (int y = 0; y < rect.h; ++y)
      for (int x = 0; x < rect.w; ++x) take(x, y);
  }
}

void put_bgr(Writer& to, const FrameView& frame, const Rect& rect) {
  to.u8(goes_by_columns(rect) ? wire::bgr_columns : wire::bgr);
  put_rect(to, rect);
  const std::size_t start = to.size();
  to.zeros(std::size_t(rect.area()) * 3);
  std::uint8_t* out = to.buffer().data() + start;
  const std::uint32_t* pixels = frame.at(rect.x, rect.y);
  each_pixel(rect, [&](int x, int y) {
    const std::uint32_t colour = pixels[std::ptrdiff_t{y} * frame.stride + x];
    *out++ = static_cast<std::uint8_t>(colour);
    *out++ = static_cast<std::uint8_t>(colour >> 8);
    *out++ = static_cast<std::uint8_t>(colour >> 16);
  });
}

void put_photo(Writer& to, const FrameView& frame, const Rect& rect) {
  to.u8(wire::photo);
  put_rect(to, rect);
  const std::size_t start = to.size();
  to.zeros(std::size_t(rect.area()) * 3);
  put_differences(frame, rect, to.buffer().data() + start);
}

void put_solid(Writer& to, const Rect& rect, std::uint32_t colour) {
  to.u8(wire::solid);
  put_rect(to, rect);
  put_colour(to, colour);
}

}  // namespace

bool RectCoder::put(Writer& to, const FrameView& frame, const Rect& rect, Photos photos) {
  const bool few = index_colours(frame, rect, indexed_);
  if (!few && photos == Photos::jpeg && rect.area() <= kMaxJpegPixels) {
    put_jpeg(to, rect, 1, jpeg_.encode(frame, rect, kFineQuality));
    return false;
  }
  if (few && indexed_.palette.size() == 1) {
    put_solid(to, rect, indexed_.palette.colour(0));
  } else if (few && make_room(to)) {
    put_indexed(to, rect);
  } else if (!few && looks_like_photo(frame, rect)) {
    put_photo(to, frame, rect);
  } else {
    put_bgr(to, frame, rect);
  }
  return true;
}

void RectCoder::put_coarse(Writer& to, const FrameView& frame, const Rect& rect) {
  const Frame small = shrink(frame, rect, wire::kCoarseScale);
  put_jpeg(to, rect, wire::kCoarseScale, jpeg_.encode(small.view(), small.view().bounds(), kCoarseQuality));
}

void RectCoder::put_jpeg(Writer& to, const Rect& rect, std::uint8_t scale, ByteView jpeg) {
  to.u8(wire::jpeg);
  put_rect(to, rect);
  to.u8(scale).u32(static_cast<std::uint32_t>(jpeg.size())).bytes(jpeg);
}

void RectCoder::put_copy(Writer& to, const Rect& rect, Point from) {
  to.u8(wire::copy);
  put_rect(to, rect);
  to.u16(static_cast<std::uint16_t>(from.x)).u16(static_cast<std::uint16_t>(from.y));
}

void RectCoder::put_video_open(Writer& to, const Rect& rect, Coding coding) {
  to.u8(wire::video_open);
  put_rect(to, rect);
  to.u8(static_cast<std::uint8_t>(coding));
}

void RectCoder::put_video_close(Writer& to) { to.u8(wire::video_close); }

/// True when all colours of the rect have, or can get, a number in the session palette.
bool RectCoder::make_room(Writer& to) {
  const Palette& own = indexed_.palette;
  std::size_t unknown = 0;
  for (std::size_t i = 0; i < own.size(); ++i) unknown += !session_.has(own.colour(i));
  if (session_.size() + unknown <= wire::kPaletteSize) return true;
  if (own.size() > kWorthReset) return false;
  session_.clear();
  to.u8(wire::palette_reset);
  return true;
}

void RectCoder::put_indexed(Writer& to, const Rect& rect) {
  const std::size_t known = session_.size();
  std::uint8_t session_index[wire::kPaletteSize];
  for (std::size_t i = 0; i < indexed_.palette.size(); ++i)
    session_index[i] = *session_.find_or_add(indexed_.palette.colour(i));

  to.u8(goes_by_columns(rect) ? wire::palette_columns : wire::palette);
  put_rect(to, rect);
  to.u16(static_cast<std::uint16_t>(session_.size() - known));
  for (std::size_t i = known; i < session_.size(); ++i) put_colour(to, session_.colour(i));
  const std::size_t start = to.size();
  to.zeros(indexed_.indices.size());
  std::uint8_t* out = to.buffer().data() + start;
  each_pixel(rect, [&](int x, int y) {
    *out++ = session_index[indexed_.indices[std::size_t(y) * std::size_t(rect.w) + std::size_t(x)]];
  });
}

}  // namespace godesk::media
