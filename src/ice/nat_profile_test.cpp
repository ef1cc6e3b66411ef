#include "ice/nat_profile.h"

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

NatProfile full() {
  NatProfile p;
  p.mapping = Mapping::address_and_port_dependent;
  p.filtering = Filtering::address_dependent;
  p.allocation = Allocation::block;
  p.step = -2;
  p.flows_per_second = 500;
  p.block_base = 64512;
  p.block_size = 1024;
  p.last_port = 64700;
  p.last_port_age = 1500ms;
  p.mapping_life = 75s;
  p.distance = 3;
  p.udp_blocked = p.proxy = p.ipv6 = true;
  p.hairpin = true;
  p.ipv6_filtered = false;
  p.outside = *IpAddress::parse("198.51.100.7");
  p.nat64 = Nat64Prefix{*IpAddress::parse("64:ff9b::"), 96};
  return p;
}

TEST(NatProfile, TravelsWhole) {
  const Buffer bytes = encode_profile(full());
  EXPECT_EQ(bytes.size(), kMaxProfileBytes);
  const auto back = decode_profile(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, full());
}

TEST(NatProfile, WhatIsUnknownStaysUnknown) {
  const auto back = decode_profile(encode_profile({}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, NatProfile{});
}

TEST(NatProfile, EveryTruncationAndEveryTailIsRefused) {
  Buffer bytes = encode_profile(full());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto r = decode_profile(ByteView(bytes).first(n));
    ASSERT_FALSE(r.ok()) << n;
    EXPECT_EQ(r.reason(), ProfileError::truncated) << n;
  }
  bytes.push_back(0);
  EXPECT_EQ(decode_profile(bytes).reason(), ProfileError::trailing_bytes);
}

TEST(NatProfile, WhatNobodySendsIsRefused) {
  struct Case {
    std::size_t at;
    std::uint8_t value;
    ProfileError why;
  };
  const Case cases[] = {
      {0, 2, ProfileError::bad_version},   // version
      {1, 128, ProfileError::bad_value},   // an undefined flag
      {1, 4, ProfileError::bad_value},     // hairpins, but it is not known whether
      {1, 32, ProfileError::bad_value},    // filters IPv6, but it is not known whether
      {2, 5, ProfileError::bad_value},     // mapping
      {3, 4, ProfileError::bad_value},     // filtering
      {4, 5, ProfileError::bad_value},     // allocation
      {12, 255, ProfileError::bad_value},  // the block ends above 65535
      {22, 3, ProfileError::bad_value},    // no address is 3 bytes long
      {28, 33, ProfileError::bad_value},   // no prefix has 33 bits
      {40, 1, ProfileError::bad_value},    // bits below the prefix: 96 of 96 are fine, so cut it first
  };
  for (const Case& c : cases) {
    Buffer bytes = encode_profile(full());
    bytes[c.at] = c.value;
    if (c.at == 40) bytes[28] = 64;
    const auto r = decode_profile(bytes);
    ASSERT_FALSE(r.ok()) << c.at;
    EXPECT_EQ(r.reason(), c.why) << c.at;
  }
}

TEST(NatProfile, FieldsAreCutToWhatTheyHold) {
  NatProfile p;
  p.mapping_life = std::chrono::hours(24 * 30);
  p.last_port_age = -1s;
  const auto back = decode_profile(encode_profile(p));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->mapping_life, 65535s);
  EXPECT_EQ(back->last_port_age, 0ms);
}

TEST(NatProfile, OnlyDestinationDependentMappingsAreSymmetric) {
  NatProfile p;
  EXPECT_FALSE(symmetric(p));
  p.mapping = Mapping::endpoint_independent;
  EXPECT_FALSE(symmetric(p));
  p.mapping = Mapping::address_dependent;
  EXPECT_TRUE(symmetric(p));
  p.mapping = Mapping::address_and_port_dependent;
  EXPECT_TRUE(symmetric(p));
}

}  // namespace
}  // namespace godesk::ice
