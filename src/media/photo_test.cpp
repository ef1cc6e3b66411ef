#include "media/photo.h"

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

using test::Dice;

/// Light that changes slowly, with grain.
Frame landscape(int width, int height, int grain) {
  Dice dice(5);
  Frame frame(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto light = std::uint32_t(60 + x / 3 % 100 + dice.below(grain));
      *frame.at(x, y) = (light + 20) << 16 | light << 8 | std::uint32_t(light + std::uint32_t(y / 4 % 50));
    }
  return frame;
}

std::vector<std::uint8_t> differences(const Frame& frame, const Rect& rect) {
  std::vector<std::uint8_t> out(std::size_t(rect.area()) * 3);
  put_differences(frame.view(), rect, out.data());
  return out;
}

TEST(Photo, AnyPixelsComeBackAsTheyWere) {
  Dice dice(1);
  Frame noise(70, 40);
  test::fill_noise(noise, {0, 0, 70, 40}, dice);
  for (const Rect rect :
       {Rect{0, 0, 70, 40}, Rect{3, 5, 1, 1}, Rect{3, 5, 1, 20}, Rect{9, 39, 61, 1}, Rect{60, 30, 10, 10}}) {
    Frame canvas(70, 40);
    paint_differences(differences(noise, rect).data(), rect, canvas);
    Frame wanted(70, 40);
    copy_pixels(noise.view(), rect, wanted);
    EXPECT_TRUE(same_pixels(wanted.view(), canvas.view())) << rect.x << "," << rect.y;
  }
}

TEST(Photo, TheBytesAreThoseOfTheWirePage) {
  Frame two(2, 2);
  *two.at(0, 0) = 0x030201, *two.at(1, 0) = 0x050405, *two.at(0, 1) = 0x0a0a0a, *two.at(1, 1) = 0x000600;
  const std::vector<std::uint8_t> wanted{
      2,   2, 8,   0xff,  // green 2 4 10 6; the last from (10 + 4) / 2
      127, 2, 1,   0xfa,  // blue: 127 129 128 122; the last from (128 + 129) / 2
      129, 0, 255, 0xfa,  // red: 129 129 128 122
  };
  EXPECT_EQ(differences(two, {0, 0, 2, 2}), wanted);
}

TEST(Photo, PhotographsAreToldFromText) {
  EXPECT_TRUE(looks_like_photo(landscape(200, 100, 8).view(), {0, 0, 200, 100})) << "with grain";
  EXPECT_TRUE(looks_like_photo(landscape(200, 100, 1).view(), {0, 0, 200, 100})) << "a soft sky";
  Dice dice(2);
  Frame text(200, 96);
  test::draw_text(text, {0, 0, 200, 96}, dice);
  EXPECT_FALSE(looks_like_photo(text.view(), {0, 0, 200, 96}));
  EXPECT_FALSE(looks_like_photo(Frame(50, 50).view(), {0, 0, 50, 50})) << "one colour";
  EXPECT_FALSE(looks_like_photo(text.view(), {0, 0, 1, 1})) << "nothing to compare";
}

TEST(Photo, DifferencesAreSmall) {
  const Frame frame = landscape(200, 100, 8);
  const Rect rect{0, 0, 200, 100};
  int large = 0;
  for (const std::uint8_t d : differences(frame, rect)) large += d > 8 && d < 248;
  EXPECT_LT(large, 200 * 100 * 3 / 20);
}

}  // namespace
}  // namespace godesk::media
