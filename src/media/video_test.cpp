#include "media/video.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "media/h264.h"
#include "media/test_pictures.h"
#include "media/vp9.h"

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

std::vector<Coding> built_codings() {
  std::vector<Coding> all{Coding::vp9, Coding::vp9_full};
  if (built_codecs() & kH264) all.push_back(Coding::h264);
  return all;
}

bool check(ByteView coded, const Rect& rect, Coding coding, bool key) {
  return coding == Coding::h264
             ? check_h264(coded, rect.w, rect.h, key)
             : check_vp9(coded, rect.w, rect.h, coding == Coding::vp9 ? Chroma::quarter : Chroma::full, key);
}

Buffer coded(VideoEncoder& encoder, Time now, const Frame& frame) {
  encoder.take(frame.view());
  return encoder.encode(now);
}

struct VideoTest : testing::TestWithParam<Coding> {
  static constexpr Rect kRect{32, 16, 320, 208};
  Frame frame{400, 240}, canvas{400, 240};
  Time now{1s};
};

TEST_P(VideoTest, AFilmComesThroughAndNothingElseIsPainted) {
  const auto encoder = make_video_encoder(kRect, GetParam(), {2'000'000});
  const auto decoder = make_video_decoder(kRect, GetParam());
  ASSERT_TRUE(encoder && decoder);
  for (int t = 0; t < 20; ++t, now += 33ms) {
    draw_film(frame, kRect, t);
    const Buffer bytes = coded(*encoder, now, frame);
    ASSERT_FALSE(bytes.empty());
    EXPECT_TRUE(check(bytes, kRect, GetParam(), t == 0)) << t;
    ASSERT_TRUE(decoder->decode(bytes, canvas)) << t;
  }
  EXPECT_GT(psnr(frame.view(), canvas.view(), kRect), 30);
  EXPECT_EQ(*canvas.at(31, 16), 0u);
  EXPECT_EQ(*canvas.at(352, 16), 0u);
  EXPECT_EQ(*canvas.at(100, 100) >> 24, 0u);
}

TEST_P(VideoTest, APictureIsNewWhenItLooksSo) {
  const auto encoder = make_video_encoder(kRect, GetParam(), {2'000'000});
  draw_film(frame, kRect, 0);
  EXPECT_TRUE(encoder->take(frame.view()));
  EXPECT_FALSE(encoder->take(frame.view()));
  test::fill(frame, {0, 0, 32, 240}, 0xff0000);
  EXPECT_FALSE(encoder->take(frame.view())) << "what is beside it is none of its business";
  *frame.at(351, 223) ^= 0x808080;
  EXPECT_TRUE(encoder->take(frame.view()));
  EXPECT_FALSE(encoder->encode(now).empty());
  EXPECT_FALSE(encoder->take(frame.view()));
}

TEST_P(VideoTest, TheRateIsKept) {
  const auto encoder = make_video_encoder(kRect, GetParam(), {4'000'000});
  test::Dice dice(1);
  const auto second = [&] {
    std::size_t bytes = 0;
    for (int t = 0; t < 30; ++t, now += 33ms) {
      test::fill_noise(frame, {32, 16, 320, 40}, dice);
      bytes += coded(*encoder, now, frame).size();
    }
    return bytes;
  };
  second();
  second();
  const std::size_t high = second();
  encoder->set_rate({800'000});
  second();
  second();
  const std::size_t low = second();
  EXPECT_LT(high, 700'000u);
  EXPECT_LT(low, high / 2);
}

TEST_P(VideoTest, DamagedFramesAreRefusedOrPaintedInTheirPlace) {
  const auto encoder = make_video_encoder(kRect, GetParam(), {2'000'000});
  std::vector<Buffer> film;
  for (int t = 0; t < 3; ++t, now += 33ms) {
    draw_film(frame, kRect, 5 * t);
    film.push_back(coded(*encoder, now, frame));
  }
  test::Dice dice(3);
  for (int i = 0; i < 60; ++i) {
    const auto decoder = make_video_decoder(kRect, GetParam());
    for (Buffer coded : film) {
      if (dice.below(3) > 0)
        for (int n = 0; n < 3; ++n)
          coded[std::size_t(dice.below(int(coded.size())))] = std::uint8_t(dice.below(256));
      decoder->decode(coded, canvas);
    }
  }
  EXPECT_EQ(*canvas.at(31, 16) | *canvas.at(352, 16) | *canvas.at(32, 15) | *canvas.at(32, 224), 0u);
  EXPECT_EQ(*canvas.at(100, 100) >> 24, 0u);
}

INSTANTIATE_TEST_SUITE_P(Codings, VideoTest, testing::ValuesIn(built_codings()));

struct HostileVideoTest : testing::Test {
  static constexpr Rect kRect{0, 0, 64, 48};
  HostileVideoTest() {
    const auto encoder = make_vp9_encoder(kRect, Chroma::quarter, {500'000});
    draw_film(frame, kRect, 0);
    key = coded(*encoder, Time(1s), frame);
    draw_film(frame, kRect, 5);
    inter = coded(*encoder, Time(1s) + 33ms, frame);
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
  const auto decoder = make_vp9_decoder(kRect, Chroma::quarter);
  ASSERT_TRUE(decoder->decode(key, canvas));
  EXPECT_FALSE(decoder->decode(large, canvas));
}

TEST_F(HostileVideoTest, DamagedFramesAreRefusedOrPainted) {
  test::Dice dice(3);
  for (int i = 0; i < 300; ++i) {
    const auto decoder = make_vp9_decoder(kRect, Chroma::quarter);
    Buffer first = key, second = inter;
    Buffer& bad = i % 2 ? first : second;
    for (int n = 0; n < 3; ++n) bad[std::size_t(dice.below(int(bad.size())))] = std::uint8_t(dice.below(256));
    if (decoder->decode(first, canvas)) decoder->decode(second, canvas);
  }
  EXPECT_EQ(*canvas.at(0, 0) >> 24, 0u);
}

TEST(Video, TheCheapestCodecThatBothHaveIsTaken) {
  const Rect even{0, 0, 320, 208}, odd{0, 0, 321, 208};
  const bool built = built_codecs() & kH264;
  EXPECT_EQ(coding_for(even, Chroma::quarter, 0), Coding::vp9);
  EXPECT_EQ(coding_for(even, Chroma::quarter, ~kH264), Coding::vp9) << "codecs that nobody knows";
  EXPECT_EQ(coding_for(even, Chroma::quarter, kH264), built ? Coding::h264 : Coding::vp9);
  EXPECT_EQ(coding_for(odd, Chroma::quarter, kH264), Coding::vp9);
  EXPECT_EQ(coding_for(even, Chroma::full, kH264), Coding::vp9_full);
  EXPECT_EQ(make_video_decoder(even, Coding::h264) != nullptr, built);
  EXPECT_EQ(make_video_encoder(even, Coding::h264, {1'000'000}) != nullptr, built);
}

TEST(Video, SizesAreBounded) {
  EXPECT_TRUE(video_fits({0, 0, 3840, 2160}));
  EXPECT_FALSE(video_fits({0, 0, 3840, 2200}));
  EXPECT_FALSE(video_fits({0, 0, 15, 100}));
  EXPECT_FALSE(video_fits({0, 0, 0, 0}));
}

}  // namespace
}  // namespace godesk::media
