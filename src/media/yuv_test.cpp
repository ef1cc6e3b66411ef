#include "media/yuv.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

/// Planes with memory.
struct Yuv {
  Yuv(int width, int height, Chroma chroma) {
    const bool quarter = chroma == Chroma::quarter;
    const int w = quarter ? (width + 1) / 2 : width, h = quarter ? (height + 1) / 2 : height;
    memory[0].resize(std::size_t(width) * std::size_t(height));
    memory[1].resize(std::size_t(w) * std::size_t(h));
    memory[2] = memory[1];
    planes = {{memory[0].data(), memory[1].data(), memory[2].data()}, {width, w, w}};
  }
  std::array<std::vector<std::uint8_t>, 3> memory;
  Planes planes;
};

class YuvTest : public testing::TestWithParam<Chroma> {};

int largest_difference(const FrameView& a, const FrameView& b, const Rect& rect) {
  int most = 0;
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x)
      for (const int shift : {0, 8, 16}) {
        const int one = int(*a.at(x, y) >> shift & 0xff), other = int(*b.at(x, y) >> shift & 0xff);
        most = std::max(most, std::abs(one - other));
      }
  return most;
}

int difference(const FrameView& a, const FrameView& b, const Rect& rect) {
  int sum = 0;
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x)
      sum += std::abs(int(*a.at(x, y) & 0xff) - int(*b.at(x, y) & 0xff));
  return sum;
}

TEST_P(YuvTest, EvenColoursComeBackAndNothingElseIsPainted) {
  const Rect rect{3, 2, 17, 9};  // odd sides: the last colour stands for half as many pixels
  for (const std::uint32_t colour : {0x000000u, 0xffffffu, 0xff0000u, 0x00ff00u, 0x0000ffu, 0xffff00u,
                                     0x00ffffu, 0xff00ffu, 0x804020u, 0x7f7f7fu}) {
    Frame frame(24, 16), canvas(24, 16);
    for (int y = 0; y < 16; ++y) std::fill_n(frame.at(0, y), 24, colour);
    Yuv yuv(rect.w, rect.h, GetParam());
    to_yuv(frame.view(), rect, GetParam(), yuv.planes);
    from_yuv(yuv.planes, GetParam(), rect, canvas);
    EXPECT_LE(largest_difference(frame.view(), canvas.view(), rect), 2) << std::hex << colour;
    EXPECT_EQ(*canvas.at(2, 2) | *canvas.at(20, 2) | *canvas.at(3, 1) | *canvas.at(3, 11), 0u);
    EXPECT_EQ(*canvas.at(5, 5) >> 24, 0u);
  }
}

TEST_P(YuvTest, ASlopeOfColourStaysASlope) {
  Frame frame(64, 64), canvas(64, 64);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      *frame.at(x, y) = std::uint32_t(x * 3) << 16 | std::uint32_t(120) << 8 | std::uint32_t(255 - y * 3);
  Yuv yuv(64, 64, GetParam());
  to_yuv(frame.view(), {0, 0, 64, 64}, GetParam(), yuv.planes);
  from_yuv(yuv.planes, GetParam(), {0, 0, 64, 64}, canvas);
  EXPECT_LE(largest_difference(frame.view(), canvas.view(), {1, 1, 62, 62}), 4);
}

TEST_P(YuvTest, GrainIsLeftOut) {
  test::Dice dice(7);
  const Rect rect{2, 1, 41, 30};
  Frame frame(48, 32), canvas(48, 32), even(48, 32);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 48; ++x) {
      *frame.at(x, y) = std::uint32_t(98 + dice.below(5)) * 0x010101;
      *even.at(x, y) = 0x646464;
    }
  Yuv yuv(rect.w, rect.h, GetParam());
  to_yuv(frame.view(), rect, GetParam(), yuv.planes);
  from_yuv(yuv.planes, GetParam(), rect, canvas);
  EXPECT_LT(difference(even.view(), canvas.view(), rect), difference(even.view(), frame.view(), rect) / 2);
}

/// BT.601 with full range, and colour interpolated between the places where it is.
std::uint32_t pixel_of(const Planes& planes, const Rect& rect, Chroma chroma, int x, int y) {
  const auto at = [&](std::size_t plane, int column, int row) {
    const int size = plane > 0 && chroma == Chroma::quarter ? 2 : 1;
    column = std::clamp(column, 0, (rect.w + size - 1) / size - 1);
    row = std::clamp(row, 0, (rect.h + size - 1) / size - 1);
    return double(planes.at[plane][row * planes.stride[plane] + column]);
  };
  const auto colour = [&](std::size_t plane) {
    if (chroma == Chroma::full) return at(plane, x, y) - 128;
    const int beside = x / 2 + (x % 2 ? 1 : -1), next = y / 2 + (y % 2 ? 1 : -1);
    return (9 * at(plane, x / 2, y / 2) + 3 * at(plane, beside, y / 2) + 3 * at(plane, x / 2, next) +
            at(plane, beside, next)) /
               16 -
           128;
  };
  const auto whole = [](double value) { return std::uint32_t(std::clamp(std::lround(value), 0L, 255L)); };
  const double luma = at(0, x, y), u = colour(1), v = colour(2);
  return whole(luma + 1.402 * v) << 16 | whole(luma - 0.344 * u - 0.714 * v) << 8 | whole(luma + 1.772 * u);
}

TEST_P(YuvTest, EveryPixelIsWhatItsColourSays) {
  test::Dice dice(6);
  const Rect rect{2, 1, 37, 21};
  Yuv yuv(rect.w, rect.h, GetParam());
  for (auto& plane : yuv.memory)
    for (auto& value : plane) value = std::uint8_t(dice.below(256));
  Frame canvas(48, 24), expected(48, 24);
  from_yuv(yuv.planes, GetParam(), rect, canvas);
  for (int y = 0; y < rect.h; ++y)
    for (int x = 0; x < rect.w; ++x)
      *expected.at(rect.x + x, rect.y + y) = pixel_of(yuv.planes, rect, GetParam(), x, y);
  EXPECT_LE(largest_difference(expected.view(), canvas.view(), rect), 1);
}

INSTANTIATE_TEST_SUITE_P(Chromas, YuvTest, testing::Values(Chroma::quarter, Chroma::full));

}  // namespace
}  // namespace godesk::media
