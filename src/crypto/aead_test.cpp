#include "crypto/aead.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> array_of(std::string_view hex) {
  std::array<std::uint8_t, N> out;
  const Buffer bytes = *from_hex(hex);
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

// Test case 16 of the GCM specification (McGrew and Viega).
const AeadKey kKey = array_of<32>("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
const AeadNonce kNonce = array_of<12>("cafebabefacedbaddecaf888");
const Buffer kAssociated = *from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const Buffer kPlain = *from_hex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
const Buffer kSealed = *from_hex(
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b");

TEST(Aead, specificationVector) {
  EXPECT_EQ(seal(kKey, kNonce, kAssociated, kPlain), kSealed);
  EXPECT_EQ(open(kKey, kNonce, kAssociated, kSealed), kPlain);
}

TEST(Aead, emptyPlainTextIsATagAlone) {
  const Buffer tag = seal(kKey, kNonce, {}, {});
  EXPECT_EQ(tag.size(), kAeadTagSize);
  EXPECT_EQ(open(kKey, kNonce, {}, tag), Buffer{});
}

TEST(Aead, anyChangedBitIsRefused) {
  for (std::size_t i = 0; i < kSealed.size(); ++i) {
    Buffer changed = kSealed;
    changed[i] ^= 1;
    EXPECT_FALSE(open(kKey, kNonce, kAssociated, changed)) << i;
  }
  AeadKey other_key = kKey;
  other_key[0] ^= 1;
  AeadNonce other_nonce = kNonce;
  other_nonce[0] ^= 1;
  EXPECT_FALSE(open(other_key, kNonce, kAssociated, kSealed));
  EXPECT_FALSE(open(kKey, other_nonce, kAssociated, kSealed));
  EXPECT_FALSE(open(kKey, kNonce, {}, kSealed));
}

TEST(Aead, shorterThanATagIsRefused) {
  for (std::size_t n = 0; n < kAeadTagSize; ++n)
    EXPECT_FALSE(open(kKey, kNonce, kAssociated, ByteView(kSealed).first(n)));
}

}  // namespace
}  // namespace godesk::crypto
