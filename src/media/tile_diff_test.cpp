#include "media/tile_diff.h"

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

using test::Dice;

std::vector<Rect> diff(const Frame& now, const Frame& before, const Region& damage) {
  return changed_rects(now.view(), before.view(), damage);
}

TEST(TileDiff, equal_frames_have_no_changes) {
  const Frame a(200, 100), b(200, 100);
  EXPECT_TRUE(diff(a, b, Rect{0, 0, 200, 100}).empty());
}

TEST(TileDiff, one_pixel_is_one_pixel) {
  const Frame before(200, 100);
  Frame now(200, 100);
  *now.at(199, 99) = 1;
  EXPECT_EQ(diff(now, before, Rect{0, 0, 200, 100}), (std::vector<Rect>{{199, 99, 1, 1}}));
}

TEST(TileDiff, a_change_across_tiles_is_one_tight_rect) {
  const Frame before(400, 300);
  Frame now(400, 300);
  const Rect change{50, 10, 200, 70};
  test::fill(now, change, 0x123456);
  EXPECT_EQ(diff(now, before, Rect{0, 0, 400, 300}), (std::vector<Rect>{change}));
}

TEST(TileDiff, changes_far_apart_stay_apart) {
  const Frame before(400, 300);
  Frame now(400, 300);
  *now.at(3, 3) = 1;
  *now.at(300, 5) = 1;
  *now.at(3, 200) = 1;
  EXPECT_EQ(diff(now, before, Rect{0, 0, 400, 300}),
            (std::vector<Rect>{{3, 3, 1, 1}, {300, 5, 1, 1}, {3, 200, 1, 1}}));
}

TEST(TileDiff, only_damaged_tiles_are_looked_at) {
  const Frame before(400, 300);
  Frame now(400, 300);
  *now.at(3, 3) = 1;
  *now.at(300, 200) = 1;
  EXPECT_EQ(diff(now, before, Rect{299, 190, 5, 200}), (std::vector<Rect>{{300, 200, 1, 1}}));
  EXPECT_TRUE(diff(now, before, Region{}).empty());
  EXPECT_TRUE(diff(now, before, Rect{500, 10, 5, 5}).empty());
}

// Copying the rects, and nothing else, makes the frames equal; no pixel is in two of them.
TEST(TileDiff, random_changes_are_covered_once) {
  Dice dice(5);
  for (int round = 0; round < 200; ++round) {
    const int width = 1 + dice.below(300), height = 1 + dice.below(200);
    Frame before(width, height), now(width, height), times(width, height);
    for (int i = dice.below(12); i > 0; --i) {
      const Rect rect{dice.below(width), dice.below(height), 1 + dice.below(90), 1 + dice.below(40)};
      test::fill(now, intersect(rect, now.view().bounds()), dice.colour());
    }
    for (const Rect& rect : diff(now, before, now.view().bounds()))
      for (int y = rect.y; y < rect.bottom(); ++y)
        for (int x = rect.x; x < rect.right(); ++x) {
          *before.at(x, y) = *now.at(x, y);
          ASSERT_EQ(++*times.at(x, y), 1u);
        }
    ASSERT_TRUE(same_pixels(now.view(), before.view())) << "round " << round;
  }
}

}  // namespace
}  // namespace godesk::media
