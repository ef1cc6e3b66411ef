#include "crypto/hkdf.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

TEST(Hkdf, rfc5869Case1) {
  const Buffer key_material(22, 0x0b);
  EXPECT_EQ(to_hex(hkdf_sha256(*from_hex("000102030405060708090a0b0c"), key_material,
                               *from_hex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(Hkdf, rfc5869Case3HasNeitherSaltNorInfo) {
  const Buffer key_material(22, 0x0b);
  EXPECT_EQ(to_hex(hkdf_sha256({}, key_material, {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, lengthsUpTo255Blocks) {
  EXPECT_TRUE(hkdf_sha256({}, {}, {}, 0).empty());
  EXPECT_EQ(hkdf_sha256({}, {}, {}, 255 * 32).size(), 255u * 32);
  EXPECT_THROW(hkdf_sha256({}, {}, {}, 255 * 32 + 1), std::logic_error);
}

}  // namespace
}  // namespace godesk::crypto
