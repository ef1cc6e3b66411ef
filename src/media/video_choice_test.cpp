#include "media/video_choice.h"

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

using test::Dice;

/// What happens on a screen of 1280x720 in one update.
enum class Act {
  film,        // 640x384 at 128,128: every pixel is new
  film_large,  // 1024x576 at 128,64
  small_film,  // 128x128: too few cells
  text,        // the place of the film, in two colours
  scroll,      // the whole screen moved, 40 new rows
  key,         // a letter
};

struct VideoChoiceTest : testing::Test {
  void act(Act what, Duration gap = 33ms) {
    now += gap;
    const auto place = [&](const Rect& rect, bool noise) {
      noise ? test::fill_noise(frame, rect, dice) : test::draw_text(frame, rect, dice);
      return std::vector<Rect>{rect};
    };
    switch (what) {
      case Act::film:
        return choice.note(now, frame.view(), place({128, 128, 640, 384}, true), 0);
      case Act::film_large:
        return choice.note(now, frame.view(), place({128, 64, 1024, 576}, true), 0);
      case Act::small_film:
        return choice.note(now, frame.view(), place({128, 128, 128, 128}, true), 0);
      case Act::text:
        return choice.note(now, frame.view(), place({128, 128, 640, 384}, false), 0);
      case Act::scroll:
        return choice.note(now, frame.view(), place({0, 680, 1280, 40}, true), 1280 * 680);
      case Act::key:
        return choice.note(now, frame.view(), place({1200, 700, 8, 16}, false), 0);
    }
  }
  Frame frame{1280, 720};
  VideoChoice choice{1280, 720};
  Dice dice{1};
  Time now{10s};
};

TEST_F(VideoChoiceTest, WhatCountsAsVideo) {
  struct {
    const char* what;
    std::vector<Act> acts;
    Duration gap;
    bool video;
  } const rows[] = {
      {"one picture", {Act::film}, 33ms, false},
      {"two", {Act::film, Act::film}, 33ms, false},
      {"a film", {Act::film, Act::film, Act::film, Act::film}, 33ms, true},
      {"a film of ten pictures a second", {Act::film, Act::film, Act::film, Act::film}, 100ms, true},
      {"pictures turned one by one", {Act::film, Act::film, Act::film, Act::film, Act::film}, 1s, false},
      {"a film while someone types",
       {Act::film, Act::key, Act::film, Act::film, Act::key, Act::film, Act::film},
       33ms,
       true},
      {"text that runs", {Act::text, Act::text, Act::text, Act::text, Act::text}, 33ms, false},
      {"a page that scrolls", std::vector<Act>(20, Act::scroll), 16ms, false},
      {"a spinner", std::vector<Act>(20, Act::small_film), 33ms, false},
  };
  for (const auto& row : rows) {
    choice = VideoChoice(1280, 720);
    now += 10s;
    for (const Act what : row.acts) act(what, row.gap);
    EXPECT_EQ(choice.video().has_value(), row.video) << row.what;
  }
}

TEST_F(VideoChoiceTest, UpdatesThatBringNothingNewDoNotCount) {
  for (int i = 0; i < 4; ++i) {
    act(Act::film);
    for (int n = 0; n < 5; ++n) choice.note(now, frame.view(), {}, 0);
  }
  EXPECT_TRUE(choice.video());
}

TEST_F(VideoChoiceTest, WhatWaitsToBeSentIsNoNewPicture) {
  act(Act::film);
  for (int n = 0; n < 10; ++n) choice.note(now += 33ms, frame.view(), {{128, 128, 640, 384}}, 0);
  EXPECT_EQ(choice.video(), std::nullopt);
}

TEST_F(VideoChoiceTest, TheRectIsWhatChanged) {
  for (int i = 0; i < 6; ++i) act(Act::film);
  EXPECT_EQ(choice.video(), (Rect{128, 128, 640, 384}));
  for (int i = 0; i < 6; ++i) act(Act::film_large);
  EXPECT_EQ(choice.video(), (Rect{128, 64, 1024, 576}));
}

TEST_F(VideoChoiceTest, SoItIsWhereOnlyAPartOfTheOutermostCellsChanges) {
  const Rect place{116, 53, 780, 402};
  for (int i = 0; i < 6; ++i) {
    now += 33ms;
    test::fill_noise(frame, place, dice);
    choice.note(now, frame.view(), {place}, 0);
  }
  EXPECT_EQ(choice.video(), (Rect{116, 52, 780, 404})) << "but for pairs of pixels, which share a colour";
}

TEST_F(VideoChoiceTest, WhatElseChangesBesideAFilmIsNone) {
  for (int i = 0; i < 6; ++i) {
    now += 33ms;
    test::fill_noise(frame, {128, 128, 640, 384}, dice);
    test::draw_text(frame, {128, 512, 640, 16}, dice);
    choice.note(now, frame.view(), {{128, 128, 640, 384}, {128, 512, 640, 16}}, 0);
  }
  EXPECT_EQ(choice.video(), (Rect{128, 128, 640, 384}));
}

TEST_F(VideoChoiceTest, OfTwoFilmsTheLarger) {
  for (int i = 0; i < 6; ++i) {
    now += 33ms;
    test::fill_noise(frame, frame.view().bounds(), dice);
    choice.note(now, frame.view(), {{0, 0, 256, 256}, {640, 320, 640, 384}}, 0);
  }
  EXPECT_EQ(choice.video(), (Rect{640, 320, 640, 384}));
}

TEST_F(VideoChoiceTest, ColouredTextNeedsAllColour) {
  test::fill(frame, frame.view().bounds(), 0);
  for (int y = 0; y + 16 <= 720; y += 16)
    for (int x = 0; x + 8 <= 1280; x += 8) test::draw_glyph(frame, {x, y}, dice.below(90), 0xff2020);
  EXPECT_EQ(chroma_of(frame.view(), frame.view().bounds()), Chroma::full);
  for (int y = 0; y < 720; ++y)
    for (int x = 0; x < 1280; ++x) *frame.at(x, y) = std::uint32_t(x / 6 & 0xff) * 0x010101u + 0x201000u;
  EXPECT_EQ(chroma_of(frame.view(), {0, 0, 1200, 600}), Chroma::quarter);
}

TEST_F(VideoChoiceTest, EnoughIsByArea) {
  EXPECT_EQ(enough_for({0, 0, 1280, 720}).n, 1280 * 720 * 9);
  EXPECT_EQ(enough_for({0, 0, 64, 64}).n, 1'000'000);
}

}  // namespace
}  // namespace godesk::media
