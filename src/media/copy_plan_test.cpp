#include "media/copy_plan.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

using test::Dice;

struct CopyPlanTest : testing::Test {
  CopyPlanTest() { test::fill_noise(before, before.view().bounds(), dice); }

  /// What carrying out the plan leaves: `now`, or the planner is wrong.
  void expect_sound(const CopyPlan& plan) {
    Frame canvas(kWidth, kHeight);
    copy_pixels(before.view(), before.view().bounds(), canvas);
    for (const Copy& copy : plan.copies) move_pixels(canvas, copy.to, copy.from);
    for (const Rect& rect : plan.rest) copy_pixels(now.view(), rect, canvas);
    EXPECT_TRUE(same_pixels(canvas.view(), now.view()));
  }
  CopyPlan plan() {
    const auto changed = changed_rects(now.view(), before.view(), now.view().bounds());
    CopyPlan result = planner.plan(now.view(), before.view(), changed, lossy);
    expect_sound(result);
    return result;
  }
  void show_before() { copy_pixels(before.view(), before.view().bounds(), now); }

  static constexpr int kWidth = 640, kHeight = 400;
  Dice dice{1};
  Frame before{kWidth, kHeight}, now{kWidth, kHeight};
  TileSet lossy{kWidth, kHeight};
  CopyPlanner planner;
};

TEST_F(CopyPlanTest, MovementsOfAllDirectionsAreFound) {
  for (const Point by :
       {Point{0, -16}, Point{0, 7}, Point{33, 0}, Point{-5, 0}, Point{10, -5}, Point{-61, 90}}) {
    show_before();
    const Rect area = intersect({100 + by.x, 100 + by.y, 400, 200}, now.view().bounds());
    move_pixels(now, area, {area.x - by.x, area.y - by.y});
    const CopyPlan found = plan();
    EXPECT_GT(found.copied_area(), area.area() * 8 / 10) << by.x << "," << by.y;
    for (const Copy& copy : found.copies) {
      EXPECT_EQ(copy.to.x - copy.from.x, by.x);
      EXPECT_EQ(copy.to.y - copy.from.y, by.y);
    }
  }
}

TEST_F(CopyPlanTest, OnlyWhatAMovedPlaceUncoversIsLeft) {
  show_before();
  move_pixels(now, {109, 105, 300, 200}, {100, 100});
  test::fill_noise(now, {100, 100, 300, 5}, dice);
  test::fill_noise(now, {100, 105, 9, 195}, dice);
  EXPECT_LT(area_of(plan().rest), 300 * 5 + 195 * 9 + 64 * 16 + 400)
      << "one tile in a corner, and little more";
}

TEST_F(CopyPlanTest, SeveralMovementsAtOnce) {
  show_before();
  move_pixels(now, {0, 0, 300, 360}, {0, 40});
  move_pixels(now, {320, 50, 300, 350}, {320, 0});
  EXPECT_GT(plan().copied_area(), 180'000);
}

TEST_F(CopyPlanTest, TwoPlacesThatChangedSeats) {
  show_before();
  move_pixels(now, {0, 0, 320, 400}, {320, 0});
  for (int y = 0; y < kHeight; ++y) std::copy_n(before.at(0, y), 320, now.at(320, y));
  // Each would overwrite what the other reads: one goes as pixels.
  const CopyPlan found = plan();
  EXPECT_EQ(found.copied_area(), 128'000);
}

TEST_F(CopyPlanTest, SmallChangesAreNotSearched) {
  show_before();
  move_pixels(now, {100, 100, 140, 140}, {100, 120});
  EXPECT_TRUE(plan().copies.empty());
}

TEST_F(CopyPlanTest, NewPixelsAreNoMovement) {
  test::fill_noise(now, now.view().bounds(), dice);
  EXPECT_TRUE(plan().copies.empty());
}

TEST_F(CopyPlanTest, AnApproximationIsNoSource) {
  show_before();
  move_pixels(now, {0, 0, kWidth, kHeight - 32}, {0, 32});
  lossy.mark({0, 0, kWidth, kHeight});
  EXPECT_TRUE(plan().copies.empty());
  lossy = TileSet(kWidth, kHeight);
  lossy.mark({64, 160, 64, 16});
  const CopyPlan found = plan();
  EXPECT_GT(found.copied_area(), 200'000);
  for (const Copy& copy : found.copies) EXPECT_FALSE(lossy.touches(copy.source()));
}

TEST_F(CopyPlanTest, PlainAreasProposeNothing) {
  test::fill(before, before.view().bounds(), 0x102030);
  test::fill(now, now.view().bounds(), 0x405060);
  EXPECT_TRUE(plan().copies.empty());
}

TEST(SafeOrder, ReadersComeBeforeWriters) {
  // A staircase to the right: each step reads what the next one down writes.
  std::vector<Copy> copies;
  for (int i = 0; i < 8; ++i) copies.push_back({{i * 10 + 10, i * 10, 10, 10}, {i * 10, i * 10}});
  copies.push_back({{0, 0, 10, 80}, {500, 0}});
  std::vector<Rect> given_up;
  const auto ordered = in_safe_order(copies, given_up);
  EXPECT_TRUE(given_up.empty());
  ASSERT_EQ(ordered.size(), copies.size());
  for (std::size_t i = 0; i < ordered.size(); ++i)
    for (std::size_t later = i + 1; later < ordered.size(); ++later)
      EXPECT_TRUE(intersect(ordered[i].to, ordered[later].source()).empty());
}

TEST(SafeOrder, NeverMoreThanTheBound) {
  std::vector<Copy> copies;
  for (int i = 0; i < 400; ++i) copies.push_back({{i * 10, 0, 5 + i % 5, 10}, {i * 10, 100}});
  std::vector<Rect> given_up;
  EXPECT_EQ(in_safe_order(copies, given_up).size(), CopyPlanner::kMaxCopies);
  EXPECT_EQ(given_up.size(), 400 - CopyPlanner::kMaxCopies);
}

TEST(TileSet, MarksWhatIsTouchedAndClearsWhatIsCovered) {
  TileSet tiles(200, 40);
  tiles.mark({63, 15, 2, 2});
  EXPECT_TRUE(tiles.touches({0, 0, 1, 1}));
  EXPECT_FALSE(tiles.touches({128, 0, 72, 40}));
  EXPECT_EQ(tiles.rects(), (std::vector<Rect>{{0, 0, 128, 16}, {0, 16, 128, 16}}));
  tiles.clear({1, 0, 199, 40});
  EXPECT_EQ(tiles.rects(), (std::vector<Rect>{{0, 0, 64, 16}, {0, 16, 64, 16}}));
  tiles.clear({0, 0, 64, 40});
  EXPECT_TRUE(tiles.empty());
  tiles.mark({199, 39, 1, 1});
  EXPECT_EQ(tiles.rects(), (std::vector<Rect>{{192, 32, 8, 8}}));
  tiles.clear({192, 32, 8, 8});
  EXPECT_TRUE(tiles.empty());
}

}  // namespace
}  // namespace godesk::media
