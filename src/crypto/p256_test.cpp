#include "crypto/p256.h"

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

// SEC 2 2.4.2
constexpr std::string_view kG =
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
constexpr std::string_view kOrder = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view kOrderMinusOne =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";

Scalar small(std::uint8_t value) {
  Buffer bytes(32, 0);
  bytes.back() = value;
  return *Scalar::from_bytes(bytes);
}
Point generator() { return *Point::from_bytes(*from_hex(kG)); }

TEST(P256, multiplesOfTheGenerator) {
  EXPECT_EQ(multiply_base(small(1)), generator());
  EXPECT_EQ(to_hex(multiply_base(small(2)).bytes()),
            "047cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
            "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1");
  EXPECT_EQ(multiply(small(5), generator()), multiply_base(small(5)));
}

TEST(P256, additionAndSubtractionAgreeWithMultiplication) {
  const Point two = multiply_base(small(2));
  const Point three = multiply_base(small(3));
  EXPECT_EQ(add(two, three), multiply_base(small(5)));
  EXPECT_EQ(add(two, two), multiply_base(small(4)));
  EXPECT_EQ(subtract(three, two), generator());
}

TEST(P256, identityIsNothing) {
  const Point minus_g = multiply_base(*Scalar::from_bytes(*from_hex(kOrderMinusOne)));
  EXPECT_FALSE(add(generator(), minus_g));
  EXPECT_FALSE(subtract(generator(), generator()));
}

TEST(P256, compressedPointsAreDecoded) {
  const Point g = generator();
  const std::uint8_t sign = g.bytes()[64] & 1;
  Buffer compressed{static_cast<std::uint8_t>(2 + sign)};
  append(compressed, ByteView(g.bytes()).subspan(1, 32));
  EXPECT_EQ(Point::from_bytes(compressed), g);
  compressed[0] ^= 1;
  EXPECT_EQ(add(*Point::from_bytes(compressed), multiply_base(small(3))), multiply_base(small(2)));
}

TEST(P256, refusesWhatIsNoPoint) {
  const Buffer g = *from_hex(kG);
  EXPECT_FALSE(Point::from_bytes({}));
  EXPECT_FALSE(Point::from_bytes(Buffer{0}));      // SEC 1's identity
  EXPECT_FALSE(Point::from_bytes(Buffer(65, 0)));  // an identity of the right length
  EXPECT_FALSE(Point::from_bytes(ByteView(g).first(64)));
  Buffer changed = g;
  changed[64] ^= 1;
  EXPECT_FALSE(Point::from_bytes(changed)) << "off the curve";
  changed = g;
  changed[0] = 6 + (g[64] & 1);
  EXPECT_FALSE(Point::from_bytes(changed)) << "the hybrid form";
  changed = g;
  changed.push_back(0);
  EXPECT_FALSE(Point::from_bytes(changed)) << "too long";
  Buffer over(65, 0xff);
  over[0] = 4;
  EXPECT_FALSE(Point::from_bytes(over)) << "coordinates beyond the field";
}

TEST(P256, scalarsAreFromOneToOrderMinusOne) {
  EXPECT_FALSE(Scalar::from_bytes(Buffer(32, 0)));
  EXPECT_FALSE(Scalar::from_bytes(*from_hex(kOrder)));
  EXPECT_TRUE(Scalar::from_bytes(*from_hex(kOrderMinusOne)));
  EXPECT_FALSE(Scalar::from_bytes(Buffer(31, 1)));
  EXPECT_FALSE(Scalar::from_wide(Buffer(39, 1)));
  EXPECT_FALSE(Scalar::from_wide(Buffer(65, 1)));
}

TEST(P256, wideScalarsAreReduced) {
  Buffer wide(8, 0);
  append(wide, *from_hex(kOrder));
  EXPECT_FALSE(Scalar::from_wide(wide)) << "n is zero";
  wide.back() += 7;
  EXPECT_EQ(Scalar::from_wide(wide)->bytes(), small(7).bytes());
}

TEST(P256, entropyBecomesAScalar) {
  std::array<std::uint8_t, 48> entropy{};
  EXPECT_EQ(Scalar::from_entropy(entropy).bytes(), small(1).bytes());
  entropy[47] = 9;
  EXPECT_EQ(Scalar::from_entropy(entropy).bytes(), small(9).bytes());
}

}  // namespace
}  // namespace godesk::crypto
