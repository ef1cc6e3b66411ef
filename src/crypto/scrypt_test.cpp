#include "crypto/scrypt.h"

#include <gtest/gtest.h>

namespace godesk::crypto {
namespace {

TEST(Scrypt, rfc7914Vectors) {
  EXPECT_EQ(to_hex(*scrypt({}, {}, {.n = 16, .r = 1, .p = 1}, 64)),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  EXPECT_EQ(to_hex(*scrypt(bytes_of("pleaseletmein"), bytes_of("SodiumChloride"), {16384, 8, 1}, 64)),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
}

TEST(Scrypt, theLargestAcceptableWorks) {
  EXPECT_TRUE(scrypt(bytes_of("p"), bytes_of("s"), {kMaxScryptN, 8, 1}, 16));
}

TEST(Scrypt, refusesWhatWouldBurnTheMachine) {
  for (const ScryptParameters& bad : {
           ScryptParameters{kMaxScryptN * 2, 1, 1},
           ScryptParameters{kMaxScryptN, 9, 1},
           ScryptParameters{2, UINT32_MAX, 1},
           ScryptParameters{1024, 8, kMaxScryptP + 1},
           ScryptParameters{1000, 8, 1},
           ScryptParameters{1, 8, 1},
           ScryptParameters{0, 8, 1},
           ScryptParameters{1024, 0, 1},
           ScryptParameters{1024, 8, 0},
       })
    EXPECT_FALSE(scrypt(bytes_of("p"), bytes_of("s"), bad, 16)) << bad.n << " " << bad.r << " " << bad.p;
}

}  // namespace
}  // namespace godesk::crypto
