#include "media/decoder.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <zstd.h>

#include "media/jpeg.h"
#include "media/screen_wire.h"
#include "media/video.h"

namespace godesk::media {
namespace {

/// A host that says what it likes: operations written by hand, framed as real ones are.
class Liar {
 public:
  explicit Liar(int window_log = wire::kWindowLog) : stream_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_windowLog, window_log);
  }
  ~Liar() { ZSTD_freeCCtx(stream_); }
  Liar(const Liar&) = delete;

  Buffer key(int width, int height, const Writer& operations) {
    Writer out;
    out.u8(wire::kKey).u16(std::uint16_t(width)).u16(std::uint16_t(height));
    return out.bytes(compress(operations.buffer())).take();
  }
  Buffer next(const Writer& operations) { return Writer().u8(0).bytes(compress(operations.buffer())).take(); }
  Buffer compress(ByteView plain, ZSTD_EndDirective end = ZSTD_e_flush) {
    Buffer out(ZSTD_compressBound(plain.size()) + 64);
    ZSTD_inBuffer in{plain.data(), plain.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    EXPECT_EQ(ZSTD_compressStream2(stream_, &to, &in, end), 0u);
    out.resize(to.pos);
    return out;
  }

 private:
  ZSTD_CCtx* stream_;
};

Writer op(std::uint8_t code, std::uint16_t x, std::uint16_t y, std::uint16_t w, std::uint16_t h) {
  Writer out;
  out.u8(code).u16(x).u16(y).u16(w).u16(h);
  return out;
}

class ScreenDecoderTest : public testing::Test {
 protected:
  /// Accepted so far: a 100x50 screen.
  ScreenDecoderTest() { EXPECT_TRUE(decoder_.decode(liar_.key(100, 50, Writer()), canvas_).ok()); }

  std::string verdict(ByteView update) {
    const auto decoded = decoder_.decode(update, canvas_);
    return decoded.ok() ? "ok" : to_string(decoded.reason());
  }
  std::string verdict(const Writer& operations) { return verdict(liar_.next(operations)); }

  Liar liar_;
  ScreenDecoder decoder_;
  Frame canvas_;
};

TEST_F(ScreenDecoderTest, paints_each_kind_of_rect) {
  EXPECT_EQ(verdict(op(wire::solid, 1, 2, 3, 4).u8(0x33).u8(0x22).u8(0x11)), "ok");
  EXPECT_EQ(*canvas_.at(3, 5), 0x112233u);
  EXPECT_EQ(*canvas_.at(4, 5), 0u);
  EXPECT_EQ(verdict(op(wire::palette, 10, 10, 2, 1).u16(2).u8(1).u8(0).u8(0).u8(0).u8(0).u8(2).u8(1).u8(0)),
            "ok");
  EXPECT_EQ(*canvas_.at(10, 10), 0x020000u);
  EXPECT_EQ(*canvas_.at(11, 10), 0x000001u);
  EXPECT_EQ(verdict(op(wire::palette, 20, 10, 1, 1).u16(0).u8(1)), "ok") << "the palette lasts";
  EXPECT_EQ(*canvas_.at(20, 10), 0x020000u);
  EXPECT_EQ(verdict(op(wire::bgr, 99, 49, 1, 1).u8(3).u8(2).u8(1)), "ok");
  EXPECT_EQ(*canvas_.at(99, 49), 0x010203u);
}

TEST_F(ScreenDecoderTest, paints_column_by_column) {
  EXPECT_EQ(
      verdict(op(wire::bgr_columns, 1, 1, 2, 2).u8(1).zeros(2).u8(2).zeros(2).u8(3).zeros(2).u8(4).zeros(2)),
      "ok");
  EXPECT_EQ(*canvas_.at(1, 1), 1u);
  EXPECT_EQ(*canvas_.at(1, 2), 2u);
  EXPECT_EQ(*canvas_.at(2, 1), 3u);
  EXPECT_EQ(*canvas_.at(2, 2), 4u);
  EXPECT_EQ(
      verdict(
          op(wire::palette_columns, 5, 5, 2, 2).u16(2).u8(7).zeros(2).u8(8).zeros(2).u8(0).u8(1).u8(1).u8(0)),
      "ok");
  EXPECT_EQ(*canvas_.at(5, 6), 8u);
  EXPECT_EQ(*canvas_.at(6, 6), 7u);
}

TEST_F(ScreenDecoderTest, copies_what_is_there_even_onto_itself) {
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(verdict(op(wire::solid, 10, std::uint16_t(i), 1, 1).u8(std::uint8_t(i + 1)).zeros(2)), "ok");
  EXPECT_EQ(verdict(op(wire::copy, 10, 3, 1, 10).u16(10).u16(0)), "ok") << "down by three";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*canvas_.at(10, i + 3), std::uint32_t(i + 1));
  EXPECT_EQ(verdict(op(wire::copy, 10, 0, 1, 10).u16(10).u16(3)), "ok") << "and up again";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*canvas_.at(10, i), std::uint32_t(i + 1));
  EXPECT_EQ(verdict(op(wire::copy, 9, 0, 2, 10).u16(10).u16(0)), "ok") << "to the left";
  EXPECT_EQ(*canvas_.at(9, 0), 1u);
  EXPECT_EQ(*canvas_.at(10, 0), 0u);
}

TEST_F(ScreenDecoderTest, refuses_copies_from_outside) {
  for (const auto& [x, y] : {std::pair{96, 0}, std::pair{0, 46}, std::pair{65535, 65535}}) {
    Liar liar;
    EXPECT_EQ(
        verdict(liar.key(100, 50, op(wire::copy, 0, 0, 5, 5).u16(std::uint16_t(x)).u16(std::uint16_t(y)))),
        "bad-rect")
        << x << "," << y;
  }
}

TEST_F(ScreenDecoderTest, paints_pictures_of_the_size_and_enlarged) {
  Frame grey(16, 8);
  std::fill_n(grey.at(0, 0), 16 * 8, 0x808080);
  const Buffer picture = JpegEncoder().encode(grey.view(), {0, 0, 16, 8}, 90);
  const auto with = [&](int w, int h, int scale, ByteView bytes) {
    return op(wire::jpeg, 1, 1, std::uint16_t(w), std::uint16_t(h))
        .u8(std::uint8_t(scale))
        .u32(std::uint32_t(bytes.size()))
        .bytes(bytes);
  };
  EXPECT_EQ(verdict(with(16, 8, 1, picture)), "ok");
  EXPECT_EQ(*canvas_.at(16, 8), 0x808080u);
  EXPECT_EQ(*canvas_.at(17, 8), 0u);
  EXPECT_EQ(verdict(with(61, 30, 4, picture)), "ok") << "a quarter, rounded up";
  EXPECT_EQ(*canvas_.at(61, 30), 0x808080u);

  const auto refused = [&](const Writer& operations) {
    Liar liar;
    return verdict(liar.key(100, 50, operations));
  };
  EXPECT_EQ(refused(with(16, 8, 2, picture)), "bad-jpeg") << "another scale";
  EXPECT_EQ(refused(with(17, 8, 1, picture)), "bad-jpeg") << "another size";
  EXPECT_EQ(refused(with(65, 30, 4, picture)), "bad-jpeg");
  EXPECT_EQ(refused(with(16, 8, 1, {})), "bad-jpeg");
  EXPECT_EQ(refused(with(16, 8, 1, ByteView(picture).first(picture.size() - 1))), "bad-jpeg");
  EXPECT_EQ(refused(op(wire::jpeg, 1, 1, 16, 8).u8(1).u32(0xffffffff).bytes(picture)), "truncated");
}

TEST_F(ScreenDecoderTest, paints_video_after_the_operations_and_only_while_it_is_open) {
  Frame grey(32, 32);
  std::fill_n(grey.at(0, 0), 32 * 32, 0x808080);
  const auto encoder = make_video_encoder({0, 0, 32, 32}, Coding::vp9, {500'000});
  encoder->take(grey.view());
  const auto with = [&](const Writer& operations, ByteView vp9) {
    return Writer()
        .u8(wire::kVideo)
        .u32(std::uint32_t(vp9.size()))
        .bytes(vp9)
        .bytes(liar_.compress(operations.buffer()))
        .take();
  };
  Writer open = op(wire::video_open, 8, 8, 32, 32).u8(0);
  open.bytes(op(wire::solid, 0, 0, 20, 20).u8(0).u8(0).u8(255).buffer());
  EXPECT_EQ(verdict(with(open, encoder->encode(Time(1s)))), "ok");
  EXPECT_EQ(*canvas_.at(0, 0), 0xff0000u);
  EXPECT_NEAR(int(*canvas_.at(10, 10) & 0xff), 0x80, 4);
  EXPECT_EQ(verdict(with(Writer(), encoder->encode(Time(1s) + 33ms))), "ok");
  const Writer close = Writer().u8(wire::video_close);
  EXPECT_EQ(verdict(liar_.next(close)), "ok");
  EXPECT_EQ(verdict(with(Writer(), encoder->encode(Time(1s) + 66ms))), "bad-video") << "closed";
}

TEST_F(ScreenDecoderTest, refuses_video_that_is_not_allowed) {
  const auto refused = [&](const Writer& operations) {
    Liar liar;
    return verdict(liar.key(100, 50, operations));
  };
  const auto open = [](int x, int y, int w, int h, int coding) {
    return op(wire::video_open, std::uint16_t(x), std::uint16_t(y), std::uint16_t(w), std::uint16_t(h))
        .u8(std::uint8_t(coding));
  };
  EXPECT_EQ(refused(open(0, 0, 32, 32, 0)), "ok");
  EXPECT_EQ(refused(open(70, 0, 32, 32, 0)), "bad-rect");
  EXPECT_EQ(refused(open(0, 0, 15, 32, 0)), "bad-video") << "too small";
  EXPECT_EQ(refused(open(0, 0, 32, 32, 2)), built_codecs() & kH264 ? "ok" : "bad-video") << "never offered";
  EXPECT_EQ(refused(open(0, 0, 32, 32, 3)), "bad-video") << "no such coding";
  EXPECT_EQ(refused(Writer().u8(wire::video_close)), "bad-video") << "nothing is open";
  Writer twice = open(0, 0, 32, 32, 0);
  twice.u8(wire::video_close).bytes(open(0, 0, 32, 32, 0).buffer());
  EXPECT_EQ(refused(twice), "bad-video") << "one is opened in an update";
  Liar liar;
  EXPECT_EQ(verdict(liar.key(100, 50, Writer())), "ok");
  EXPECT_EQ(verdict(Buffer{wire::kVideo, 0, 0, 0, 1}), "truncated");
  EXPECT_EQ(verdict(liar.key(100, 50, open(0, 0, 32, 32, 0))), "ok");
  EXPECT_EQ(verdict(Writer().u8(wire::kVideo).u32(4).u32(0x82498342).bytes(liar.compress({})).take()),
            "bad-video");
  Liar wide;
  const Buffer large = wide.key(16384, 16384, open(0, 0, 16384, 16384, 0));
  EXPECT_EQ(verdict(large), "bad-video") << "too large";
}

TEST_F(ScreenDecoderTest, an_update_without_operations_is_sound) { EXPECT_EQ(verdict(Writer()), "ok"); }

TEST_F(ScreenDecoderTest, refuses_rects_that_do_not_fit) {
  EXPECT_EQ(verdict(op(wire::solid, 100, 0, 1, 1).zeros(3)), "bad-rect");
  for (const Rect& bad : {Rect{0, 50, 1, 1}, Rect{99, 0, 2, 1}, Rect{0, 49, 1, 2}, Rect{0, 0, 0, 1},
                          Rect{0, 0, 1, 0}, Rect{65535, 65535, 65535, 65535}, Rect{1, 0, 65535, 1}}) {
    Liar liar;
    auto operations = op(wire::solid, std::uint16_t(bad.x), std::uint16_t(bad.y), std::uint16_t(bad.w),
                         std::uint16_t(bad.h));
    EXPECT_EQ(verdict(liar.key(100, 50, operations.zeros(3))), "bad-rect") << bad.x << "," << bad.y;
  }
}

TEST_F(ScreenDecoderTest, refuses_to_paint_more_than_the_screen_in_one_update) {
  for (const Writer& one : {op(wire::solid, 0, 0, 1, 1).zeros(3), op(wire::copy, 0, 0, 1, 1).zeros(4)}) {
    Liar liar;
    Writer operations = op(wire::solid, 0, 0, 100, 50).zeros(3);
    operations.bytes(one.buffer());
    EXPECT_EQ(verdict(liar.key(100, 50, operations)), "bad-rect");
  }
}

TEST_F(ScreenDecoderTest, refuses_operations_that_end_early) {
  const Writer whole[] = {op(wire::solid, 0, 0, 4, 4).zeros(3),
                          op(wire::bgr, 0, 0, 4, 4).zeros(48),
                          op(wire::palette, 0, 0, 4, 4).u16(1).zeros(3 + 16),
                          op(wire::copy, 0, 0, 4, 4).zeros(4),
                          op(wire::photo, 0, 0, 4, 4).zeros(48),
                          op(wire::bgr_columns, 0, 0, 4, 4).zeros(48),
                          op(wire::palette_columns, 0, 0, 4, 4).u16(1).zeros(3 + 16)};
  for (const Writer& operation : whole)
    for (std::size_t size = 1; size < operation.size(); ++size) {
      Liar liar;
      Writer cut;
      cut.bytes(ByteView(operation.buffer()).first(size));
      EXPECT_EQ(verdict(liar.key(100, 50, cut)), "truncated")
          << int(operation.buffer()[0]) << " cut to " << size;
    }
}

TEST_F(ScreenDecoderTest, refuses_unknown_and_reserved_operations) {
  for (int code : {0x00, 0x09, 0x11, 0x22, 0x2f, 0xff}) {
    Liar liar;
    EXPECT_EQ(verdict(liar.key(100, 50, op(std::uint8_t(code), 0, 0, 1, 1).zeros(8))), "bad-operation");
  }
}

TEST_F(ScreenDecoderTest, refuses_palette_lies) {
  EXPECT_EQ(verdict(op(wire::palette, 0, 0, 1, 1).u16(1).zeros(3).u8(1)), "bad-palette") << "index beyond";
  Liar second;
  EXPECT_EQ(verdict(second.key(100, 50, op(wire::palette, 0, 0, 1, 1).u16(257).zeros(257 * 3 + 1))),
            "bad-palette");
  Liar third;
  EXPECT_EQ(verdict(third.key(100, 50, op(wire::palette, 0, 0, 1, 1).u16(200).zeros(601))), "ok");
  EXPECT_EQ(verdict(third.next(op(wire::palette, 0, 0, 1, 1).u16(57).zeros(57 * 3 + 1))), "bad-palette");
  Liar fourth;
  EXPECT_EQ(verdict(fourth.key(100, 50, op(wire::palette, 0, 0, 1, 1).u16(2).zeros(7))), "ok");
  EXPECT_EQ(verdict(fourth.next(Writer().u8(wire::palette_reset))), "ok");
  EXPECT_EQ(verdict(fourth.next(op(wire::palette, 0, 0, 1, 1).u16(0).u8(0))), "bad-palette")
      << "after a reset";
}

TEST_F(ScreenDecoderTest, refuses_bad_headers) {
  ScreenDecoder fresh;
  Frame canvas;
  const auto refuse = [&](Buffer update) {
    const auto decoded = fresh.decode(update, canvas);
    return std::string(decoded.ok() ? "ok" : to_string(decoded.reason()));
  };
  EXPECT_EQ(refuse({}), "truncated");
  EXPECT_EQ(refuse({wire::kKey, 0, 100, 0}), "truncated");
  EXPECT_EQ(refuse({0x08}), "bad-flags");
  EXPECT_EQ(refuse({0x80 | wire::kKey, 0, 1, 0, 1}), "bad-flags");
  EXPECT_EQ(refuse({wire::kKey, 0, 0, 0, 1}), "bad-size");
  EXPECT_EQ(refuse({wire::kKey, 0x40, 0x01, 0, 1}), "bad-size") << "16385 wide";
  EXPECT_EQ(refuse({wire::kKey, 0x40, 0x00, 0, 1}), "ok") << "16384 wide";
}

TEST_F(ScreenDecoderTest, needs_a_key_update_first_and_after_a_refusal) {
  ScreenDecoder fresh;
  Frame canvas;
  Liar liar;
  EXPECT_EQ(fresh.decode(liar.next(Writer()), canvas).reason(), DecodeError::no_epoch);

  EXPECT_EQ(verdict(op(0x77, 0, 0, 1, 1)), "bad-operation");
  EXPECT_EQ(verdict(op(wire::solid, 0, 0, 1, 1).zeros(3)), "no-epoch");
  Liar again;
  EXPECT_EQ(verdict(again.key(100, 50, op(wire::solid, 0, 0, 1, 1).zeros(3))), "ok");
}

TEST_F(ScreenDecoderTest, refuses_another_canvas_than_the_epochs) {
  Frame other(10, 10);
  EXPECT_EQ(decoder_.decode(liar_.next(op(wire::solid, 50, 20, 1, 1).zeros(3)), other).reason(),
            DecodeError::no_epoch);
}

TEST_F(ScreenDecoderTest, refuses_what_is_not_the_epochs_stream) {
  EXPECT_EQ(verdict(Buffer{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), "bad-stream");
  Liar ends;
  Buffer update{wire::kKey, 0, 100, 0, 50};
  append(update, ends.compress(op(wire::solid, 0, 0, 1, 1).zeros(3).buffer(), ZSTD_e_end));
  EXPECT_EQ(verdict(update), "bad-stream") << "the frame ends";
}

TEST_F(ScreenDecoderTest, refuses_a_window_above_8_MiB) {
  Liar large(24), largest_allowed(23);
  EXPECT_EQ(verdict(large.key(100, 50, op(wire::solid, 0, 0, 1, 1).zeros(3))), "bad-stream");
  EXPECT_EQ(verdict(largest_allowed.key(100, 50, op(wire::solid, 0, 0, 1, 1).zeros(3))), "ok");
}

TEST_F(ScreenDecoderTest, a_bomb_is_refused_at_64_MiB) {
  Writer resets;  // sound operations, and too many of them
  resets.buffer().assign(wire::kMaxPlain + 1, wire::palette_reset);
  const Buffer bomb = liar_.next(resets);
  EXPECT_LT(bomb.size(), 20'000u);
  EXPECT_EQ(verdict(bomb), "too-large");
}

}  // namespace
}  // namespace godesk::media
