#include "media/encoder.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "media/decoder.h"
#include "media/test_pictures.h"

namespace godesk::media {
namespace {

using test::Dice;

/// An encoder, what its viewer sees, and the check that both agree.
class Pair {
 public:
  /// Encodes until nothing is pending, decodes each update; returns the bytes it took.
  std::size_t show(const Frame& frame, const Region& damage, const Allowance& allowance = {}) {
    std::size_t bytes = 0;
    updates = 0;
    now += 1s;  // whatever follows more slowly than this is no video
    Region rest = damage;
    do {
      const Update update = encoder.encode(now, frame.view(), rest, allowance);
      rest.clear();
      if (update.empty()) break;
      last = receive(update);
      bytes += update.bytes.size();
      ++updates;
    } while (encoder.pending());
    EXPECT_TRUE(same_pixels(frame.view(), canvas.view()));
    return bytes;
  }

  DecodedUpdate receive(const Update& update) {
    auto decoded = decoder.decode(update.bytes, canvas);
    EXPECT_TRUE(decoded.ok()) << (decoded.ok() ? "" : to_string(decoded.reason()));
    if (!decoded.ok()) return {};
    EXPECT_EQ(decoded->key, update.key);
    EXPECT_EQ(decoded->complete, !update.more);
    return *decoded;
  }

  Time now{1s};  // of the next update
  ScreenEncoder encoder;
  ScreenDecoder decoder;
  Frame canvas;
  DecodedUpdate last;
  int updates = 0;
};

Region whole(const Frame& frame) { return frame.view().bounds(); }

TEST(ScreenCoder, the_first_update_is_the_whole_screen_whatever_the_damage) {
  Dice dice(1);
  Frame frame(640, 400);
  test::fill_noise(frame, {100, 100, 50, 50}, dice);
  Pair pair;
  pair.show(frame, {});
  EXPECT_TRUE(pair.last.key);
  EXPECT_TRUE(pair.last.complete);
}

TEST(ScreenCoder, a_black_screen_is_a_picture_too) {
  Pair pair;
  pair.show(Frame(100, 80), {});
  EXPECT_TRUE(pair.last.key);
  EXPECT_EQ(pair.canvas.width(), 100);
}

TEST(ScreenCoder, nothing_changed_is_nothing_sent) {
  Frame frame(640, 400);
  test::fill(frame, {0, 0, 640, 400}, 0x336699);
  Pair pair;
  pair.show(frame, {});
  EXPECT_EQ(pair.show(frame, whole(frame)), 0u);
  EXPECT_EQ(pair.show(frame, {}), 0u);
}

TEST(ScreenCoder, an_idle_frame_without_size_is_nothing) {
  ScreenEncoder encoder;
  EXPECT_TRUE(encoder.encode(Time{}, FrameView{}, {}).empty());
}

TEST(ScreenCoder, changed_pixels_are_told_tightly) {
  Frame frame(640, 400);
  Pair pair;
  pair.show(frame, {});
  test::fill(frame, {300, 200, 5, 7}, 0xff0000);
  pair.show(frame, Rect{256, 192, 64, 64});
  EXPECT_EQ(pair.last.changed.rects(), (std::vector<Rect>{{300, 200, 5, 7}}));
  EXPECT_FALSE(pair.last.key);
}

TEST(ScreenCoder, random_damage_round_trips) {
  Dice dice(2);
  Frame frame(333, 217);
  Pair pair;
  for (int round = 0; round < 300; ++round) {
    Region damage;
    for (int i = dice.below(6); i >= 0; --i) {
      const Rect rect = intersect({dice.below(333), dice.below(217), 1 + dice.below(120), 1 + dice.below(60)},
                                  frame.view().bounds());
      if (dice.below(2))
        test::fill(frame, rect, dice.colour());
      else
        test::fill_noise(frame, rect, dice);
      damage.add(rect);
    }
    pair.show(frame, damage);
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

TEST(ScreenCoder, damage_that_is_too_large_does_no_harm) {
  Dice dice(3);
  Frame frame(100, 100);
  Pair pair;
  pair.show(frame, {});
  test::draw_text(frame, {0, 0, 100, 100}, dice);
  pair.show(frame, Rect{-50, -50, 100000, 100000});
}

TEST(ScreenCoder, typing_costs_little) {
  Dice dice(4);
  Frame frame(1920, 1080);
  test::draw_text(frame, {0, 0, 1920, 540}, dice);
  Pair pair;
  pair.show(frame, {});
  std::size_t bytes = 0;
  for (int i = 0; i < 200; ++i) {
    const Point at{i % 100 * 8, 560 + i / 100 * 16};
    test::draw_glyph(frame, at, dice.below(90));
    test::fill(frame, {at.x + 8, at.y, 8, 16}, 0xffffff);  // the terminal's cursor
    const std::size_t one = pair.show(frame, Rect{at.x, at.y, 16, 16});
    EXPECT_LT(one, 150u);
    bytes += one;
  }
  RecordProperty("bytes_per_glyph", int(bytes / 200));
  EXPECT_LT(bytes / 200, 50u);
}

TEST(ScreenCoder, a_page_that_scrolls_costs_what_is_new) {
  Dice dice(21);
  Frame frame(1920, 1080);
  test::draw_text(frame, {0, 0, 1920, 1080}, dice);
  Pair pair;
  pair.show(frame, {});
  for (int by : {18, 18, 54, 3, -40}) {
    const Rect to{0, std::max(0, -by), 1920, 1080 - std::abs(by)};
    move_pixels(frame, to, {0, std::max(0, by)});
    test::draw_text(frame, {0, by > 0 ? 1080 - by : 0, 1920, std::abs(by)}, dice);
    // New letters are 80 bytes each before compression; what moved is no letter.
    EXPECT_LT(pair.show(frame, whole(frame)), 20'000u) << by;
  }
}

TEST(ScreenCoder, a_window_that_is_dragged_costs_what_it_uncovers) {
  Dice dice(22);
  Frame frame(1000, 700), window(400, 300);
  test::fill(frame, whole(frame).bounding_box(), 0x204060);
  test::fill_noise(window, {0, 0, 400, 300}, dice);
  Pair pair;
  Point at{50, 60};
  const auto put = [&] {
    for (int y = 0; y < 300; ++y) std::copy_n(window.at(0, y), 400, frame.at(at.x, at.y + y));
  };
  put();
  pair.show(frame, {});
  for (const Point by : {Point{7, 5}, Point{-3, 11}, Point{90, 0}, Point{0, -13}, Point{-41, -29}}) {
    test::fill(frame, {at.x, at.y, 400, 300}, 0x204060);
    at = {at.x + by.x, at.y + by.y};
    put();
    EXPECT_LT(pair.show(frame, whole(frame)), 100'000u) << "all of it would be 360 kB";
  }
}

TEST(ScreenCoder, anything_moved_anywhere_round_trips) {
  Dice dice(23);
  Frame frame(640, 480);
  test::fill_noise(frame, whole(frame).bounding_box(), dice);
  Pair pair;
  pair.show(frame, {});
  for (int round = 0; round < 60; ++round) {
    for (int i = dice.below(4); i >= 0; --i) {
      const Rect to{dice.below(300), dice.below(200), 200 + dice.below(140), 150 + dice.below(130)};
      move_pixels(frame, to, {dice.below(640 - to.w), dice.below(480 - to.h)});
    }
    pair.show(frame, whole(frame), round % 2 ? Allowance{20'000, kNoBudget} : Allowance{});
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

/// Mean difference of a colour channel.
double mean_difference(const FrameView& a, const FrameView& b) {
  double sum = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x)
      for (int shift : {0, 8, 16})
        sum += std::abs(int(*a.at(x, y) >> shift & 0xff) - int(*b.at(x, y) >> shift & 0xff));
  return sum / (3.0 * a.width * a.height);
}

/// Smooth with a grain, as photographs are: more than 256 colours in any strip.
void draw_photo(Frame& frame, const Rect& rect, Dice& dice) {
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x)
      *frame.at(x, y) = std::uint32_t(x / 8 & 0xff) << 16 | std::uint32_t(y / 5 & 0xff) << 8 |
                        std::uint32_t(100 + dice.below(8));
}

/// 2 Mbit/s for 100 ms.
constexpr Allowance kSlow{25'000, 25'000};

/// Refines until the viewer has the pixels; returns the bytes that took.
std::size_t refine_all(Pair& pair, const Frame& frame, const Allowance& allowance) {
  std::size_t bytes = 0;
  for (int slices = 0; pair.encoder.coarse() && slices < 10'000; ++slices) {
    const Update update = pair.encoder.refine(frame.view(), allowance);
    EXPECT_LT(update.bytes.size() / 2, allowance.bytes / 2 + 64'000);
    EXPECT_TRUE(pair.receive(update).complete);
    bytes += update.bytes.size();
  }
  EXPECT_TRUE(same_pixels(frame.view(), pair.canvas.view()));
  return bytes;
}

TEST(ScreenCoder, a_slow_link_shows_the_whole_screen_coarsely_and_then_exactly) {
  Dice dice(31);
  Frame frame(1280, 800);
  draw_photo(frame, whole(frame).bounding_box(), dice);
  Pair pair;
  const Update first = pair.encoder.encode(pair.now, frame.view(), {}, kSlow);
  EXPECT_FALSE(first.more);
  EXPECT_TRUE(pair.receive(first).complete);
  EXPECT_LT(first.bytes.size(), 60'000u);
  EXPECT_LT(mean_difference(frame.view(), pair.canvas.view()), 4.0);
  ASSERT_TRUE(pair.encoder.coarse());
  EXPECT_GT(refine_all(pair, frame, kSlow), 500'000u);
  EXPECT_TRUE(pair.encoder.refine(frame.view()).empty());
}

TEST(ScreenCoder, photographs_are_good_before_they_are_exact) {
  Dice dice(32);
  Frame frame(1280, 800);
  draw_photo(frame, whole(frame).bounding_box(), dice);
  Pair pair;
  pair.receive(pair.encoder.encode(pair.now, frame.view(), {}, kSlow));
  const double coarse = mean_difference(frame.view(), pair.canvas.view());
  std::size_t bytes = 0;
  while (bytes < 250'000) {
    const Update update = pair.encoder.refine(frame.view(), kSlow);
    pair.receive(update);
    bytes += update.bytes.size();
  }
  EXPECT_TRUE(pair.encoder.coarse());
  EXPECT_LT(mean_difference(frame.view(), pair.canvas.view()), coarse);
}

TEST(ScreenCoder, text_that_fits_the_link_is_never_coarse) {
  Dice dice(33);
  Frame frame(800, 600);
  test::draw_text(frame, {0, 0, 400, 200}, dice);
  Pair pair;
  pair.show(frame, {}, kSlow);
  EXPECT_FALSE(pair.encoder.coarse());
}

TEST(ScreenCoder, a_fast_link_never_sees_anything_coarse) {
  Dice dice(34);
  Frame frame(1280, 800);
  draw_photo(frame, whole(frame).bounding_box(), dice);
  Pair pair;
  pair.show(frame, {}, {256u << 10, 4u << 20});
  EXPECT_FALSE(pair.encoder.coarse());
}

TEST(ScreenCoder, what_changes_while_it_is_coarse_comes_out_right) {
  Dice dice(35);
  Frame frame(1000, 700);
  draw_photo(frame, whole(frame).bounding_box(), dice);
  Pair pair;
  pair.receive(pair.encoder.encode(pair.now, frame.view(), {}, kSlow));
  for (int round = 0; round < 60; ++round) {
    Region damage;
    pair.now += 400ms;
    if (round % 3 == 0) {
      move_pixels(frame, {0, 0, 1000, 660}, {0, 40});
      damage.add(whole(frame));
    } else {
      const Rect rect{dice.below(800), dice.below(600), 1 + dice.below(200), 1 + dice.below(100)};
      round % 3 == 1 ? test::fill(frame, rect, dice.colour()) : test::draw_text(frame, rect, dice);
      damage.add(rect);
    }
    const Update update = pair.encoder.encode(pair.now, frame.view(), damage, kSlow);
    if (!update.empty()) pair.receive(update);
    if (const Update more = pair.encoder.refine(frame.view(), kSlow); !more.empty()) pair.receive(more);
  }
  while (pair.encoder.pending()) pair.receive(pair.encoder.encode(pair.now, frame.view(), {}, kSlow));
  refine_all(pair, frame, kSlow);
}

/// A part of the screen in which every pixel is new, smooth enough for a video codec.
void draw_film(Frame& frame, const Rect& rect, int t) {
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x)
      *frame.at(x, y) = std::uint32_t((x + t * 5) / 3 & 0xff) << 16 |
                        std::uint32_t((y + t * 3) / 2 & 0xff) << 8 |
                        std::uint32_t((x * y / 64 + t * 7) & 0x3f);
}

struct Film : testing::Test {
  static constexpr Rect kPlace{160, 96, 640, 400};
  Film() {
    test::draw_text(frame, {0, 0, 1280, 800}, dice);
    pair.show(frame, {});
  }
  /// One picture of the film, and what it took.
  std::size_t picture(int t) {
    pair.now += 33ms;
    draw_film(frame, kPlace, t);
    const Update update = pair.encoder.encode(pair.now, frame.view(), kPlace);
    if (!update.empty()) pair.receive(update);
    return update.bytes.size();
  }
  void play(int pictures) {
    for (int t = 0; t < pictures; ++t) picture(played++);
  }
  Dice dice{41};
  Frame frame{1280, 800};
  Pair pair;
  int played = 0;
};

TEST_F(Film, IsVideoSoonAndCostsAFractionOfItsPixels) {
  const std::size_t exact = picture(played++);
  play(5);
  EXPECT_NE(pair.encoder.deadline(), kNever);
  EXPECT_LT(picture(played++), exact / 3);
  EXPECT_LT(mean_difference(frame.view(), pair.canvas.view()), 6.0);
}

TEST_F(Film, IsRefinedWhenItRests) {
  play(10);
  ASSERT_FALSE(same_pixels(frame.view(), pair.canvas.view()));
  EXPECT_FALSE(pair.encoder.coarse()) << "while it runs there is nothing to refine";
  pair.now = pair.encoder.deadline();
  pair.receive(pair.encoder.encode(pair.now, frame.view(), {}));
  EXPECT_EQ(pair.encoder.deadline(), kNever);
  EXPECT_TRUE(pair.encoder.coarse());
  refine_all(pair, frame, {50'000, kNoBudget, {}});
}

TEST_F(Film, RestsAlsoWhereTheSamePictureIsPaintedAgainAndAgain) {
  play(10);
  for (int i = 0; i < 20; ++i) {
    pair.now += 33ms;
    const Update update = pair.encoder.encode(pair.now, frame.view(), kPlace);
    if (!update.empty()) pair.receive(update);
  }
  EXPECT_EQ(pair.encoder.deadline(), kNever);
  refine_all(pair, frame, {50'000, kNoBudget, {}});
  EXPECT_TRUE(pair.encoder.encode(pair.now, frame.view(), kPlace).empty());
}

TEST_F(Film, APictureThatWasSeenBeforeIsShownAgain) {
  play(20);
  for (const int t : {3, 18, 3, 19, 18}) {
    EXPECT_GT(picture(t), 0u);
    EXPECT_LT(mean_difference(frame.view(), pair.canvas.view()), 8.0) << t;
  }
}

TEST_F(Film, WhatIsBesideItStaysExact) {
  play(10);
  for (int i = 0; i < 20; ++i) {
    const Rect letter{i * 8, 600, 8, 16};
    test::draw_glyph(frame, {letter.x, letter.y}, dice.below(90));
    draw_film(frame, kPlace, played++);
    Region damage = kPlace;
    damage.add(letter);
    pair.now += 33ms;
    pair.receive(pair.encoder.encode(pair.now, frame.view(), damage));
    for (int y = 0; y < 16; ++y)
      EXPECT_TRUE(std::equal(frame.at(letter.x, 600 + y), frame.at(letter.x, 600 + y) + 8,
                             pair.canvas.at(letter.x, 600 + y)));
  }
}

TEST_F(Film, FollowsItsWindowAndLeavesNothingBehind) {
  play(40);
  // The window is twice as large and elsewhere.
  const Rect place{400, 200, 880, 600};
  for (int t = 0; t < 60; ++t) {
    pair.now += 33ms;
    draw_film(frame, place, t);
    Region damage = place;
    const Update update = pair.encoder.encode(pair.now, frame.view(), damage);
    if (!update.empty()) pair.receive(update);
  }
  EXPECT_LT(mean_difference(frame.view(), pair.canvas.view()), 8.0);
  pair.now = pair.encoder.deadline();
  pair.receive(pair.encoder.encode(pair.now, frame.view(), {}));
  refine_all(pair, frame, {});
}

TEST_F(Film, AWindowThatIsDraggedIsSeenThrough) {
  play(8);
  ASSERT_NE(pair.encoder.deadline(), kNever);
  Frame window(kPlace.w, kPlace.h);
  for (int y = 0; y < kPlace.h; ++y) std::copy_n(frame.at(kPlace.x, kPlace.y + y), kPlace.w, window.at(0, y));
  for (int step = 1; step <= 20; ++step) {
    pair.now += 17ms;
    for (int y = 0; y < kPlace.h; ++y)
      std::copy_n(window.at(0, y), kPlace.w, frame.at(kPlace.x + 3 * step, kPlace.y + 2 * step + y));
    const Update update = pair.encoder.encode(pair.now, frame.view(), whole(frame));
    if (!update.empty()) pair.receive(update);
  }
  EXPECT_EQ(pair.encoder.deadline(), kNever) << "no video any more";
}

TEST_F(Film, EndsWithTheEpoch) {
  play(10);
  pair.encoder.restart();
  pair.decoder = ScreenDecoder();
  pair.show(frame, {});
  EXPECT_EQ(pair.encoder.deadline(), kNever);
}

TEST_F(Film, APageThatScrollsNeverIs) {
  for (int i = 0; i < 60; ++i) {
    pair.now += 16ms;
    move_pixels(frame, {0, 0, 1280, 760}, {0, 40});
    test::fill_noise(frame, {0, 760, 1280, 40}, dice);
    pair.receive(pair.encoder.encode(pair.now, frame.view(), whole(frame)));
    ASSERT_EQ(pair.encoder.deadline(), kNever) << i;
  }
}

TEST(ScreenCoder, the_palette_overflows_and_begins_again) {
  Dice dice(6);
  Frame frame(640, 400);
  Pair pair;
  pair.show(frame, {});
  for (int round = 0; round < 40; ++round) {  // 40 x 20 colours, each rect few enough for a palette
    for (int i = 0; i < 20; ++i) test::fill(frame, {i * 10, round * 10, 10, 10}, dice.colour());
    pair.show(frame, Rect{0, round * 10, 200, 10});
  }
}

TEST(ScreenCoder, a_rect_of_exactly_256_colours_and_one_of_257) {
  Frame frame(300, 16);
  Pair pair;
  for (int i = 0; i < 256; ++i) *frame.at(i, 0) = std::uint32_t(i + 1) * 257;
  pair.show(frame, {});
  *frame.at(256, 0) = 0xabcdef;
  for (int i = 0; i < 257; ++i) *frame.at(i, 1) = *frame.at(i, 0) ^ 0xff0000;
  pair.show(frame, whole(frame));
}

TEST(ScreenCoder, many_colours_do_not_throw_away_the_palette_of_the_text) {
  Dice dice(7);
  Frame frame(640, 400);
  test::draw_text(frame, {0, 0, 640, 100}, dice);
  Pair pair;
  pair.show(frame, {});
  for (int i = 0; i < 250; ++i) *frame.at(i, 200) = dice.colour();  // fills the palette
  pair.show(frame, whole(frame));
  for (int i = 0; i < 250; ++i) *frame.at(i, 220) = dice.colour();  // does not fit, not worth a reset
  pair.show(frame, whole(frame));
  test::draw_glyph(frame, {0, 300}, 1);
  EXPECT_LT(pair.show(frame, whole(frame)), 100u);
}

TEST(ScreenCoder, another_size_begins_an_epoch) {
  Dice dice(8);
  Frame small(320, 200), large(800, 600);
  test::fill_noise(small, {0, 0, 320, 200}, dice);
  test::draw_text(large, {0, 0, 800, 600}, dice);
  Pair pair;
  pair.show(small, {});
  pair.show(large, Rect{0, 0, 1, 1});
  EXPECT_TRUE(pair.last.key);
  EXPECT_EQ(pair.canvas.width(), 800);
  pair.show(small, {});
}

TEST(ScreenCoder, a_restart_serves_a_new_decoder) {
  Dice dice(9);
  Frame frame(320, 200);
  test::draw_text(frame, {0, 0, 320, 200}, dice);
  Pair pair;
  pair.show(frame, {});
  pair.decoder = ScreenDecoder();
  pair.canvas = Frame();
  pair.encoder.restart();
  pair.show(frame, {});
  EXPECT_TRUE(pair.last.key);
}

TEST(ScreenCoder, a_budget_splits_an_update_and_the_newest_state_wins) {
  Dice dice(10);
  Frame frame(640, 400);
  test::fill_noise(frame, {0, 0, 640, 400}, dice);
  Pair pair;
  const Update first = pair.encoder.encode(pair.now, frame.view(), {}, {50'000, kNoBudget});
  EXPECT_TRUE(first.more);
  EXPECT_FALSE(pair.receive(first).complete);
  EXPECT_LT(first.bytes.size(), 50'000u + 256u * 1024);
  EXPECT_TRUE(pair.encoder.pending());

  test::fill(frame, {0, 200, 640, 200}, 0);  // the rest changes before it was sent
  const std::size_t rest = pair.show(frame, Rect{0, 200, 640, 200}, {50'000, kNoBudget});
  EXPECT_LT(rest, 400'000u);
  EXPECT_TRUE(pair.last.complete);
}

TEST(ScreenCoder, a_viewer_that_was_promised_more_is_told_when_there_is_none) {
  Dice dice(11);
  Frame frame(640, 400);
  Pair pair;
  pair.show(frame, {});
  test::fill_noise(frame, whole(frame).bounding_box(), dice);
  const Update part = pair.encoder.encode(pair.now, frame.view(), whole(frame), {1, kNoBudget});
  ASSERT_TRUE(part.more);
  pair.receive(part);
  for (int y = 0; y < 400; ++y)  // all that is missing goes back to what the viewer has
    for (int x = 0; x < 640; ++x) *frame.at(x, y) = *pair.canvas.at(x, y);
  const Update end = pair.encoder.encode(pair.now, frame.view(), whole(frame));
  ASSERT_FALSE(end.empty());
  EXPECT_LT(end.bytes.size(), 16u);
  EXPECT_TRUE(pair.receive(end).complete);
  EXPECT_TRUE(pair.encoder.encode(pair.now, frame.view(), whole(frame)).empty());
}

TEST(ScreenCoder, a_screen_beyond_the_decoders_bound_is_split) {
  Dice dice(12);
  Frame frame(6000, 4000);  // 72 MB as BGR
  for (int y = 0; y < 4000; ++y)
    for (int x = 0; x < 6000; ++x) *frame.at(x, y) = std::uint32_t(y / 8 * 6000 + x);
  Pair pair;
  pair.show(frame, {});
  EXPECT_GT(pair.updates, 1);
  EXPECT_TRUE(pair.last.complete);
}

TEST(ScreenCoder, the_widest_and_the_highest_screen) {
  for (const auto& [width, height] : {std::pair{kMaxSide, 20}, std::pair{20, kMaxSide}}) {
    Dice dice(13);
    Frame frame(width, height);
    test::fill_noise(frame, {width - 18, height - 18, 18, 18}, dice);
    Pair pair;
    pair.show(frame, {});
  }
}

}  // namespace
}  // namespace godesk::media
