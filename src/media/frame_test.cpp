#include "media/frame.h"

#include <gtest/gtest.h>

namespace godesk::media {
namespace {

TEST(Rect, intersection_and_bounding_box) {
  const Rect a{0, 0, 10, 10}, b{5, 6, 10, 10}, far{50, 50, 2, 2};
  EXPECT_EQ(intersect(a, b), (Rect{5, 6, 5, 4}));
  EXPECT_TRUE(intersect(a, far).empty());
  EXPECT_EQ(bounding(a, b), (Rect{0, 0, 15, 16}));
  EXPECT_EQ(bounding(Rect{}, far), far);
}

TEST(Region, keeps_what_is_not_covered_already) {
  Region region;
  region.add(Rect{0, 0, 4, 4});
  region.add(Rect{1, 1, 2, 2});
  region.add(Rect{9, 9, 0, 5});
  EXPECT_EQ(region.rects(), (std::vector<Rect>{{0, 0, 4, 4}}));
  region.add(Rect{0, 0, 8, 8});
  EXPECT_EQ(region.rects(), (std::vector<Rect>{{0, 0, 8, 8}}));
}

TEST(Region, becomes_its_bounding_box_when_it_would_grow_too_long) {
  Region region;
  for (int i = 0; i <= int(Region::kMaxRects); ++i) region.add(Rect{i * 10, i * 10, 5, 5});
  EXPECT_EQ(region.rects(), (std::vector<Rect>{{0, 0, 325, 325}}));
}

TEST(Region, clips) {
  Region region(Rect{-5, -5, 10, 10});
  region.add(Rect{100, 100, 5, 5});
  region.clip({0, 0, 50, 50});
  EXPECT_EQ(region.rects(), (std::vector<Rect>{{0, 0, 5, 5}}));
  EXPECT_TRUE(region.covers({4, 4}));
  EXPECT_FALSE(region.covers({5, 4}));
}

TEST(Frame, is_black_and_bounded) {
  Frame frame(7, 3);
  EXPECT_EQ(*frame.at(6, 2), 0u);
  EXPECT_TRUE(Frame(0, 5).empty());
  EXPECT_TRUE(Frame(kMaxSide + 1, 5).empty());
  Frame other(7, 3);
  EXPECT_TRUE(same_pixels(frame.view(), other.view()));
  *other.at(6, 2) = 1;
  EXPECT_FALSE(same_pixels(frame.view(), other.view()));
  EXPECT_FALSE(same_pixels(frame.view(), Frame(3, 7).view()));
}

}  // namespace
}  // namespace godesk::media
