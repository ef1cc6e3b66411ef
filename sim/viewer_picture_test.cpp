// The picture on links that are slower than it, in virtual time: what the viewer sees and when.
#include <gtest/gtest.h>

#include "sim/desk_world.h"

namespace godesk::sim {
namespace {

constexpr int kWidth = 1280, kHeight = 720;

/// Smooth, with the grain of a photograph; another `t` is another picture.
auto photo(int t) {
  return [t](int x, int y) {
    const auto grain = static_cast<std::uint32_t>((x * 7919 + y * 104729 + x * y * 31 + t * 613) >> 4 & 7);
    return static_cast<std::uint32_t>((x + 5 * t) / 4 & 0xff) << 16 |
           static_cast<std::uint32_t>((y + 3 * t) / 3 & 0xff) << 8 | (80 + grain);
  };
}

struct Picture : testing::Test {
  DeskWorld desk{21, 15ms};

  /// `bits_per_second` of the host's line; `loss` of the viewer's, of packets both ways.
  void open(std::int64_t bits_per_second, double loss = 0) {
    desk.screen = PaintedScreen(kWidth, kHeight);
    desk.screen.draw({0, 0, kWidth, kHeight}, photo(0));
    LinkConfig slow = desk.access, lossy = desk.access;
    slow.rate = {bits_per_second};
    lossy.loss = loss;
    const auto at = [&](const char* ip, const LinkConfig& line) {
      return desk.world().net.add_host(NetworkId::internet, {LinkCall::ip(ip)}, line, line);
    };
    desk.start_host(at("198.51.100.1", slow));
    ASSERT_TRUE(desk.host_ready());
    desk.start_viewer(at("198.51.100.2", lossy));
    ASSERT_TRUE(desk.first_frame());
  }
  /// Mean difference of a colour channel between the two screens.
  double blur() {
    double sum = 0;
    const auto a = desk.viewer->screen().view(), b = desk.screen.frame();
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x)
        for (int shift : {0, 8, 16})
          sum += std::abs(int(*a.at(x, y) >> shift & 0xff) - int(*b.at(x, y) >> shift & 0xff));
    return sum / (3.0 * kWidth * kHeight);
  }
  /// A film in the middle of the screen, 30 pictures a second.
  void play(Duration time) {
    for (const Time end = desk.world().now() + time; desk.world().now() < end; desk.world().run_for(33ms)) {
      desk.screen.draw({320, 160, 640, 384}, photo(++picture));
      desk.host->on_display(desk.world().now());
      desk.world().poke(desk.host_process);
    }
  }
  double updates_per_second(Duration time) {
    const auto before = desk.viewer->figures().updates;
    play(time);
    return static_cast<double>(desk.viewer->figures().updates - before) /
           std::chrono::duration<double>(time).count();
  }
  int picture = 0;
};

TEST_F(Picture, AtTwoMegabitsThePhotographIsThereAtOnceAndThenExactly) {
  open(2'000'000);
  EXPECT_LE(desk.world().now() - desk.clicked, 2s);
  EXPECT_LT(blur(), 4.0);
  EXPECT_FALSE(media::same_pixels(desk.viewer->screen().view(), desk.screen.frame()));
  EXPECT_TRUE(desk.shows_the_same(20s));
}

TEST_F(Picture, AtAHundredMegabitsNothingIsEverCoarse) {
  open(100'000'000);
  EXPECT_LE(desk.world().now() - desk.clicked, 1500ms);
  EXPECT_TRUE(desk.shows_the_same(2s));
}

TEST_F(Picture, AFilmRunsAtTwentyMegabitsAndIsExactAfterwards) {
  open(20'000'000);
  ASSERT_TRUE(desk.shows_the_same(20s));
  play(1s);
  EXPECT_GE(updates_per_second(4s), 24);
  EXPECT_LT(blur(), 6.0);
  EXPECT_TRUE(desk.shows_the_same(5s));
}

TEST_F(Picture, AFilmFollowsTheLinkAndInputDoesNotWaitForIt) {
  open(3'000'000);
  ASSERT_TRUE(desk.shows_the_same(20s));
  play(2s);
  EXPECT_GE(updates_per_second(4s), 15);
  const Time pressed = desk.world().now();
  desk.type(U"x");
  play(1s);
  EXPECT_EQ(desk.input.typed, U"x");
  EXPECT_TRUE(desk.world().run_until([&] { return desk.viewer->input_pending() == 0; }, 1s));
  EXPECT_LE(desk.world().now() - pressed, 2s);
  EXPECT_TRUE(desk.shows_the_same(10s));
}

/// One in twenty of the keys' pictures is lost. No later packet tells that it was, as nothing follows it.
TEST_F(Picture, AKeysPictureIsThereInTimeOnALinkThatLosesPackets) {
  open(20'000'000, 0.05);
  ASSERT_TRUE(desk.becomes(link::Kind::direct));
  ASSERT_TRUE(desk.shows_the_same(20s));
  constexpr int kKeys = 600;
  std::vector<Duration> took;
  for (int i = 0; i < kKeys; ++i) {
    const Time pressed = desk.world().now();
    desk.type(U"x");
    ASSERT_TRUE(desk.world().run_until([&] { return desk.input.typed.size() > took.size(); }, 5s));
    desk.paint({8 * (i % 100), 16 * (i / 100), 8, 16}, 0x102030);
    ASSERT_TRUE(desk.shows_the_same());
    took.push_back(desk.world().now() - pressed);
    desk.world().run_for(200ms);
  }
  std::sort(took.begin(), took.end());
  EXPECT_LE(took[kKeys / 2], 70ms);
  EXPECT_LE(took[kKeys * 98 / 100], 90ms);
}

}  // namespace
}  // namespace godesk::sim
