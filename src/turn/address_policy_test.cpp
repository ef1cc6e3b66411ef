#include "turn/address_policy.h"

#include <gtest/gtest.h>

#include "turn/test_addresses.h"

namespace godesk::turn {
namespace {

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

bool allowed(const AddressPolicy& policy, const char* text) {
  auto normal = normalise(ip(text));
  return normal && policy.allows(*normal);
}

TEST(AddressPolicy, RefusesEverythingThatIsNotGlobalUnicast) {
  static_assert(std::size(kForbiddenAddresses) >= 60);
  for (const char* text : kForbiddenAddresses) EXPECT_FALSE(allowed({}, text)) << text;
}

TEST(AddressPolicy, AllowsPublicAndDocumentationAddresses) {
  for (const char* text :
       {"1.1.1.1",        "8.8.8.8",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",    "126.255.255.255", "128.0.0.1",       "169.253.1.1",     "172.15.255.255",
        "172.32.0.0",     "192.0.1.1",       "192.0.2.1",       "192.167.1.1",     "192.169.0.1",
        "198.17.255.255", "198.20.0.0",      "198.51.100.7",    "203.0.113.7",     "223.255.255.255",
        "2001:db8::1",    "2001:200::1",     "2003::1",         "2606:4700::1111", "2a00:1450::1",
        "::ffff:8.8.8.8", "::8.8.8.8",       "64:ff9b::8.8.8.8"})
    EXPECT_TRUE(allowed({}, text)) << text;
}

TEST(AddressPolicy, UnwrapsIpv4BeforeItIsUsed) {
  for (const char* text : {"::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "::10.0.0.1"})
    EXPECT_EQ(normalise(ip(text)), ip("10.0.0.1"));
  EXPECT_EQ(normalise(ip("2001:db8::10.0.0.1")), ip("2001:db8::10.0.0.1"));
  EXPECT_FALSE(normalise(ip("2002:808:808::1")));
  EXPECT_FALSE(normalise(ip("2001:0:808:808::1")));
}

TEST(AddressPolicy, ConfigurationOpensAndDenies) {
  AddressPolicy policy({.allow = {*Cidr::parse("10.1.0.0/16")}, .deny = {*Cidr::parse("10.1.2.0/24")}});
  EXPECT_TRUE(allowed(policy, "10.1.3.4"));
  EXPECT_TRUE(allowed(policy, "::ffff:10.1.3.4"));
  EXPECT_FALSE(allowed(policy, "10.1.2.4"));
  EXPECT_FALSE(allowed(policy, "10.2.0.1"));
  AddressPolicy quiet({.deny = {*Cidr::parse("203.0.113.0/24")}});
  EXPECT_FALSE(allowed(quiet, "203.0.113.7"));
}

TEST(AddressPolicy, OwnAddressesNeedTheirVeryName) {
  AddressPolicy policy({.allow = {*Cidr::parse("10.0.0.0/8")}});
  policy.set_own({ip("10.0.0.5"), ip("203.0.113.5"), ip("2001:db8::5")});
  policy.add_own(ip("198.51.100.5"));
  for (const char* text : {"10.0.0.5", "203.0.113.5", "2001:db8::5", "198.51.100.5", "::ffff:203.0.113.5"})
    EXPECT_FALSE(allowed(policy, text)) << text;
  EXPECT_TRUE(allowed(policy, "10.0.0.6"));
  AddressPolicy open({.allow = {*Cidr::parse("127.0.0.1")}});
  open.set_own({ip("127.0.0.1")});
  EXPECT_TRUE(allowed(open, "127.0.0.1"));
  EXPECT_FALSE(allowed(open, "127.0.0.2"));
}

}  // namespace
}  // namespace godesk::turn
