#include "ice/pref64.h"

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
Buffer hex(const char* text) { return *from_hex(text); }

TEST(Pref64, ReadsWhatARouterSays) {
  // As a Linux kernel hands it on: 1800 s, 2001:db8:64::/96.
  const auto said = decode_pref64(hex("2602070820010db80064000000000000"));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->prefix, (Nat64Prefix{ip("2001:db8:64::"), 96}));
  EXPECT_EQ(said->lifetime, std::chrono::seconds(1800));
}

TEST(Pref64, EveryLengthAndTheLongestLifetime) {
  for (int bits : {96, 64, 56, 48, 40, 32}) {
    const Pref64 told{{ip("2001:db8:122:344::").prefix(bits), bits}, std::chrono::seconds(65528)};
    EXPECT_EQ(decode_pref64(encode_pref64(told)), told) << bits;
  }
  EXPECT_EQ(decode_pref64(encode_pref64({{ip("64:ff9b::"), 96}, std::chrono::seconds(0)}))->lifetime.count(),
            0);
}

TEST(Pref64, RefusesEverythingElse) {
  for (const char* option : {
           "", "26",
           "2602070820010db800640000000000",      // truncated
           "2602070820010db8006400000000000000",  // goes on
           "2502070820010db80064000000000000",    // another option
           "2603070820010db80064000000000000",    // another length
           "2602070e20010db80064000000000000",    // no such prefix length
           "2602070920010db80064000000000001",    // a bit behind a /64
           "2602070820010db80064000001000000",    // one in the reserved byte
       })
    EXPECT_FALSE(decode_pref64(hex(option))) << option;
}

}  // namespace
}  // namespace godesk::ice
