#include "media/strips.h"

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

using Rects = std::vector<Rect>;

TEST(Strips, LinesOfTextAreWholeAndAllIsCovered) {
  test::Dice dice(1);
  Frame frame(800, 100);
  for (int y : {3, 23, 43}) test::fill_noise(frame, {0, y, 800, 14}, dice);
  const Rects strips = strips_of(frame.view(), {{0, 0, 800, 60}}, 4000);
  EXPECT_EQ(area_of(strips), 800 * 60);
  int lines = 0;
  for (const Rect& strip : strips) {
    lines += strip.h == 14;
    EXPECT_LE(strip.area(), 4000);
  }
  EXPECT_EQ(lines, 9) << "three lines, each cut into pieces of 285 pixels";
  EXPECT_EQ(joined(strips, 0), (Rects{{0, 0, 800, 60}}));
}

TEST(Strips, APhotographIsCutIntoRows) {
  test::Dice dice(2);
  Frame frame(400, 300);
  test::fill_noise(frame, {0, 0, 400, 300}, dice);
  const Rects strips = strips_of(frame.view(), {{0, 0, 400, 300}}, 4000);
  EXPECT_EQ(strips.size(), 30u);
  EXPECT_EQ(strips[1], (Rect{0, 10, 400, 10}));
  EXPECT_EQ(joined(strips, 29), (Rects{{0, 290, 400, 10}}));
  EXPECT_TRUE(joined(strips, 30).empty());
}

TEST(Strips, RefinedTilesStayWhole) {
  EXPECT_EQ(tiles_of({{64, 16, 192, 16}}, 2500), (Rects{{64, 16, 128, 16}, {192, 16, 64, 16}}));
}

TEST(Strips, ALineCutByTilesIsOneAgain) {
  EXPECT_EQ(stacked({{0, 1062, 1763, 10}, {1, 1072, 1511, 7}}, 10'000), (Rects{{0, 1062, 1763, 17}}));
  const Rects apart{{0, 0, 100, 10}, {0, 11, 100, 10}, {500, 21, 100, 10}};
  EXPECT_EQ(stacked(apart, 10'000), apart);
  const Rects uneven{{0, 0, 100, 10}, {0, 10, 900, 10}};
  EXPECT_EQ(stacked(uneven, 100'000), uneven) << "mostly other pixels";
  const Rects nearly{{0, 0, 100, 10}, {0, 10, 90, 10}};
  EXPECT_EQ(stacked(nearly, 99), nearly) << "no room";
}

TEST(Strips, SplittingKeepsEveryPixelOnItsSide) {
  const Parts parts = split({{0, 0, 100, 100}, {200, 0, 10, 10}}, {40, 50, 20, 30});
  EXPECT_EQ(parts.inside, (Rects{{40, 50, 20, 30}}));
  EXPECT_EQ(area_of(parts.outside), 100 * 100 - 600 + 100);
  for (const Rect& rect : parts.outside) EXPECT_TRUE(intersect(rect, {40, 50, 20, 30}).empty());
  EXPECT_EQ(split({{0, 0, 5, 5}}, {}).outside, (Rects{{0, 0, 5, 5}}));
}

}  // namespace
}  // namespace godesk::media
