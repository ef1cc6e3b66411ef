#include "media/jpeg.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "media/test_pictures.h"

namespace godesk::media {
namespace {

Frame ramp(int width, int height) {
  Frame frame(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      *frame.at(x, y) = std::uint32_t(x * 255 / width) << 16 | std::uint32_t(y * 255 / height) << 8 | 90;
  return frame;
}

int worst_difference(const FrameView& a, const FrameView& b) {
  int worst = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x)
      for (int shift : {0, 8, 16})
        worst =
            std::max(worst, std::abs(int(*a.at(x, y) >> shift & 0xff) - int(*b.at(x, y) >> shift & 0xff)));
  return worst;
}

struct JpegTest : testing::Test {
  Frame frame = ramp(300, 200);
  Buffer jpeg = JpegEncoder().encode(frame.view(), {10, 20, 100, 80}, 80);
};

TEST_F(JpegTest, APictureComesBackAlmostAsItWas) {
  const Frame back = JpegDecoder().decode(jpeg, 100, 80);
  ASSERT_FALSE(back.empty());
  EXPECT_LT(worst_difference(back.view(), {frame.at(10, 20), 100, 80, 300}), 12);
  for (int x = 0; x < 100; ++x) EXPECT_EQ(*back.view().at(x, 0) >> 24, 0u);
}

TEST_F(JpegTest, AnotherSizeThanAnnouncedIsRefused) {
  EXPECT_TRUE(check_jpeg(jpeg, 100, 80));
  for (const auto& [w, h] : {std::pair{101, 80}, std::pair{100, 79}, std::pair{80, 100}}) {
    EXPECT_FALSE(check_jpeg(jpeg, w, h));
    EXPECT_TRUE(JpegDecoder().decode(jpeg, w, h).empty());
  }
}

TEST_F(JpegTest, EveryPrefixAndEveryAppendixIsRefused) {
  for (std::size_t size = 0; size < jpeg.size(); ++size)
    EXPECT_FALSE(check_jpeg(ByteView(jpeg).first(size), 100, 80)) << size;
  for (std::uint8_t more : {0x00, 0xff, 0xd9}) {
    Buffer longer = jpeg;
    longer.push_back(more);
    EXPECT_FALSE(check_jpeg(longer, 100, 80));
  }
}

TEST_F(JpegTest, OtherKindsOfJpegNeverReachTheLibrary) {
  const std::uint8_t marker[] = {0xff, 0xc0};
  const auto sof = std::search(jpeg.begin(), jpeg.end(), std::begin(marker), std::end(marker));
  ASSERT_NE(sof, jpeg.end());
  const auto at = std::size_t(sof - jpeg.begin());
  struct {
    std::size_t offset;
    std::uint8_t value;
    const char* what;
  } const lies[] = {{1, 0xc2, "progressive"}, {1, 0xc9, "arithmetic"}, {4, 12, "12 bits"},
                    {9, 1, "grey"},           {11, 0x22, "4:2:0"},     {1, 0xfe, "no frame header"}};
  for (const auto& lie : lies) {
    Buffer bad = jpeg;
    bad[at + lie.offset] = lie.value;
    EXPECT_FALSE(check_jpeg(bad, 100, 80)) << lie.what;
  }
}

TEST_F(JpegTest, DamagedBytesEndWithAPictureOrWithout) {
  test::Dice dice(5);
  for (int i = 0; i < 500; ++i) {
    Buffer bad = jpeg;
    bad[std::size_t(dice.below(int(bad.size())))] = std::uint8_t(dice.below(256));
    const Frame back = JpegDecoder().decode(bad, 100, 80);
    EXPECT_TRUE(back.empty() || back.width() == 100);
  }
}

TEST(Shrink, TheMeanOfWhatAPixelStandsFor) {
  Frame frame(10, 6);
  test::fill(frame, {4, 4, 2, 2}, 0x804020);
  const Frame small = shrink(frame.view(), {1, 1, 9, 5}, 4);
  EXPECT_EQ(small.width(), 3);
  EXPECT_EQ(small.height(), 2);
  EXPECT_EQ(*small.view().at(0, 0), 0x080402u);  // one of sixteen
  EXPECT_EQ(*small.view().at(2, 1), 0u);
}

TEST(Enlarge, AFlatPictureStaysFlatAndARampARamp) {
  Frame canvas(100, 50), flat(3, 2);
  test::fill(flat, {0, 0, 3, 2}, 0xff8001);
  paint_enlarged(flat.view(), {10, 10, 9, 7}, canvas);
  for (int y = 10; y < 17; ++y)
    for (int x = 10; x < 19; ++x) EXPECT_EQ(*canvas.at(x, y), 0xff8001u);
  EXPECT_EQ(*canvas.at(19, 10), 0u);
  EXPECT_EQ(*canvas.at(10, 17), 0u);

  const Frame before = ramp(400, 300);
  Frame after(400, 300);
  paint_enlarged(shrink(before.view(), {0, 0, 400, 300}, 4).view(), {0, 0, 400, 300}, after);
  EXPECT_LE(worst_difference(before.view(), after.view()), 4);
}

}  // namespace
}  // namespace godesk::media
