#include "link/unheard.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

TEST(Unheard, GivesBackWhatWasSentSince) {
  Unheard unheard;
  for (std::uint8_t i = 0; i < 5; ++i) unheard.sent(Time{1s} + i * 10ms, Buffer{i});
  unheard.forget(Time{1s} + 20ms);
  EXPECT_EQ(unheard.take(), Buffer{2});
  EXPECT_EQ(unheard.take(), Buffer{3});
  EXPECT_EQ(unheard.take(), Buffer{4});
  EXPECT_FALSE(unheard.take());
}

TEST(Unheard, KeepsTheOldestWithinItsBounds) {
  Unheard unheard({.max_packets = 3, .max_bytes = 250});
  unheard.sent(Time{1s}, Buffer(100, 1));
  unheard.sent(Time{1s}, Buffer(100, 2));
  unheard.sent(Time{1s}, Buffer(100, 3));
  unheard.sent(Time{1s}, Buffer(50, 4));
  unheard.sent(Time{1s}, Buffer(0));
  EXPECT_EQ(unheard.take()->front(), 1);
  EXPECT_EQ(unheard.take()->front(), 2);
  EXPECT_EQ(unheard.take()->front(), 4);
  EXPECT_TRUE(unheard.empty());
  unheard.sent(Time{2s}, Buffer(250, 5));
  EXPECT_EQ(unheard.take()->front(), 5);
}

TEST(Unheard, ForgetsWhatIsOfNoUseAnyMore) {
  Unheard unheard;
  unheard.sent(Time{1s}, Buffer{1});
  unheard.sent(Time{4s}, Buffer{2});
  EXPECT_EQ(unheard.take(), Buffer{2});
}

}  // namespace
}  // namespace godesk::link
