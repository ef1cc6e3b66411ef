#include "window/screen_fit.h"

#include <gtest/gtest.h>

namespace godesk::app {
namespace {

TEST(ScreenFit, AtEqualSizesEachPixelIsOnePixel) {
  for (const Scaling scaling : {Scaling::shrink, Scaling::fit, Scaling::original}) {
    const ScreenFit fit({320, 200}, {320, 200}, scaling);
    EXPECT_TRUE(fit.exact());
    EXPECT_EQ(fit.area(), QRect(0, 0, 320, 200));
    for (int y = 0; y < 200; ++y) {
      for (int x = 0; x < 320; ++x) {
        ASSERT_EQ(fit.to_screen(QPointF(x, y)), QPoint(x, y));
        ASSERT_EQ(fit.to_screen(QPointF(x + 0.75, y + 0.75)), QPoint(x, y));
      }
    }
  }
}

TEST(ScreenFit, ASmallScreenIsCentredOneToOne) {
  const ScreenFit fit({320, 200}, {640, 480}, Scaling::shrink);
  EXPECT_TRUE(fit.exact());
  EXPECT_EQ(fit.area(), QRect(160, 140, 320, 200));
  EXPECT_EQ(fit.to_screen({160, 140}), QPoint(0, 0));
  EXPECT_EQ(fit.to_screen({479, 339}), QPoint(319, 199));
  EXPECT_EQ(fit.to_view(QRect(10, 20, 5, 6)), QRect(170, 160, 5, 6));
}

TEST(ScreenFit, ALargeScreenIsShrunkInProportion) {
  const ScreenFit fit({1600, 1200}, {800, 800}, Scaling::shrink);
  EXPECT_FALSE(fit.exact());
  EXPECT_EQ(fit.area(), QRect(0, 100, 800, 600));
  EXPECT_EQ(fit.to_screen({0, 100}), QPoint(0, 0));
  EXPECT_EQ(fit.to_screen({400, 400}), QPoint(800, 600));
  EXPECT_EQ(fit.to_screen({799.9, 699.9}), QPoint(1599, 1199));
}

TEST(ScreenFit, InFullScreenASmallScreenGrows) {
  const ScreenFit fit({640, 400}, {1920, 1200}, Scaling::fit);
  EXPECT_EQ(fit.area(), QRect(0, 0, 1920, 1200));
  // Each pixel of the screen is three by three of the display's.
  for (int x = 0; x < 1920; ++x) ASSERT_EQ(fit.to_screen(QPointF(x, 0)).x(), x / 3);
}

TEST(ScreenFit, BesideTheScreenTheNearestPixelCounts) {
  const ScreenFit fit({320, 200}, {640, 480}, Scaling::shrink);
  EXPECT_EQ(fit.to_screen({0, 0}), QPoint(0, 0));
  EXPECT_EQ(fit.to_screen({639, 479}), QPoint(319, 199));
  EXPECT_EQ(fit.to_screen({-5, 200}), QPoint(0, 60));
}

TEST(ScreenFit, WhatIsRepaintedCoversWhatChanged) {
  const ScreenFit fit({1600, 1200}, {533, 401}, Scaling::shrink);
  for (int x = 0; x < 1590; x += 7) {
    const QRect view = fit.to_view(QRect(x, 300, 10, 1));
    ASSERT_LE(fit.to_screen(view.topLeft()).x(), x);
    ASSERT_GE(fit.to_screen(QPointF(view.x() + view.width() - 0.01, view.y())).x(), x + 9);
  }
}

TEST(ScreenFit, AtOriginalSizeThePointerReachesEveryPixel) {
  const QSize screen(1600, 300), view(800, 400);
  const auto under = [&](QPointF at) {
    const ScreenFit fit(screen, view, Scaling::original, {at.x() / view.width(), at.y() / view.height()});
    EXPECT_TRUE(fit.exact());
    return fit.to_screen(at);
  };
  EXPECT_EQ(under({0, 60}), QPoint(0, 10));
  EXPECT_EQ(under({400, 60}), QPoint(800, 10));
  EXPECT_EQ(under({799, 60}).x(), 1598);
  EXPECT_EQ(under({800, 60}).x(), 1599);
}

TEST(ScreenFit, NothingFitsIntoNothing) {
  EXPECT_TRUE(ScreenFit({0, 0}, {640, 480}, Scaling::fit).area().isEmpty());
  EXPECT_TRUE(ScreenFit({640, 480}, {0, 0}, Scaling::shrink).area().isEmpty());
  EXPECT_EQ(ScreenFit({0, 0}, {640, 480}, Scaling::fit).to_screen({5, 5}), QPoint(0, 0));
}

}  // namespace
}  // namespace godesk::app
