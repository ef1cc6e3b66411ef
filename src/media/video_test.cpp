#include "media/video.h"

#include <cmath>

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

/// Smooth shapes that wander, as in a film.
void draw_film(Frame& frame, const Rect& rect, int t) {
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x) {
      const auto r = std::uint32_t(128 + 100 * std::sin((x + 3 * t) / 23.0));
      const auto g = std::uint32_t(128 + 100 * std::sin((y + 2 * t) / 31.0));
      const auto b = std::uint32_t(128 + 60 * std::sin((x + y - t) / 41.0));
      *frame.at(x, y) = r << 16 | g << 8 | b;
    }
}

double psnr(const FrameView& a, const FrameView& b, const Rect& rect) {
  double sum = 0;
  for (int y = rect.y; y < rect.bottom(); ++y)
    for (int x = rect.x; x < rect.right(); ++x)
      for (int shift : {0, 8, 16}) {
        const int d = int(*a.at(x, y) >> shift & 0xff) - int(*b.at(x, y) >> shift & 0xff);
        sum += d * d;
      }
  return 10 * std::log10(255.0 * 255.0 / (sum / (3.0 * double(rect.area())) + 1e-9));
}

struct VideoTest : testing::TestWithParam<Chroma> {
  static constexpr Rect kRect{32, 16, 320, 208};
  Frame frame{400, 240}, canvas{400, 240};
  Time now{1s};
};

TEST_P(VideoTest, AFilmComesThroughAndNothingElseIsPainted) {
  VideoEncoder encoder(kRect, GetParam(), {2'000'000});
  VideoDecoder decoder(kRect, GetParam());
  ASSERT_TRUE(encoder.works());
  for (int t = 0; t < 20; ++t, now += 33ms) {
    draw_film(frame, kRect, t);
    const Buffer vp9 = encoder.encode(now, frame.view());
    ASSERT_FALSE(vp9.empty());
    EXPECT_TRUE(check_vp9(vp9, kRect.w, kRect.h, GetParam(), t == 0)) << t;
    ASSERT_TRUE(decoder.decode(vp9, canvas)) << t;
  }
  EXPECT_GT(psnr(frame.view(), canvas.view(), kRect), 30);
  EXPECT_EQ(*canvas.at(31, 16), 0u);
  EXPECT_EQ(*canvas.at(352, 16), 0u);
  EXPECT_EQ(*canvas.at(100, 100) >> 24, 0u);
}

TEST_P(VideoTest, TheRateIsKept) {
  VideoEncoder encoder(kRect, GetParam(), {4'000'000});
  test::Dice dice(1);
  const auto second = [&] {
    std::size_t bytes = 0;
    for (int t = 0; t < 30; ++t, now += 33ms) {
      test::fill_noise(frame, {32, 16, 320, 60}, dice);
      bytes += encoder.encode(now, frame.view()).size();
    }
    return bytes;
  };
  second();
  second();
  const std::size_t high = second();
  encoder.set_rate({800'000});
  second();
  second();
  const std::size_t low = second();
  EXPECT_LT(high, 700'000u);
  EXPECT_LT(low, high / 2);
}

INSTANTIATE_TEST_SUITE_P(Chromas, VideoTest, testing::Values(Chroma::quarter, Chroma::full));

struct HostileVideoTest : testing::Test {
  static constexpr Rect kRect{0, 0, 64, 48};
  HostileVideoTest() {
    VideoEncoder encoder(kRect, Chroma::quarter, {500'000});
    draw_film(frame, kRect, 0);
    key = encoder.encode(Time(1s), frame.view());
    draw_film(frame, kRect, 5);
    inter = encoder.encode(Time(1s) + 33ms, frame.view());
  }
  static bool fine(ByteView bytes, bool is_key) { return check_vp9(bytes, 64, 48, Chroma::quarter, is_key); }
  Frame frame{64, 48}, canvas{64, 48};
  Buffer key, inter;
};

TEST_F(HostileVideoTest, OnlyTheAnnouncedFrameReachesTheLibrary) {
  EXPECT_TRUE(fine(key, true));
  EXPECT_TRUE(fine(key, false)) << "a key frame may come at any time";
  EXPECT_TRUE(fine(inter, false));
  EXPECT_FALSE(fine(inter, true)) << "the first must be a key frame";
  EXPECT_FALSE(fine({}, false));
  EXPECT_FALSE(check_vp9(key, 65, 48, Chroma::quarter, true));
  EXPECT_FALSE(check_vp9(key, 64, 49, Chroma::quarter, true));
  EXPECT_FALSE(check_vp9(key, 64, 48, Chroma::full, true));
  for (std::size_t size = 0; size < 9; ++size) EXPECT_FALSE(fine(ByteView(key).first(size), true)) << size;
}

TEST_F(HostileVideoTest, LiesInTheHeaderAreSeen) {
  const auto with = [](Buffer bytes, std::size_t at, std::uint8_t flip) {
    bytes[at] ^= flip;
    return bytes;
  };
  EXPECT_FALSE(fine(with(key, 0, 0x80), true)) << "no frame marker";
  EXPECT_FALSE(fine(with(key, 0, 0x20), true)) << "profile 1";
  EXPECT_FALSE(fine(with(key, 0, 0x10), true)) << "profile 2";
  EXPECT_FALSE(fine(with(key, 0, 0x08), true)) << "shows an earlier frame";
  EXPECT_FALSE(fine(with(key, 0, 0x02), true)) << "is not shown";
  EXPECT_FALSE(fine(with(key, 1, 0x01), true)) << "no sync code";
  for (std::size_t at = 4; at < 9; ++at) {
    // Width and height: 36 bits after a nibble of colour, give or take.
    int refused = 0;
    for (int bit = 0; bit < 8; ++bit) refused += !fine(with(key, at, std::uint8_t(1 << bit)), true);
    EXPECT_GT(refused, 0) << at;
  }
  Buffer super = key;
  super.push_back(0xc0);
  EXPECT_FALSE(fine(super, true)) << "a superframe";
}

TEST_F(HostileVideoTest, AnInterFrameMayNotBringASizeOfItsOwn) {
  // Marker 10, profile 0, not shown again, inter, shown, not resilient; no reset; 8 + 12 bits of references;
  // no size from any; 4096x4096.
  const Buffer large{0x86, 0x00, 0x00, 0x00, 0x0f, 0xff, 0x0f, 0xff, 0, 0, 0, 0};
  EXPECT_FALSE(fine(large, false));
  VideoDecoder decoder(kRect, Chroma::quarter);
  ASSERT_TRUE(decoder.decode(key, canvas));
  EXPECT_FALSE(decoder.decode(large, canvas));
}

TEST_F(HostileVideoTest, DamagedFramesAreRefusedOrPainted) {
  test::Dice dice(3);
  for (int i = 0; i < 300; ++i) {
    VideoDecoder decoder(kRect, Chroma::quarter);
    Buffer first = key, second = inter;
    Buffer& bad = i % 2 ? first : second;
    for (int n = 0; n < 3; ++n) bad[std::size_t(dice.below(int(bad.size())))] = std::uint8_t(dice.below(256));
    if (decoder.decode(first, canvas)) decoder.decode(second, canvas);
  }
  EXPECT_EQ(*canvas.at(0, 0) >> 24, 0u);
}

TEST(Video, SizesAreBounded) {
  EXPECT_TRUE(video_fits({0, 0, 3840, 2160}));
  EXPECT_FALSE(video_fits({0, 0, 3840, 2200}));
  EXPECT_FALSE(video_fits({0, 0, 15, 100}));
  EXPECT_FALSE(video_fits({0, 0, 0, 0}));
}

}  // namespace
}  // namespace godesk::media
