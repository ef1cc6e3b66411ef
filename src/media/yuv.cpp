#include "media/yuv.h"

#include <algorithm>
#include <utility>

#include <libyuv/convert_argb.h>
#include <libyuv/convert_from_argb.h>

#include "media/grain.h"

namespace godesk::media {
namespace {

/// As libyuv's ARGBToJ420, with a pixel's own colour.
void to_444(const FrameView& frame, const Rect& rect, const Planes& to) {
  for (int row = 0; row < rect.h; ++row) {
    const auto plane = [&](std::size_t i) { return to.at[i] + std::ptrdiff_t{row} * to.stride[i]; };
    std::uint8_t *const luma = plane(0), *const u = plane(1), *const v = plane(2);
    const std::uint32_t* pixels = frame.at(rect.x, rect.y + row);
    for (int x = 0; x < rect.w; ++x) {
      const int r = int(pixels[x] >> 16 & 0xff), g = int(pixels[x] >> 8 & 0xff), b = int(pixels[x] & 0xff);
      luma[x] = static_cast<std::uint8_t>((77 * r + 150 * g + 29 * b + 128) >> 8);
      u[x] = static_cast<std::uint8_t>((-43 * r - 84 * g + 127 * b + 128 * 256 + 128) >> 8);
      v[x] = static_cast<std::uint8_t>((127 * r - 106 * g - 21 * b + 128 * 256 + 128) >> 8);
    }
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

/// Colour where it was made a quarter: of two rows, or of the last one twice.
void quarter(const std::uint32_t* upper, const std::uint32_t* lower, int width, std::uint8_t* u,
             std::uint8_t* v) {
  quarter_row(upper, lower, width / 2, u, v);
  if (width % 2 == 0) return;
  const std::uint32_t top[] = {upper[width - 1], upper[width - 1]},
                      bottom[] = {lower[width - 1], lower[width - 1]};
  quarter_row(top, bottom, 1, u + width / 2, v + width / 2);
}

/// Row by row: what was read of a row and the ones beside it is still at hand when it is needed again.
void to_420(const FrameView& frame, const Rect& rect, const Planes& to) {
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
    if (row % 2 == 0) quarter(pixels(row), pixels(row + 1), rect.w, plane(1, row / 2), plane(2, row / 2));
  }
}

}  // namespace

void to_yuv(const FrameView& frame, const Rect& rect, Chroma chroma, const Planes& to) {
  chroma == Chroma::full ? to_444(frame, rect, to) : to_420(frame, rect, to);
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
  auto* pixels = reinterpret_cast<std::uint8_t*>(canvas.at(rect.x, rect.y));
  const int stride = canvas.width() * 4;
  if (chroma == Chroma::full)
    libyuv::J444ToARGB(from.at[0], from.stride[0], from.at[1], from.stride[1], from.at[2], from.stride[2],
                       pixels, stride, rect.w, rect.h);
  else
    libyuv::I420ToARGBMatrixFilter(from.at[0], from.stride[0], from.at[1], from.stride[1], from.at[2],
                                   from.stride[2], pixels, stride, &libyuv::kYuvJPEGConstants, rect.w, rect.h,
                                   libyuv::kFilterBilinear);
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x) *canvas.at(x, y) &= 0xffffff;
}

}  // namespace godesk::media
