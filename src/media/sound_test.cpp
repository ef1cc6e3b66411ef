#include "media/sound.h"

#include <cmath>

#include <gtest/gtest.h>

namespace godesk::media {
namespace {

SoundFrame tone(int frame, double hertz, double amplitude = 12000) {
  SoundFrame samples;
  for (std::size_t i = 0; i < kSoundFrameSamples; ++i) {
    const double t = (double(frame) * double(kSoundFrameSamples) + double(i)) / kSoundRate;
    samples[2 * i] = samples[2 * i + 1] =
        static_cast<std::int16_t>(amplitude * std::sin(2 * M_PI * hertz * t));
  }
  return samples;
}

/// How much of `hertz` is in it, from 0 to 1.
double share_of(const std::vector<std::int16_t>& left, double hertz) {
  double re = 0, im = 0, power = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const double x = left[i], phase = 2 * M_PI * hertz * double(i) / kSoundRate;
    re += x * std::cos(phase);
    im += x * std::sin(phase);
    power += x * x;
  }
  return power == 0 ? 0 : 2 * (re * re + im * im) / (double(left.size()) * power);
}

TEST(Sound, AToneArrivesAsThatTone) {
  SoundEncoder encoder;
  SoundDecoder decoder;
  std::vector<std::int16_t> heard;
  std::size_t bytes = 0;
  for (int i = 0; i < 100; ++i) {
    auto packet = encoder.encode(tone(i, 1000));
    ASSERT_TRUE(packet);
    bytes += packet->size();
    const SoundFrame frame = i == 50 ? decoder.conceal() : decoder.decode(*packet);
    if (i >= 10)
      for (std::size_t s = 0; s < frame.size(); s += 2) heard.push_back(frame[s]);
  }
  EXPECT_GT(share_of(heard, 1000), 0.95);
  EXPECT_LT(share_of(heard, 1500), 0.01);
  EXPECT_LT(bytes, 20'000u) << "about 96 kbit/s";
}

TEST(Sound, SilenceIsSaidAndThenCostsNothing) {
  SoundEncoder encoder({.silent_frames = 5, .silence_said = 2});
  EXPECT_FALSE(encoder.encode({})) << "nothing was heard yet";
  ASSERT_TRUE(encoder.encode(tone(0, 440)));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(says_silence(*encoder.encode({}))) << i;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(says_silence(*encoder.encode({}))) << i;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(encoder.encode({}));
  EXPECT_FALSE(says_silence(*encoder.encode(tone(1, 440))));
}

TEST(Sound, WhatIsNotAPacketIsConcealed) {
  SoundDecoder decoder;
  for (const Buffer& lie :
       {Buffer{}, Buffer{0xff}, Buffer{0xe4}, Buffer(1001, 0xe4), Buffer{0x03, 0x3f, 1, 2, 3}})
    EXPECT_NO_THROW(decoder.decode(lie));
}

}  // namespace
}  // namespace godesk::media
