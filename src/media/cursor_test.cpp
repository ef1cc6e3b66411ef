#include "media/cursor.h"

#include <gtest/gtest.h>

#include "media/test_pictures.h"
#include "media/zstd_stream.h"

namespace godesk::media {
namespace {

CursorShape shape_of(int width, int height, Point hot, bool noisy) {
  test::Dice dice(3);
  CursorShape shape{width, height, hot, {}};
  for (int i = 0; i < width * height; ++i) {
    const int alpha = noisy ? dice.below(256) : 255 * (i % 3 == 0);
    for (int c = 0; c < 3; ++c) shape.bgra.push_back(std::uint8_t(noisy ? dice.below(alpha + 1) : alpha));
    shape.bgra.push_back(std::uint8_t(alpha));
  }
  return shape;
}

std::string verdict(ByteView message) {
  const auto decoded = decode_cursor(message);
  return decoded.ok() ? "ok" : to_string(decoded.reason());
}

TEST(Cursor, round_trips) {
  for (bool noisy : {false, true})
    for (int side : {1, 24, 256}) {
      const CursorShape shape = shape_of(side, side, {side - 1, 0}, noisy);
      const auto decoded = decode_cursor(encode_cursor(shape));
      ASSERT_TRUE(decoded.ok());
      EXPECT_EQ(*decoded, shape);
    }
}

TEST(Cursor, a_plain_arrow_is_small) {
  EXPECT_LT(encode_cursor(shape_of(24, 24, {1, 1}, false)).size(), 100u);
}

TEST(Cursor, hidden_is_eight_zeros_and_so_is_what_cannot_be_sent) {
  EXPECT_EQ(encode_cursor({}), Buffer(8));
  EXPECT_TRUE(decode_cursor(Buffer(8))->hidden());
  CursorShape huge = shape_of(257, 10, {0, 0}, false);
  EXPECT_EQ(encode_cursor(huge), Buffer(8));
  CursorShape torn = shape_of(16, 16, {0, 0}, false);
  torn.bgra.pop_back();
  EXPECT_EQ(encode_cursor(torn), Buffer(8));
}

TEST(Cursor, refuses_each_lie) {
  const Buffer opaque(4, 255);
  const auto message = [](std::uint16_t w, std::uint16_t h, std::uint16_t x, std::uint16_t y) {
    Writer out;
    return out.u16(w).u16(h).u16(x).u16(y).take();
  };
  const auto with = [](Buffer head, std::uint8_t coding, ByteView pixels) {
    head.push_back(coding);
    append(head, pixels);
    return head;
  };
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 0, opaque)), "ok");
  EXPECT_EQ(verdict(Buffer(7)), "truncated");
  EXPECT_EQ(verdict(message(1, 1, 0, 0)), "truncated");
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 0, Buffer(3))), "truncated");
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 0, Buffer(5))), "bad-pixels");
  EXPECT_EQ(verdict(with(message(0, 1, 0, 0), 0, opaque)), "bad-size");
  EXPECT_EQ(verdict(with(message(257, 1, 0, 0), 0, opaque)), "bad-size");
  EXPECT_EQ(verdict(with(message(1, 1, 1, 0), 0, opaque)), "bad-hot");
  EXPECT_EQ(verdict(message(0, 0, 1, 0)), "bad-hot");
  EXPECT_EQ(verdict(with(message(0, 0, 0, 0), 0, {})), "bad-pixels");
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 2, opaque)), "bad-coding");
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 1, opaque)), "bad-pixels") << "not zstd";
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 1, zstd_compress(opaque))), "ok");
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 1, zstd_compress(Buffer(3)))), "bad-pixels") << "too short";
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 1, zstd_compress(Buffer(50'000'000)))), "bad-pixels")
      << "a bomb";
  EXPECT_EQ(verdict(with(message(1, 1, 0, 0), 0, Buffer{9, 0, 0, 8})), "bad-pixels") << "colour above alpha";
}

TEST(CursorPosition, round_trips_within_bounds) {
  EXPECT_EQ(decode_cursor_position(encode_cursor_position({1919, 7})), (Point{1919, 7}));
  EXPECT_EQ(decode_cursor_position(encode_cursor_position({-3, 99999})), (Point{0, kMaxSide - 1}));
  EXPECT_FALSE(decode_cursor_position(Buffer(3)));
  EXPECT_FALSE(decode_cursor_position(Buffer(5)));
  EXPECT_FALSE(decode_cursor_position(Buffer{0x40, 0x00, 0, 0}));
}

}  // namespace
}  // namespace godesk::media
