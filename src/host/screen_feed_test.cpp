#include "host/screen_feed.h"

#include <gtest/gtest.h>

#include "host/test_screen.h"
#include "media/decoder.h"
#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::host {
namespace {

using session::Pair;

/// A viewer who is in, and what it saw.
struct Seat {
  Seat(const auth::Identity& host, Random& random, std::uint64_t seed)
      : door(host, random), pair(door, host, door.one_time.symbols(), seed) {}

  void look() {
    for (; read < pair.caller_events.size(); ++read) {
      auto* screen = std::get_if<session::ScreenReceived>(&pair.caller_events[read]);
      if (!screen) continue;
      ASSERT_TRUE(decoder.decode(screen->update.update, canvas));
      ++updates;
    }
  }
  bool shows(const NoiseScreen& screen) {
    return canvas.width() > 0 && media::same_pixels(canvas.view(), screen.frame());
  }
  void cut(bool down) {
    pair.caller_wire->cut(down);
    pair.host_wire->cut(down);
  }

  session::TestDoor door;
  Pair pair;
  media::ScreenDecoder decoder;
  media::Frame canvas;
  std::size_t read = 0;
  int updates = 0;
};

struct ScreenFeedTest : testing::Test {
  sim::SeededRandom random{4};
  auth::Identity host = auth::make_identity(random);
  NoiseScreen screen{320, 200};
  ScreenFeed feed{{}, screen};
  Seat a{host, random, 1}, b{host, random, 2};
  Time now{};

  void SetUp() override {
    for (Seat* seat : {&a, &b}) {
      ASSERT_TRUE(seat->pair.run([&] { return seat->pair.both_in(); }));
      feed.add(*seat->pair.host);
    }
    now = std::max(a.pair.now, b.pair.now);
    feed.look(now);
  }
  void run(Duration time) {
    for (const Time end = now + time; now < end; now += 5ms) {
      feed.show(now);
      for (Seat* seat : {&a, &b}) {
        seat->pair.run([] { return false; }, 5ms);
        seat->pair.now = now + 5ms;
        seat->look();
      }
    }
  }
  void paint() {
    screen.paint();
    feed.look(now);
  }
};

TEST_F(ScreenFeedTest, EveryViewerGetsTheWholeScreenFirst) {
  run(2s);
  EXPECT_TRUE(a.shows(screen));
  EXPECT_TRUE(b.shows(screen));
  EXPECT_EQ(screen.fetched, 1);
}

TEST_F(ScreenFeedTest, AnIdleScreenSendsNothing) {
  run(2s);
  const int updates = a.updates;
  run(3s);
  EXPECT_EQ(a.updates, updates);
  EXPECT_EQ(screen.fetched, 1);
}

TEST_F(ScreenFeedTest, WhatMovesWithoutEndKeepsNothingElseCoarse) {
  const auto still = [](const media::FrameView& whole) {
    return media::FrameView{whole.at(0, 16), 320, 184, whole.stride};
  };
  const auto begun = now;
  do {
    ASSERT_LT(now - begun, 5s);
    screen.paint({0, 0, 16, 16});
    feed.look(now);
    run(20ms);
  } while (a.updates == 0 || !media::same_pixels(still(a.canvas.view()), still(screen.frame())));
  EXPECT_GT(now - begun, 300ms) << "it was coarse at first";
}

TEST_F(ScreenFeedTest, ASlowViewerNeverQueuesAndTheOtherDoesNotWaitForIt) {
  run(2s);
  b.cut(true);
  const int before_a = a.updates, before_b = b.updates;
  for (int i = 0; i < 40; ++i) {
    paint();
    run(400ms);  // slower than video
    ASSERT_TRUE(a.shows(screen)) << i;
  }
  EXPECT_GE(a.updates - before_a, 40);
  b.cut(false);
  paint();
  run(15s);
  EXPECT_TRUE(b.shows(screen));
  // What was under way when the wire was cut, and then the newest state: not one update per painting.
  EXPECT_LT(b.updates - before_b, 20);
}

TEST_F(ScreenFeedTest, EachViewerIsFedAtItsOwnRate) {
  a.pair.host_wire->set_line({.delay = 25ms, .rate = {100'000'000}, .queue = 1s});
  b.pair.host_wire->set_line({.delay = 25ms, .rate = {1'000'000}, .queue = 1s});
  run(3s);
  const int before_a = a.updates, before_b = b.updates;
  for (int i = 0; i < 100; ++i) {
    paint();
    run(50ms);
  }
  EXPECT_GE(a.updates - before_a, 95);
  EXPECT_GE(b.updates - before_b, 5);
  EXPECT_LE(b.updates - before_b, (a.updates - before_a) * 3 / 4);
  run(15s);
  EXPECT_TRUE(a.shows(screen));
  EXPECT_TRUE(b.shows(screen));
}

TEST_F(ScreenFeedTest, WhoLeftIsNotWaitedFor) {
  feed.remove(*b.pair.host);
  run(2s);
  EXPECT_TRUE(a.shows(screen));
  EXPECT_EQ(b.updates, 0);
  feed.remove(*a.pair.host);
  paint();
  EXPECT_EQ(feed.next_deadline(), kNever);
}

TEST_F(ScreenFeedTest, EachViewerIsShownTheMonitorThatItChose) {
  screen.parts = {{0, 0, 120, 200}, {120, 10, 200, 190}};
  feed.choose(now, *b.pair.host, 2);
  const auto right = [&] { return media::FrameView{screen.frame().at(120, 10), 200, 190, 320}; };
  for (int i = 0; i < 2; ++i) {
    run(2s);
    EXPECT_TRUE(a.shows(screen));
    EXPECT_TRUE(media::same_pixels(b.canvas.view(), right()));
    screen.paint();
    feed.look(now);
  }
  EXPECT_EQ(feed.origin(*b.pair.host), (media::Point{120, 10}));
  auto* told = Pair::find<session::Monitors>(b.pair.caller_events);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->shown, 2u);
  EXPECT_EQ(told->all.size(), 2u);
  feed.choose(now, *b.pair.host, 9);
  run(2s);
  EXPECT_TRUE(b.shows(screen)) << "what is not there is the whole";
  EXPECT_EQ(feed.origin(*b.pair.host), media::Point{});
}

}  // namespace
}  // namespace godesk::host
