#include "media/quantizer.h"

#include <cmath>

#include <gtest/gtest.h>

namespace godesk::media {
namespace {

constexpr std::int64_t kPixels = 1280 * 720;
constexpr int kFinest = 25;
constexpr Duration kGap = 33ms;

/// A codec that takes `bits` a picture with the finest step, and half of it six steps further.
struct Film {
  int picture(double bits, BitsPerSecond rate) {
    const int chosen = control.next(rate, kGap);
    last = bits * std::exp2((kFinest - chosen) / 6.0);
    control.took(static_cast<std::size_t>(last / 8));
    return chosen;
  }
  /// Mean bits a second, and the last step.
  double play(int pictures, double bits, BitsPerSecond rate) {
    double sum = 0;
    for (int i = 0; i < pictures; ++i) step = picture(bits, rate), sum += last;
    return sum / pictures / std::chrono::duration<double>(kGap).count();
  }
  QuantizerControl control{kFinest, kPixels};
  double last = 0;
  int step = 0;
};

TEST(QuantizerControl, IsTheFinestWhereThatFits) {
  Film film;
  EXPECT_EQ(film.picture(500'000, {8'000'000}), kFinest);
  EXPECT_EQ(film.picture(100'000, {8'000'000}), kFinest) << "the second is no poor one";
  film.play(30, 100'000, {8'000'000});
  EXPECT_EQ(film.step, kFinest);
}

TEST(QuantizerControl, TheRateIsKeptAndUsed) {
  Film film;
  for (const std::int64_t rate : {6'000'000, 2'000'000, 500'000, 4'000'000}) {
    film.play(20, 400'000, {rate});
    const double taken = film.play(60, 400'000, {rate});
    EXPECT_LE(taken, double(rate) * 1.02) << rate;
    EXPECT_GE(taken, double(rate) * 0.8) << rate;
  }
}

TEST(QuantizerControl, TheFirstPictureTakesNoQuarterOfASecondUnlessItIsTwiceAsHardAsMost) {
  for (const std::int64_t rate : {300'000, 1'000'000, 3'000'000}) {
    Film film;
    film.picture(kPixels * 0.6 * 2, {rate});
    EXPECT_LE(film.last, double(rate) / 4) << rate;
  }
}

TEST(QuantizerControl, WhatANewSceneTookTooMuchIsPaidBackWithinASecond) {
  constexpr BitsPerSecond kRate{2'000'000};
  Film film;
  film.play(60, 200'000, kRate);
  film.picture(2'000'000, kRate);
  EXPECT_GT(film.last, 66'000 * 3) << "a step is chosen before";
  double sum = film.last;
  for (int i = 0; i < 29; ++i) film.picture(200'000, kRate), sum += film.last;
  EXPECT_LE(sum, 2'000'000 * 1.02);
  film.play(30, 200'000, kRate);
  EXPECT_LE(film.step, 36) << "and forgotten";
}

TEST(QuantizerControl, NothingBreaksIt) {
  QuantizerControl control(kFinest, kPixels);
  control.took(0);
  for (const std::int64_t rate : {0, 1, 1'000'000'000}) {
    const int step = control.next({rate}, kGap);
    EXPECT_GE(step, kFinest);
    EXPECT_LE(step, QuantizerControl::kCoarsest);
    control.took(rate == 1 ? 10'000'000 : 0);
  }
}

}  // namespace
}  // namespace godesk::media
