#include "base/address.h"

#include <gtest/gtest.h>

namespace godesk {
namespace {

TEST(IpAddress, PrintsWhatItParsed) {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1",
                           "fe80::1:0:0:1", "64:ff9b::c000:201", "1:2:3:4:5:6:7:8", "2001:db8:0:1::"}) {
    auto ip = IpAddress::parse(text);
    ASSERT_TRUE(ip) << text;
    EXPECT_EQ(ip->to_string(), text);
  }
}

TEST(IpAddress, AcceptsOtherSpellings) {
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1")->unmapped().to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0:0:0:0:1")->to_string(), "2001:db8::1");
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", ":", ":::", "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3", "1.2.3.4::", "[::1]", "1:", "::g"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(Endpoint, RoundTripsAndRefuses) {
  EXPECT_EQ(Endpoint::parse("192.0.2.1:5")->to_string(), "192.0.2.1:5");
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:65535")->to_string(), "[2001:db8::1]:65535");
  for (const char* text :
       {"192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "[192.0.2.1]:5", "::1:5", "2001:db8::1:5", "[::1]"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(Cidr, ContainsItsOwn) {
  EXPECT_TRUE(Cidr::parse("10.0.0.0/8")->contains(*IpAddress::parse("10.255.0.1")));
  EXPECT_FALSE(Cidr::parse("10.0.0.0/8")->contains(*IpAddress::parse("11.0.0.1")));
  EXPECT_TRUE(Cidr::parse("2001:db8::/29")->contains(*IpAddress::parse("2001:dbf::1")));
  EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("::1")));
  EXPECT_TRUE(Cidr::parse("192.0.2.7")->contains(*IpAddress::parse("192.0.2.7")));
  EXPECT_FALSE(Cidr::parse("10.0.0.0/33"));
}

TEST(IpAddress, KnowsItsKind) {
  EXPECT_TRUE(IpAddress::parse("100.64.0.1")->is_private());
  EXPECT_FALSE(IpAddress::parse("100.128.0.1")->is_private());
  EXPECT_TRUE(IpAddress::parse("fd00::1")->is_private());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("ff02::1")->is_multicast());
  EXPECT_TRUE(IpAddress::parse("169.254.1.1")->is_link_local());
  for (const char* local : {"10.0.0.1", "127.0.0.1", "169.254.1.1", "::1", "fe80::1", "fd00::1"})
    EXPECT_TRUE(IpAddress::parse(local)->is_local()) << local;
  for (const char* global : {"198.51.100.1", "2001:db8::1"})
    EXPECT_FALSE(IpAddress::parse(global)->is_local()) << global;
}

}  // namespace
}  // namespace godesk
