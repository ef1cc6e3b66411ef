#include "crypto/hash.h"

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

TEST(Hash, knownDigests) {  // FIPS 180-4 and RFC 1321 examples
  EXPECT_EQ(to_hex(sha256(bytes_of("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha1(bytes_of("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(md5(bytes_of("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Hash, hmacOfRfc4231AndRfc2202) {
  const ByteView key = bytes_of("Jefe");
  const ByteView message = bytes_of("what do ya want for nothing?");
  EXPECT_EQ(to_hex(hmac_sha256(key, message)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha1(key, message)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Hash, hmacTakesEmptyKeysAndMessages) {
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(to_hex(hmac_sha1({}, {})), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
  hmac_sha256(bytes_of("another key in between"), bytes_of("x"));
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hash, keysLongerThanABlockAreHashedFirst) {  // RFC 4231 case 6
  const Buffer key(131, 0xaa);
  EXPECT_EQ(to_hex(hmac_sha256(key, bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace godesk::crypto
