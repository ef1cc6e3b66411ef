#include "link/copy_budget.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

TEST(CopyBudget, SpendsItsRoomThenItsRate) {
  CopyBudget budget({{80'000}, {1'000}, {0}});
  const Time start{1s};
  int at_once = 0, in_a_second = 0;
  while (budget.take(start, 100)) ++at_once;
  EXPECT_EQ(at_once, 10);
  for (int i = 1; i <= 1000; ++i) in_a_second += budget.take(start + i * 1ms, 100);
  EXPECT_EQ(in_a_second, 100);
}

}  // namespace
}  // namespace godesk::link
