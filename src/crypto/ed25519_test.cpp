#include "crypto/ed25519.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

SigningKey key_of(std::string_view hex) {
  SigningKey key;
  const Buffer bytes = *from_hex(hex);
  std::copy_n(bytes.begin(), key.seed.size(), key.seed.begin());
  return key;
}

struct Vector {
  const char *seed, *public_key, *message, *signature;
};

constexpr Vector kRfc8032[] = {
    // RFC 8032 7.1, tests 1 to 3
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f"
     "0595b"
     "be24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2ea"
     "eb430"
     "2aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e"
     "9716e"
     "d28dc027beceea1ec40a"},
};

TEST(Ed25519, rfc8032Vectors) {
  for (const Vector& v : kRfc8032) {
    const SigningKey key = key_of(v.seed);
    const Buffer message = *from_hex(v.message);
    EXPECT_EQ(to_hex(public_key(key).bytes), v.public_key);
    EXPECT_EQ(to_hex(sign(key, message)), v.signature);
    EXPECT_TRUE(verify(public_key(key), message, *from_hex(v.signature)));
  }
}

TEST(Ed25519, refusesChangedMessageKeyAndSignature) {
  const SigningKey key = key_of(kRfc8032[2].seed);
  const Buffer message = *from_hex(kRfc8032[2].message);
  const Signature good = sign(key, message);
  EXPECT_FALSE(verify(public_key(key), bytes_of("other"), good));
  EXPECT_FALSE(verify(public_key(key_of(kRfc8032[0].seed)), message, good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    Signature bad = good;
    bad[i] ^= 0x20;
    EXPECT_FALSE(verify(public_key(key), message, bad)) << i;
  }
  EXPECT_FALSE(verify(public_key(key), message, {}));
  EXPECT_FALSE(verify(public_key(key), message, ByteView(good).first(63)));
}

TEST(Ed25519, aKeyThatIsNoPointVerifiesNothing) {
  PublicKey none;
  none.bytes.fill(0xff);
  EXPECT_FALSE(verify(none, bytes_of("m"), Signature{}));
}

TEST(Ed25519, publicKeyIsExactly32Bytes) {
  EXPECT_TRUE(PublicKey::from(Buffer(32, 1)));
  EXPECT_FALSE(PublicKey::from(Buffer(31, 1)));
  EXPECT_FALSE(PublicKey::from(Buffer(33, 1)));
}

}  // namespace
}  // namespace godesk::crypto
