#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/units.h"

namespace godesk {
namespace {

TEST(Reader, ReadsBigEndianAndFailsAtTheEnd) {
  const Buffer bytes = {1, 2, 3, 4, 5, 6, 7};
  Reader r(bytes);
  EXPECT_EQ(r.u8(), 1);
  EXPECT_EQ(r.u16(), 0x0203);
  EXPECT_EQ(r.u32(), 0x04050607u);
  EXPECT_FALSE(r.failed());
  EXPECT_EQ(r.u8(), 0);
  EXPECT_TRUE(r.failed());
}

TEST(Writer, IsTheReadersInverse) {
  Buffer bytes = Writer().u8(1).u16(2).u32(3).u64(4).bytes(bytes_of("x")).take();
  Reader r(bytes);
  EXPECT_EQ(r.u8(), 1);
  EXPECT_EQ(r.u16(), 2);
  EXPECT_EQ(r.u32(), 3u);
  EXPECT_EQ(r.u64(), 4u);
  EXPECT_EQ(text_of(r.take(1)), "x");
  EXPECT_TRUE(r.empty());
}

TEST(Encoding, MatchesRfc4648) {
  EXPECT_EQ(to_base64(bytes_of("f")), "Zg==");
  EXPECT_EQ(to_base64(bytes_of("foobar")), "Zm9vYmFy");
  EXPECT_EQ(to_base64url(Buffer{0xfb, 0xff}), "-_8");
  EXPECT_EQ(from_base64url("-_8"), (Buffer{0xfb, 0xff}));
  for (const char* text : {"Zg=", "Z", "-_9", "+/8", "Zg=="}) EXPECT_FALSE(from_base64url(text)) << text;
  EXPECT_EQ(to_hex(Buffer{0, 0xaf}), "00af");
  EXPECT_EQ(from_hex("00af"), (Buffer{0, 0xaf}));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

struct CountingRandom final : Random {
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = next += 7;
  }
  std::uint8_t next = 0;
};

TEST(Random, BelowStaysBelow) {
  CountingRandom random;
  for (std::uint32_t bound : {1u, 2u, 10u, 1000u, 0x80000001u}) {
    for (int i = 0; i < 100; ++i) EXPECT_LT(random.below(bound), bound);
  }
}

TEST(Units, RateTimesTimeIsBytes) { EXPECT_EQ((BitsPerSecond{8'000'000} * 500ms).n, 500'000); }

}  // namespace
}  // namespace godesk
