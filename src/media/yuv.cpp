#include "media/yuv.h"

#include <algorithm>
#include <utility>

#include <libyuv/convert_from_argb.h>

#include "media/grain.h"

namespace godesk::media {
namespace {

/// A pixel's own colour, in 16 bits throughout: a vector then has eight or sixteen pixels.
void full_row(const std::uint32_t* pixels, int width, std::uint8_t* u, std::uint8_t* v) {
  const auto rounded = [](int of256) {
    return static_cast<std::uint8_t>((static_cast<std::int16_t>(of256 + 128) >> 8) + 128);
  };
  for (int x = 0; x < width; ++x) {
    const auto r = static_cast<std::int16_t>(pixels[x] >> 16 & 0xff),
               g = static_cast<std::int16_t>(pixels[x] >> 8 & 0xff),
               b = static_cast<std::int16_t>(pixels[x] & 0xff);
    u[x] = rounded(127 * b - 43 * r - 84 * g);
    v[x] = rounded(127 * r - 106 * g - 21 * b);
  }
}

/// The mean colour of two by two pixels. libyuv's own way rounds twice and makes colours paler by a 128th.
void quarter_row(const std::uint32_t* upper, const std::uint32_t* lower, int width, std::uint8_t* u,
                 std::uint8_t* v) {
  constexpr std::uint32_t kRedBlue = 0xff00ff;
  // Half a step is rounded down: else the purest colours would be 256.
  constexpr float kMiddle = 128.499F;
  const auto green = [](std::uint32_t p) { return p >> 8 & 0xff; };
  for (int x = 0; x < width; ++x) {
    const std::uint32_t a = upper[2 * x], b = upper[2 * x + 1], c = lower[2 * x], d = lower[2 * x + 1];
    const std::uint32_t red_blue = (a & kRedBlue) + (b & kRedBlue) + (c & kRedBlue) + (d & kRedBlue);
    // Each four times as large.
    const float red = static_cast<float>(static_cast<int>(red_blue >> 16)),
                blue = static_cast<float>(static_cast<int>(red_blue & 0xffff)),
                green4 = static_cast<float>(static_cast<int>(green(a) + green(b) + green(c) + green(d)));
    u[x] = static_cast<std::uint8_t>(
        static_cast<int>(kMiddle + 0.125F * blue - 0.042184F * red - 0.082816F * green4));
    v[x] = static_cast<std::uint8_t>(
        static_cast<int>(kMiddle + 0.125F * red - 0.104672F * green4 - 0.020328F * blue));
  }
}

/// Of two rows, or of the last one twice.
void quarter_rows(const std::uint32_t* upper, const std::uint32_t* lower, int width, std::uint8_t* u,
                  std::uint8_t* v) {
  quarter_row(upper, lower, width / 2, u, v);
  if (width % 2 == 0) return;
  const std::uint32_t top[] = {upper[width - 1], upper[width - 1]},
                      bottom[] = {lower[width - 1], lower[width - 1]};
  quarter_row(top, bottom, 1, u + width / 2, v + width / 2);
}

/// One plane of colour, row by row for every pixel, in sixteenths: so what lies between the places of
/// quartered colour is rounded once only, with the pixel.
class Colours {
 public:
  Colours(const Rect& rect, Chroma chroma, const std::uint8_t* plane, int stride)
      : chroma_(chroma),
        plane_(plane),
        stride_(stride),
        width_(chroma == Chroma::full ? rect.w : (rect.w + 1) / 2),
        height_(chroma == Chroma::full ? rect.h : (rect.h + 1) / 2),
        columns_(std::size_t(width_) + 2),
        row_(std::size_t(width_) * 2) {}

  const std::int16_t* row(int row) {
    chroma_ == Chroma::full ? copy(at(row)) : interpolate(at(row / 2), at(row / 2 + (row % 2 ? 1 : -1)));
    return row_.data();
  }

 private:
  static constexpr int kNone = 128;

  const std::uint8_t* at(int row) const {
    return plane_ + std::ptrdiff_t{stride_} * std::clamp(row, 0, height_ - 1);
  }

  void copy(const std::uint8_t* from) {
    for (int x = 0; x < width_; ++x) row_[std::size_t(x)] = static_cast<std::int16_t>((from[x] - kNone) * 16);
  }

  /// Three quarters of the place that a pixel lies in and one of the next, in both directions.
  void interpolate(const std::uint8_t* near, const std::uint8_t* far) {
    std::int16_t *const columns = columns_.data(), *const out = row_.data();
    for (int x = 0; x < width_; ++x) columns[x + 1] = static_cast<std::int16_t>(3 * near[x] + far[x]);
    columns[0] = columns[1];
    columns[width_ + 1] = columns[width_];
    for (int x = 0; x < width_; ++x) {
      const auto most = static_cast<std::int16_t>(3 * columns[x + 1] - 16 * kNone);
      out[2 * x] = static_cast<std::int16_t>(most + columns[x]);
      out[2 * x + 1] = static_cast<std::int16_t>(most + columns[x + 2]);
    }
  }

  const Chroma chroma_;
  const std::uint8_t* const plane_;
  const int stride_, width_, height_;
  std::vector<std::int16_t> columns_, row_;
};

/// `share` times `colour`, in 16 bits throughout: a vector then has eight or sixteen pixels.
template <int share1000>
std::int16_t part(std::int16_t colour) {
  constexpr auto kShare = static_cast<std::int16_t>((share1000 * 8192 + 500) / 1000);
  return static_cast<std::int16_t>(static_cast<std::int16_t>(colour * 8) * kShare >> 16);
}

std::uint32_t whole(int sixteenths) {
  return static_cast<std::uint32_t>(std::clamp(sixteenths >> 4, 0, 255));
}

void paint_row(const std::uint8_t* luma, const std::int16_t* u, const std::int16_t* v, int width,
               std::uint32_t* to) {
  for (int x = 0; x < width; ++x) {
    const auto bright = static_cast<std::int16_t>(luma[x] * 16 + 8);
    const auto red = static_cast<std::int16_t>(bright + part<1402>(v[x])),
               green = static_cast<std::int16_t>(bright - part<344>(u[x]) - part<714>(v[x])),
               blue = static_cast<std::int16_t>(bright + part<1772>(u[x]));
    to[x] = whole(red) << 16 | whole(green) << 8 | whole(blue);
  }
}

}  // namespace

/// Row by row: what was read of a row and the ones beside it is still at hand when it is needed again.
void to_yuv(const FrameView& frame, const Rect& rect, Chroma chroma, const Planes& to) {
  constexpr int kRows = 3;  // above, this one, below
  const auto width = static_cast<std::size_t>(rect.w);
  std::vector<std::uint8_t> bright(kRows * width);
  const auto pixels = [&](int row) { return frame.at(rect.x, rect.y + std::min(row, rect.h - 1)); };
  const auto luma = [&](int row) {
    return bright.data() + width * static_cast<std::size_t>(std::clamp(row, 0, rect.h - 1) % kRows);
  };
  const auto brighten = [&](int row) {
    libyuv::ARGBToJ400(reinterpret_cast<const std::uint8_t*>(pixels(row)), 0, luma(row), 0, rect.w, 1);
  };
  const auto plane = [&](std::size_t i, int row) { return to.at[i] + std::ptrdiff_t{row} * to.stride[i]; };
  brighten(0);
  for (int row = 0; row < rect.h; ++row) {
    if (row + 1 < rect.h) brighten(row + 1);
    without_grain(luma(row - 1), luma(row), luma(row + 1), rect.w, plane(0, row));
    if (chroma == Chroma::full)
      full_row(pixels(row), rect.w, plane(1, row), plane(2, row));
    else if (row % 2 == 0)
      quarter_rows(pixels(row), pixels(row + 1), rect.w, plane(1, row / 2), plane(2, row / 2));
  }
}

YuvPictures::YuvPictures(const Rect& rect, Chroma chroma) : rect_(rect), chroma_(chroma) {
  constexpr int kAligned = 32;  // so vector instructions like it
  const int width = (rect.w + kAligned - 1) / kAligned * kAligned;
  const int colour_width = chroma == Chroma::full ? width : width / 2;
  const int colour_height = chroma == Chroma::full ? rect.h : (rect.h + 1) / 2;
  const std::size_t luma = std::size_t(width) * std::size_t(rect.h),
                    colour = std::size_t(colour_width) * std::size_t(colour_height);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    bytes_[i].resize(luma + 2 * colour);
    std::uint8_t* const at = bytes_[i].data();
    planes_[i] = {{at, at + luma, at + luma + colour}, {width, colour_width, colour_width}};
  }
}

bool YuvPictures::take(const FrameView& frame) {
  last_ = 1 - last_;
  to_yuv(frame, rect_, chroma_, planes_[last_]);
  return std::exchange(first_, false) || bytes_[0] != bytes_[1];
}

void from_yuv(const Planes& from, Chroma chroma, const Rect& rect, Frame& canvas) {
  Colours u(rect, chroma, from.at[1], from.stride[1]), v(rect, chroma, from.at[2], from.stride[2]);
  for (int row = 0; row < rect.h; ++row)
    paint_row(from.at[0] + std::ptrdiff_t{row} * from.stride[0], u.row(row), v.row(row), rect.w,
              canvas.at(rect.x, rect.y + row));
}

}  // namespace godesk::media
