#include "link/copy_budget.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

TEST(CopyBudget, SpendsItsRoomThenItsRate) {
  CopyBudget budget({{80'000}, {1'000}, {0}});
  const Time start{1s};
  int at_once = 0, in_a_second = 0;
  while (budget.take(start, 100, false)) ++at_once;
  EXPECT_EQ(at_once, 10);
  for (int i = 1; i <= 1000; ++i) in_a_second += budget.take(start + i * 1ms, 100, false);
  EXPECT_EQ(in_a_second, 100);
}

TEST(CopyBudget, AcknowledgementsLeaveRoomForAKeyStroke) {
  CopyBudget budget({{80'000}, {1'000}, {0}});
  for (int i = 0; i < 1000; ++i) budget.take(Time{1s} + i * 1ms, 50, true);
  EXPECT_FALSE(budget.take(Time{2s}, 60, true));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(budget.take(Time{2s}, 90, false)) << i;
}

}  // namespace
}  // namespace godesk::link
