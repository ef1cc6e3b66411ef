#include "os/pref64_watch.h"

#include <gtest/gtest.h>

#include "ice/nat64.h"

namespace godesk::os {
namespace {

/// As Linux 6.18 handed it to a process without any capability.
Buffer from_kernel() {
  return *from_hex(
      "44000000440000000000000000000000"
      "0a001000030000008600000000000000"
      "2602070820010db80064000000000000"
      "14000100fe80000000000000cc2b4afffe1b8af6");
}

TEST(Pref64Watch, ReadsWhatTheKernelPassesOn) {
  const auto said = pref64_in(from_kernel());
  ASSERT_TRUE(said);
  EXPECT_EQ(said->prefix, (ice::Nat64Prefix{*IpAddress::parse("2001:db8:64::"), 96}));
  EXPECT_EQ(said->lifetime, std::chrono::seconds(1800));
  EXPECT_EQ(ice::nat64_prefix(nat64_answers(said->prefix)), said->prefix);
}

TEST(Pref64Watch, AShortOrOtherMessageSaysNothing) {
  for (std::size_t n = 0; n < 48; ++n) EXPECT_FALSE(pref64_in(ByteView(from_kernel()).first(n))) << n;
  Buffer other = from_kernel();
  other[4] = 16;  // RTM_NEWLINK
  EXPECT_FALSE(pref64_in(other));
  other = from_kernel();
  other[24] = 137;  // a redirect
  EXPECT_FALSE(pref64_in(other));
  other = from_kernel();
  other[18] = other[19] = 0xff;  // options longer than the message
  EXPECT_FALSE(pref64_in(other));
}

}  // namespace
}  // namespace godesk::os
