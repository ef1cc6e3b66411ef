#include "ice/nat64.h"

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

IpAddress ip(const char* text) { return *IpAddress::parse(text); }

struct Row {
  int bits;
  const char* network;
  const char* address;
};

// RFC 6052 2.4, of 192.0.2.33.
const Row kRows[] = {
    {32, "2001:db8::", "2001:db8:c000:221::"},
    {40, "2001:db8:100::", "2001:db8:1c0:2:21::"},
    {48, "2001:db8:122::", "2001:db8:122:c000:2:2100::"},
    {56, "2001:db8:122:300::", "2001:db8:122:3c0:0:221::"},
    {64, "2001:db8:122:344::", "2001:db8:122:344:c0:2:2100::"},
    {96, "2001:db8:122:344::", "2001:db8:122:344::c000:221"},
};

TEST(Nat64, WritesAndReadsTheAddressesOfTheStandard) {
  for (const Row& row : kRows) {
    const Nat64Prefix prefix{ip(row.network), row.bits};
    EXPECT_EQ(nat64_address(prefix, ip("192.0.2.33")), ip(row.address)) << row.bits;
    EXPECT_EQ(nat64_embedded(prefix, ip(row.address)), ip("192.0.2.33")) << row.bits;
  }
  EXPECT_EQ(nat64_endpoint({ip("64:ff9b::"), 96}, *Endpoint::parse("192.0.2.1:5")),
            *Endpoint::parse("[64:ff9b::c000:201]:5"));
}

TEST(Nat64, AnotherPrefixHoldsNoAddress) {
  const Nat64Prefix prefix{ip("64:ff9b::"), 96};
  EXPECT_FALSE(nat64_embedded(prefix, ip("2001:db8::c000:201")));
  EXPECT_FALSE(nat64_embedded(prefix, ip("192.0.2.1")));
}

TEST(Nat64, LearnsThePrefixOfEachLengthFromTheResolversAnswers) {
  for (const Row& row : kRows) {
    const Nat64Prefix prefix{ip(row.network), row.bits};
    for (const char* known : {"192.0.0.170", "192.0.0.171"})
      EXPECT_EQ(nat64_prefix({ip("192.0.0.170"), nat64_address(prefix, ip(known))}), prefix) << row.bits;
  }
  EXPECT_EQ(nat64_prefix({ip("64:ff9b::192.0.0.171")}), (Nat64Prefix{ip("64:ff9b::"), 96}));
}

TEST(Nat64, WithoutNat64ThereIsNoPrefix) {
  EXPECT_FALSE(nat64_prefix({}));
  EXPECT_FALSE(nat64_prefix({ip("192.0.0.170"), ip("192.0.0.171")}));
  EXPECT_FALSE(nat64_prefix({ip("2001:db8::1")}));
}

}  // namespace
}  // namespace godesk::ice
