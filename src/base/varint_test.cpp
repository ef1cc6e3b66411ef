#include "base/varint.h"

#include <gtest/gtest.h>

namespace godesk {
namespace {

std::string put(std::uint64_t value) {
  Writer out;
  return to_hex(put_varint(out, value).buffer());
}

std::optional<std::uint64_t> taken(std::string_view hex) {
  const Buffer bytes = *from_hex(hex);
  Reader in(bytes);
  const std::uint64_t value = take_varint(in);
  if (in.failed() || !in.empty()) return std::nullopt;
  return value;
}

// The samples of RFC 9000 A.1.
TEST(Varint, HasTheFormOfQuic) {
  EXPECT_EQ(put(151288809941952652), "c2197c5eff14e88c");
  EXPECT_EQ(put(494878333), "9d7f3e7d");
  EXPECT_EQ(put(15293), "7bbd");
  EXPECT_EQ(put(37), "25");
}

TEST(Varint, ComesBackAtEveryEdge) {
  for (std::uint64_t edge :
       {std::uint64_t{1} << 6, std::uint64_t{1} << 14, std::uint64_t{1} << 30, kMaxVarint})
    for (std::uint64_t value : {edge - 1, edge, std::min(edge + 1, kMaxVarint)})
      EXPECT_EQ(taken(put(value)), value);
  EXPECT_EQ(taken(put(0)), 0u);
}

TEST(Varint, LongerThanNeededOrCutIsRefused) {
  EXPECT_FALSE(taken("4025"));  // 37 in two bytes, as RFC 9000 A.1 has it
  EXPECT_FALSE(taken("80003fff"));
  EXPECT_FALSE(taken("c00000003fffffff"));
  EXPECT_FALSE(taken("7b"));
  EXPECT_FALSE(taken("9d7f3e"));
  EXPECT_FALSE(taken(""));
}

}  // namespace
}  // namespace godesk
