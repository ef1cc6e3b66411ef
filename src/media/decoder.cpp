#include "media/decoder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "media/jpeg.h"
#include "media/photo.h"
#include "media/screen_wire.h"
#include "media/video.h"
#include "media/zstd_stream.h"

namespace godesk::media {
namespace {

using Error = std::optional<DecodeError>;

constexpr int kMaxWindowLog = 23;  // 8 MiB (SECURITY 7)
// Memory kept between updates; what a large one needed beyond is given back.
constexpr std::size_t kKeepPlain = std::size_t{1} << 20;

std::uint32_t colour_at(const std::uint8_t* bgr) {
  return bgr[0] | std::uint32_t{bgr[1]} << 8 | std::uint32_t{bgr[2]} << 16;
}

Rect read_rect(Reader& from) {
  Rect rect;
  for (int* v : {&rect.x, &rect.y, &rect.w, &rect.h}) *v = from.u16();
  return rect;
}

/// Executes the operations of updates. The palette lives as long as the epoch.
class Painter {
 public:
  void reset() {
    colours_ = 0;
    video_.reset();
  }

  /// Nothing when every operation was sound.
  Error paint(ByteView operations, Frame& canvas, Region& changed) {
    Reader from(operations);
    opened_ = false;
    std::int64_t area_left = canvas.view().bounds().area();
    while (!from.empty())
      if (auto error = paint_one(from, canvas, changed, area_left)) return error;
    return {};
  }

  /// The next frame of the video rectangle.
  Error paint_video(ByteView frame, Frame& canvas, Region& changed) {
    if (!video_ || !video_->decode(frame, canvas)) return DecodeError::bad_video;
    changed.add(video_rect_);
    return {};
  }

 private:
  Error paint_one(Reader& from, Frame& canvas, Region& changed, std::int64_t& area_left) {
    const std::uint8_t op = from.u8();
    if (op == wire::palette_reset) return colours_ = 0, std::nullopt;
    if (op == wire::video_open) return open_video(from, canvas);
    if (op == wire::video_close) return close_video();
    const auto paint_rect = painter_of(op);
    if (!paint_rect) return DecodeError::bad_operation;

    const Rect rect = read_rect(from);
    if (from.failed()) return DecodeError::truncated;
    if (rect.empty() || !canvas.view().bounds().contains(rect)) return DecodeError::bad_rect;
    // No pixel is sent twice in one update; without this a few bytes could keep the viewer painting for
    // hours.
    if ((area_left -= rect.area()) < 0) return DecodeError::bad_rect;

    const Error error = (this->*paint_rect)(from, rect, canvas);
    if (!error) changed.add(rect);
    return error;
  }

  Error open_video(Reader& from, const Frame& canvas) {
    const Rect rect = read_rect(from);
    const std::uint8_t coding = from.u8();
    if (from.failed()) return DecodeError::truncated;
    if (!canvas.view().bounds().contains(rect)) return DecodeError::bad_rect;
    if (video_ || opened_ || !video_fits(rect)) return DecodeError::bad_video;
    if (coding > std::uint8_t(Coding::h264)) return DecodeError::bad_video;
    opened_ = true;
    video_rect_ = rect;
    video_ = make_video_decoder(rect, Coding(coding));
    return video_ ? Error() : DecodeError::bad_video;
  }

  Error close_video() {
    if (!video_) return DecodeError::bad_video;
    video_.reset();
    return {};
  }

  using Paint = Error (Painter::*)(Reader&, const Rect&, Frame&);

  static Paint painter_of(std::uint8_t op) {
    switch (op) {
      case wire::solid:
        return &Painter::paint_solid;
      case wire::palette:
        return &Painter::paint_indexed<false>;
      case wire::palette_columns:
        return &Painter::paint_indexed<true>;
      case wire::bgr:
        return &Painter::paint_bgr<false>;
      case wire::bgr_columns:
        return &Painter::paint_bgr<true>;
      case wire::photo:
        return &Painter::paint_photo;
      case wire::jpeg:
        return &Painter::paint_jpeg;
      case wire::copy:
        return &Painter::paint_copy;
    }
    return nullptr;
  }

  Error paint_solid(Reader& from, const Rect& rect, Frame& canvas) {
    const ByteView bgr = from.take(3);
    if (from.failed()) return DecodeError::truncated;
    for (int y = rect.y; y < rect.bottom(); ++y)
      std::fill_n(canvas.at(rect.x, y), rect.w, colour_at(bgr.data()));
    return {};
  }

  /// Calls `next()` for the colour of each pixel in the order in which they came.
  template <bool by_columns, class Next>
  static void fill(Frame& canvas, const Rect& rect, Next next) {
    if constexpr (by_columns) {
      for (int x = rect.x; x < rect.right(); ++x)
        for (int y = rect.y; y < rect.bottom(); ++y) *canvas.at(x, y) = next();
    } else {
      for (int y = rect.y; y < rect.bottom(); ++y) std::generate_n(canvas.at(rect.x, y), rect.w, next);
    }
  }

  template <bool by_columns>
  Error paint_indexed(Reader& from, const Rect& rect, Frame& canvas) {
    const std::size_t added = from.u16();
    if (added > wire::kPaletteSize - colours_) return DecodeError::bad_palette;
    const ByteView new_colours = from.take(added * 3);
    const ByteView indices = from.take(std::size_t(rect.area()));
    if (from.failed()) return DecodeError::truncated;
    for (std::size_t i = 0; i < added; ++i) palette_[colours_++] = colour_at(&new_colours[i * 3]);
    if (*std::max_element(indices.begin(), indices.end()) >= colours_) return DecodeError::bad_palette;

    const std::uint8_t* index = indices.data();
    fill<by_columns>(canvas, rect, [&] { return palette_[*index++]; });
    return {};
  }

  template <bool by_columns>
  Error paint_bgr(Reader& from, const Rect& rect, Frame& canvas) {
    const ByteView pixels = from.take(std::size_t(rect.area()) * 3);
    if (from.failed()) return DecodeError::truncated;
    const std::uint8_t* bgr = pixels.data();
    fill<by_columns>(canvas, rect, [&bgr] { return colour_at(std::exchange(bgr, bgr + 3)); });
    return {};
  }

  Error paint_photo(Reader& from, const Rect& rect, Frame& canvas) {
    const ByteView differences = from.take(std::size_t(rect.area()) * 3);
    if (from.failed()) return DecodeError::truncated;
    paint_differences(differences.data(), rect, canvas);
    return {};
  }

  Error paint_jpeg(Reader& from, const Rect& rect, Frame& canvas) {
    const int scale = from.u8();
    const ByteView jpeg = from.take(from.u32());
    if (from.failed()) return DecodeError::truncated;
    if (scale != 1 && scale != wire::kCoarseScale) return DecodeError::bad_jpeg;
    const Frame picture = jpeg_.decode(jpeg, (rect.w + scale - 1) / scale, (rect.h + scale - 1) / scale);
    if (picture.empty()) return DecodeError::bad_jpeg;
    if (scale > 1) {
      paint_enlarged(picture.view(), rect, canvas);
    } else {
      for (int y = 0; y < rect.h; ++y)
        std::copy_n(picture.view().at(0, y), rect.w, canvas.at(rect.x, rect.y + y));
    }
    return {};
  }

  Error paint_copy(Reader& from, const Rect& rect, Frame& canvas) {
    const Point source{from.u16(), from.u16()};
    if (from.failed()) return DecodeError::truncated;
    if (!canvas.view().bounds().contains({source.x, source.y, rect.w, rect.h})) return DecodeError::bad_rect;
    move_pixels(canvas, rect, source);
    return {};
  }

  std::array<std::uint32_t, wire::kPaletteSize> palette_{};
  std::size_t colours_ = 0;
  JpegDecoder jpeg_;
  std::unique_ptr<VideoDecoder> video_;
  Rect video_rect_;
  bool opened_ = false;  // in this update
};

DecodeError to_error(ZstdDecompressor::Outcome outcome) {
  return outcome == ZstdDecompressor::Outcome::too_large ? DecodeError::too_large : DecodeError::bad_stream;
}

}  // namespace

const char* to_string(DecodeError error) {
  switch (error) {
    case DecodeError::truncated:
      return "truncated";
    case DecodeError::bad_flags:
      return "bad-flags";
    case DecodeError::bad_size:
      return "bad-size";
    case DecodeError::no_memory:
      return "no-memory";
    case DecodeError::no_epoch:
      return "no-epoch";
    case DecodeError::bad_stream:
      return "bad-stream";
    case DecodeError::too_large:
      return "too-large";
    case DecodeError::bad_operation:
      return "bad-operation";
    case DecodeError::bad_rect:
      return "bad-rect";
    case DecodeError::bad_palette:
      return "bad-palette";
    case DecodeError::bad_jpeg:
      return "bad-jpeg";
    case DecodeError::bad_video:
      return "bad-video";
  }
  return "unknown";
}

class ScreenDecoder::State {
 public:
  Result<DecodedUpdate, DecodeError> decode(ByteView update, Frame& canvas) {
    DecodedUpdate decoded;
    if (auto error = apply(update, canvas, decoded)) {
      in_epoch_ = false;
      return Failure{*error};
    }
    return decoded;
  }

 private:
  Error apply(ByteView update, Frame& canvas, DecodedUpdate& decoded) {
    Reader from(update);
    const std::uint8_t flags = from.u8();
    if (from.failed()) return DecodeError::truncated;
    if (flags & ~(wire::kKey | wire::kMore | wire::kVideo)) return DecodeError::bad_flags;
    decoded.key = flags & wire::kKey;
    decoded.complete = !(flags & wire::kMore);
    if (decoded.key)
      if (auto error = begin_epoch(from, canvas)) return error;
    if (!in_epoch_ || canvas.width() != width_ || canvas.height() != height_) return DecodeError::no_epoch;
    decoded.video = flags & wire::kVideo;
    const ByteView frame = decoded.video ? from.take(from.u32()) : ByteView();
    if (from.failed()) return DecodeError::truncated;
    if (auto error = paint(from.rest(), canvas, decoded.changed)) return error;
    return decoded.video ? painter_.paint_video(frame, canvas, decoded.changed) : std::nullopt;
  }

  Error begin_epoch(Reader& from, Frame& canvas) {
    const int width = from.u16(), height = from.u16();
    if (from.failed()) return DecodeError::truncated;
    if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) return DecodeError::bad_size;
    canvas = Frame(width, height);
    if (canvas.empty()) return DecodeError::no_memory;
    width_ = width;
    height_ = height;
    in_epoch_ = true;
    stream_.reset();
    painter_.reset();
    return {};
  }

  Error paint(ByteView compressed, Frame& canvas, Region& changed) {
    plain_.clear();
    const auto outcome = stream_.read(compressed, wire::kMaxPlain, plain_);
    if (outcome != ZstdDecompressor::Outcome::ok) return to_error(outcome);
    const Error error = painter_.paint(plain_, canvas, changed);
    if (plain_.capacity() > kKeepPlain) Buffer().swap(plain_);
    return error;
  }

  ZstdDecompressor stream_{kMaxWindowLog};
  Painter painter_;
  Buffer plain_;
  int width_ = 0, height_ = 0;
  bool in_epoch_ = false;
};

ScreenDecoder::ScreenDecoder() : state_(std::make_unique<State>()) {}
ScreenDecoder::~ScreenDecoder() = default;
ScreenDecoder::ScreenDecoder(ScreenDecoder&&) noexcept = default;
ScreenDecoder& ScreenDecoder::operator=(ScreenDecoder&&) noexcept = default;

Result<DecodedUpdate, DecodeError> ScreenDecoder::decode(ByteView update, Frame& canvas) {
  return state_->decode(update, canvas);
}

}  // namespace godesk::media
