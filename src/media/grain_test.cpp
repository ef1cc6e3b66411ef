#include "media/grain.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

struct Luma {
  Luma(int w, int h) : width(w), height(h), pixels(std::size_t(w) * std::size_t(h)) {}
  std::uint8_t* row(int y) { return pixels.data() + std::ptrdiff_t{width} * std::clamp(y, 0, height - 1); }
  int width, height;
  std::vector<std::uint8_t> pixels;
};

Luma cleaned(Luma& from) {
  Luma to(from.width, from.height);
  for (int y = 0; y < from.height; ++y)
    without_grain(from.row(y - 1), from.row(y), from.row(y + 1), from.width, to.row(y));
  return to;
}

int largest_change(const Luma& a, const Luma& b) {
  int most = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  return most;
}

double deviation(const Luma& luma, int middle) {
  double sum = 0;
  for (const std::uint8_t pixel : luma.pixels) sum += (pixel - middle) * (pixel - middle);
  return std::sqrt(sum / double(luma.pixels.size()));
}

TEST(Grain, IsTakenFromAnEvenPlace) {
  test::Dice dice(1);
  Luma grainy(300, 40);
  for (auto& pixel : grainy.pixels) pixel = std::uint8_t(120 - kGrain + dice.below(2 * kGrain + 1));
  const Luma clean = cleaned(grainy);
  EXPECT_LT(deviation(clean, 120), deviation(grainy, 120) * 0.55);
  EXPECT_LE(largest_change(grainy, clean), kGrain);
}

TEST(Grain, TextAndEdgesStayAsTheyAre) {
  test::Dice dice(2);
  Frame page(320, 64);
  test::draw_text(page, page.view().bounds(), dice);
  Luma text(320, 64);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 320; ++x) text.row(y)[x] = std::uint8_t(*page.at(x, y) & 0xff);
  EXPECT_EQ(cleaned(text).pixels, text.pixels);
}

TEST(Grain, ASlopeStaysASlope) {
  Luma slope(100, 50);
  for (int y = 0; y < 50; ++y)
    for (int x = 0; x < 100; ++x) slope.row(y)[x] = std::uint8_t(x + 2 * y);
  EXPECT_LE(largest_change(slope, cleaned(slope)), 1) << "and that only at its ends";
}

TEST(Grain, NothingChangesByMoreThanGrain) {
  test::Dice dice(3);
  Luma wild(515, 20);
  for (auto& pixel : wild.pixels) pixel = std::uint8_t(dice.below(256));
  EXPECT_LE(largest_change(wild, cleaned(wild)), kGrain);
  for (auto& pixel : wild.pixels) pixel = std::uint8_t(100 + dice.below(6 * kGrain));
  EXPECT_LE(largest_change(wild, cleaned(wild)), kGrain);
}

TEST(Grain, ALongRowIsCleanedAsShortOnes) {
  test::Dice dice(4);
  Luma wide(900, 3);
  for (auto& pixel : wide.pixels) pixel = std::uint8_t(100 + dice.below(12));
  const Luma clean = cleaned(wide);
  for (int x = 1; x + 1 < wide.width; ++x) {
    Luma around(3, 3), middle(3, 1);
    for (int y = 0; y < 3; ++y) std::copy_n(wide.row(y) + x - 1, 3, around.row(y));
    without_grain(around.row(0), around.row(1), around.row(2), 3, middle.row(0));
    ASSERT_EQ(clean.pixels[std::size_t(900 + x)], middle.pixels[1]) << x;
  }
}

}  // namespace
}  // namespace godesk::media
