#include "viewer/lip_sync.h"

#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "media/sound_queue.h"
#include "sim/seeded_random.h"

namespace godesk::viewer {
namespace {

constexpr Duration kDevice = 30ms;  // from take() to being heard

/// A host with a film, a way for each of sound and pictures, and a viewer with a display and a sound device.
struct Cinema {
  using Delay = std::function<Duration(Time)>;
  Delay sound_delay = [](Time) { return 25ms; };
  Delay picture_delay = [](Time) { return 40ms; };
  Duration between = 33ms;  // pictures
  bool film = true;

  void run(Duration time) {
    for (const Time end = now + time; now < end; now += 1ms) step();
  }

  void step() {
    if (now >= next_picture) {
      next_picture = now + between;
      ++sent;
      sent_at = now;
      // The screen's stream is in order.
      last_seen = std::max(last_seen, now + picture_delay(now));
      seen.emplace(last_seen, std::pair(sent, now));
    }
    if (now.time_since_epoch() % 10ms == 0ms) {
      made[sequence] = now;
      heard.emplace(now + sound_delay(now),
                    Packet{sequence++, static_cast<std::uint16_t>(sent), now - sent_at});
    }
    for (; !seen.empty() && seen.begin()->first <= now; seen.erase(seen.begin())) {
      lips.on_picture(now, seen.begin()->second.first, film);
      // What happened at any moment since the picture before is seen now.
      seen_late = now - seen.begin()->second.second + (between - 33ms) / 2;
      keep_together();
    }
    for (; !heard.empty() && heard.begin()->first <= now; heard.erase(heard.begin())) {
      const Packet& packet = heard.begin()->second;
      lips.on_sound(packet.sequence, packet.picture, packet.after);
      keep_together();
      queue.put(packet.sequence, Buffer(8));
    }
    if (now.time_since_epoch() % 10ms == 5ms) play();
  }

  void play() {
    const auto taken = queue.take();
    made_up += std::holds_alternative<media::SoundQueue::Missing>(taken);
    if (!std::holds_alternative<Buffer>(taken)) return;
    played = SoundPlayed{queue.sequence(), now + kDevice, queue.held_back()};
    const Duration late = played->heard - made[played->sequence];
    most_late = std::max(most_late, late);
    heard_late = late;
  }

  void keep_together() {
    if (played) lips.on_played(*played);
    queue.hold(lips.hold(now));
  }

  /// Of what is heard and seen now; positive: the sound comes later.
  Duration skew() const { return heard_late - seen_late; }
  void expect_together() const {
    EXPECT_GE(to_ms(skew()), -45);
    EXPECT_LE(to_ms(skew()), 125);
    const auto told = lips.skew(now);
    ASSERT_TRUE(told);
    EXPECT_NEAR(to_ms(*told), to_ms(skew()), 15);
  }

  struct Packet {
    std::uint32_t sequence;
    std::uint16_t picture;
    Duration after;
  };
  Time now{}, next_picture{}, last_seen{}, sent_at{};
  std::uint64_t sent = 0;
  std::uint32_t sequence = 0xffffff80u;  // sequences wrap
  std::map<std::uint32_t, Time> made;
  std::multimap<Time, std::pair<std::uint64_t, Time>> seen;
  std::multimap<Time, Packet> heard;
  LipSync lips;
  media::SoundQueue queue;
  std::optional<SoundPlayed> played;
  Duration seen_late{}, heard_late{}, most_late{};
  int made_up = 0;
};

TEST(LipSync, WhatComesTogetherIsLeftAlone) {
  Cinema cinema;
  cinema.run(10s);
  cinema.expect_together();
  EXPECT_LE(cinema.most_late, 100ms);
  EXPECT_EQ(cinema.made_up, 0);
}

TEST(LipSync, ALatePictureHoldsTheSoundBackAtOnce) {
  Cinema cinema;
  cinema.run(3s);
  const int before = cinema.made_up;
  cinema.picture_delay = [](Time) { return 250ms; };
  cinema.run(1500ms);
  cinema.expect_together();
  EXPECT_LE(cinema.made_up - before, 25) << "it was interrupted once, no longer than need be";
  const int after = cinema.made_up;
  cinema.run(10s);
  cinema.expect_together();
  EXPECT_EQ(cinema.made_up, after);
}

TEST(LipSync, SoundComesBackSlowlyWhenThePictureIsQuickAgain) {
  Cinema cinema;
  cinema.picture_delay = [](Time) { return 290ms; };
  cinema.run(5s);
  cinema.expect_together();
  const int made_up = cinema.made_up;
  const auto left_out = cinema.queue.counts().left_out;
  cinema.picture_delay = [](Time) { return 40ms; };
  cinema.run(1s);
  EXPECT_LE(cinema.queue.counts().left_out - left_out, 6u);
  cinema.run(5s);
  cinema.expect_together();
  EXPECT_EQ(cinema.made_up, made_up) << "nothing is missing on the way back";
}

TEST(LipSync, ThePicturesOfASlowLinkAreJudgedOnTheMean) {
  Cinema cinema;
  sim::SeededRandom random(3);
  cinema.between = 95ms;
  cinema.picture_delay = [&random](Time) { return 150ms + random.below(120) * 1ms; };
  cinema.run(3s);
  const int made_up = cinema.made_up;
  for (int i = 0; i < 20; ++i) {
    cinema.run(1s);
    // One picture is up to 60 ms quicker or later than the mean.
    EXPECT_NEAR(to_ms(cinema.heard_late), 150 + 60 + 31, 80);
  }
  EXPECT_LE(cinema.made_up - made_up, 10) << "and it does not go to and fro";
}

TEST(LipSync, ASinglePictureThatIsLateChangesNothing) {
  Cinema cinema;
  cinema.picture_delay = [](Time at) {
    const Duration in = at.time_since_epoch() % 3s - 2s;
    return in >= 0ms && in < 100ms ? 450ms - in : Duration(40ms);
  };
  cinema.run(10s);
  EXPECT_EQ(cinema.made_up, 0);
  EXPECT_LE(cinema.most_late, 100ms);
}

TEST(LipSync, SoundThatGuardsAgainstAnUnevenNetworkStaysWithThePicture) {
  Cinema cinema;
  sim::SeededRandom random(5);
  cinema.sound_delay = [&random](Time) { return 10ms + random.below(110) * 1ms; };
  cinema.run(4s);
  EXPECT_GE(cinema.made_up, 8);
  cinema.sound_delay = [](Time) { return 10ms; };
  cinema.run(3s);
  cinema.expect_together();
  EXPECT_LT(cinema.queue.target(), 100ms);
}

TEST(LipSync, WithoutAFilmSoundWaitsForNothing) {
  Cinema cinema;
  cinema.film = false;
  cinema.picture_delay = [](Time) { return 250ms; };
  cinema.run(10s);
  EXPECT_LE(cinema.most_late, 100ms);
  EXPECT_FALSE(cinema.lips.skew(cinema.now));
}

TEST(LipSync, AFilmThatIsPausedChangesNothing) {
  Cinema cinema;
  for (int i = 0; i < 5; ++i) {
    cinema.run(3s);
    const Duration between = std::exchange(cinema.between, 2s);
    cinema.run(2500ms);
    cinema.between = between;
  }
  EXPECT_EQ(cinema.made_up, 0);
  EXPECT_LE(cinema.most_late, 100ms);
}

TEST(LipSync, AfterTheFilmSoundWaitsForNothingAgain) {
  Cinema cinema;
  cinema.picture_delay = [](Time) { return 250ms; };
  cinema.run(5s);
  EXPECT_GE(cinema.heard_late, 200ms);
  cinema.film = false;
  cinema.run(8s);
  EXPECT_LE(cinema.heard_late, 100ms);
  EXPECT_FALSE(cinema.lips.skew(cinema.now));
}

TEST(LipSync, SoundIsNeverHeldBackBeyondTheBound) {
  Cinema cinema;
  cinema.picture_delay = [](Time) { return 900ms; };
  cinema.run(10s);
  EXPECT_GE(cinema.heard_late, 300ms);
  EXPECT_LE(cinema.most_late, 400ms);
  EXPECT_LT(*cinema.lips.skew(cinema.now), -400ms) << "and it is told";
}

TEST(LipSync, WhateverPacketsSayOfPicturesIsBounded) {
  LipSync lips;
  sim::SeededRandom random(9);
  for (int i = 1; i < 5000; ++i) {
    const Time now = Time{} + i * 10ms;
    lips.on_sound(random.u32(), static_cast<std::uint16_t>(random.u32()),
                  std::chrono::milliseconds(static_cast<std::int16_t>(random.u32())));
    lips.on_picture(now, static_cast<std::uint64_t>(i), true);
    lips.on_played({random.u32(), now, random.below(300) * 1ms});
    EXPECT_LE(lips.hold(now), 300ms);
    EXPECT_GE(lips.hold(now), -100ms);
  }
}

}  // namespace
}  // namespace godesk::viewer
