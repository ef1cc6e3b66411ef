#include "media/sound_queue.h"

#include <deque>
#include <set>

#include <gtest/gtest.h>

#include "sim/seeded_random.h"

namespace godesk::media {
namespace {

/// A sender, a network and a device in virtual time.
struct Line {
  explicit Line(SoundQueueConfig config = {}) : queue(config) {}

  /// `frames` of sound, 10 ms apart, each `delay(i)` under way; lost where that is negative. The device takes
  /// one each `period`.
  template <class Delay>
  void play(int frames, Delay delay, Duration period = 10ms) {
    std::multimap<Duration, std::uint32_t> arrivals;
    for (int i = 0; i < frames; ++i) {
      const Duration d = delay(i);
      if (d >= Duration{}) arrivals.emplace(i * 10ms + d, first + static_cast<std::uint32_t>(i));
    }
    for (Duration now{}; now < frames * 10ms; now += period) {
      for (; !arrivals.empty() && arrivals.begin()->first <= now; arrivals.erase(arrivals.begin()))
        queue.put(arrivals.begin()->second, Writer().u32(arrivals.begin()->second).take());
      take(now);
    }
    first += static_cast<std::uint32_t>(frames);
  }
  void take(Duration now) {
    const auto taken = queue.take();
    if (auto* packet = std::get_if<Buffer>(&taken)) {
      const auto sequence = Reader(*packet).u32();
      EXPECT_TRUE(!last || static_cast<std::int32_t>(sequence - *last) > 0) << "in order, none twice";
      last = sequence;
      latency = now - static_cast<std::int32_t>(sequence - first) * 10ms;
    }
    missing += std::holds_alternative<SoundQueue::Missing>(taken);
  }

  SoundQueue queue;
  std::uint32_t first = 0xfffffff0u;  // sequences wrap
  std::optional<std::uint32_t> last;
  Duration latency{};  // from being sent to being played
  int missing = 0;
};

TEST(SoundQueue, AnEvenNetworkCostsTwentyMilliseconds) {
  Line line;
  line.play(1000, [](int) { return 5ms; });
  EXPECT_EQ(line.missing, 0);
  EXPECT_LE(line.latency, 30ms);
  EXPECT_EQ(line.queue.target(), 20ms);
}

TEST(SoundQueue, WhatIsLostIsMissedOnceAndTheOrderIsKept) {
  Line line;
  sim::SeededRandom chance(3);
  line.play(1000, [&](int i) { return i % 50 == 49 ? Duration(-1) : Duration(i % 2 == 0 ? 15ms : 5ms); });
  EXPECT_GE(line.missing, 15);
  EXPECT_LE(line.missing, 25);
}

TEST(SoundQueue, JitterIsLearntAndForgotten) {
  Line line;
  sim::SeededRandom chance(4);
  line.play(1000, [&](int) { return Duration(chance.below(60) * 1ms); });
  const int at_first = line.missing;
  line.play(1000, [&](int) { return Duration(chance.below(60) * 1ms); });
  EXPECT_LE(line.missing - at_first, 20) << "once it is known, little is missing";
  EXPECT_LE(line.latency, 130ms);
  line.play(10000, [](int) { return 5ms; });
  EXPECT_LE(line.latency, 50ms) << "and it comes back";
}

TEST(SoundQueue, AStallIsCaughtUp) {
  Line line;
  line.play(300, [](int i) { return i >= 100 && i < 130 ? Duration((130 - i) * 10ms) : Duration(5ms); });
  line.play(2000, [](int) { return 5ms; });
  EXPECT_LE(line.latency, 60ms) << "300 ms that came at once are not kept";
}

TEST(SoundQueue, ClocksThatDifferDoNotAddUp) {
  for (const Duration period : {Duration(9'970us), Duration(10'030us)}) {
    Line line;
    line.play(
        20'000, [](int) { return 5ms; }, period);
    EXPECT_LE(line.latency, 80ms) << to_ms(period);
    EXPECT_LE(line.missing, 200);
  }
}

TEST(SoundQueue, AfterSilenceWasSaidNothingIsMissed) {
  Line line;
  for (std::uint32_t i = 0; i < 10; ++i) line.queue.put(i, Writer().u32(i).take());
  line.queue.put(10, Buffer{0xe4});
  int silent = 0;
  for (int i = 0; i < 100; ++i) {
    const auto taken = line.queue.take();
    EXPECT_FALSE(std::holds_alternative<SoundQueue::Missing>(taken));
    silent += std::holds_alternative<SoundQueue::Silence>(taken);
  }
  EXPECT_EQ(silent, 90);
  EXPECT_EQ(line.queue.target(), 20ms);
  for (std::uint32_t i = 5000; i < 5003; ++i) line.queue.put(i, Writer().u32(i).take());
  EXPECT_TRUE(std::holds_alternative<Buffer>(line.queue.take()));
}

TEST(SoundQueue, ItPlaysLaterAtOnceAndEarlierSlowly) {
  Line line;
  const auto even = [](int) { return 5ms; };
  line.play(300, even);
  const Duration before = line.latency;
  line.queue.hold(200ms);
  line.play(100, even);
  EXPECT_NEAR(to_ms(line.latency - before), 200, 10);
  EXPECT_LE(line.missing, 25);
  line.play(300, even);
  EXPECT_NEAR(to_ms(line.latency - before), 200, 10);
  line.queue.hold({});
  line.play(200, even);
  EXPECT_NEAR(to_ms(line.latency - before), 100, 15) << "a packet in twenty is left out";
  line.play(300, even);
  EXPECT_NEAR(to_ms(line.latency), to_ms(before), 20);
  EXPECT_LE(line.missing, 25) << "of each play() the last packet does not arrive";
}

TEST(SoundQueue, WhileNothingPlaysPlayingLaterCostsNothing) {
  Line line;
  line.queue.hold(200ms);
  line.play(100, [](int) { return 5ms; });
  EXPECT_NEAR(to_ms(line.latency), 225, 15);
  EXPECT_EQ(line.missing, 0);
  line.queue.hold(10s);
  line.play(100, [](int) { return 5ms; });
  EXPECT_LE(line.latency, 400ms) << "and never more than the bound";
}

TEST(SoundQueue, WhateverComesItHoldsLittle) {
  Line line;
  sim::SeededRandom chance(5);
  for (int i = 0; i < 10000; ++i) {
    line.queue.put(chance.u32(), Buffer(8));
    EXPECT_LE(line.queue.level(), 400ms);
    if (i % 3 == 0) line.queue.take();
  }
}

}  // namespace
}  // namespace godesk::media
