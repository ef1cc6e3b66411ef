#include "link/punch_budget.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

IpAddress ip(std::uint8_t last) { return IpAddress::v4({203, 0, 113, last}); }

TEST(PunchBudget, NoHourSeesMoreThanAThousandPacketsToOneAddress) {
  PunchBudget budget;
  std::deque<Time> sent;
  Time now{};
  for (int i = 0; i < 20000; ++i) {
    now += 1s;
    if (budget.take_packet(now, ip(1))) sent.push_back(now);
    while (!sent.empty() && now - sent.front() >= std::chrono::hours(1)) sent.pop_front();
    ASSERT_LE(sent.size(), 1000u);
  }
  EXPECT_GE(sent.size(), 900u) << "what is old is forgotten";
}

TEST(PunchBudget, ABurstIsCountedOneByOne) {
  PunchBudget budget;
  const Time now{};
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(budget.take_packet(now, ip(1)));
  EXPECT_FALSE(budget.take_packet(now, ip(1)));
  EXPECT_FALSE(budget.take_packet(now + 59min, ip(1)));
  EXPECT_TRUE(budget.take_packet(now, ip(2))) << "another address has its own";
  EXPECT_EQ(budget.packets_left(now, ip(1)), 0u);
  EXPECT_EQ(budget.packets_left(now, ip(2)), 999u);
  EXPECT_TRUE(budget.take_packet(now + 61min, ip(1)));
}

TEST(PunchBudget, ThreeRunsAnHour) {
  PunchBudget budget;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take_run(Time{} + i * 10min));
  EXPECT_FALSE(budget.take_run(Time{} + 59min));
  EXPECT_TRUE(budget.take_run(Time{} + 60min));
  EXPECT_FALSE(budget.take_run(Time{} + 61min));
}

TEST(PunchBudget, TargetsAreBounded) {
  PunchBudget budget;
  for (int i = 0; i < 64; ++i)
    EXPECT_TRUE(budget.take_packet(Time{}, IpAddress::v4(0x01000000u + static_cast<std::uint32_t>(i))));
  EXPECT_FALSE(budget.take_packet(Time{}, ip(1)));
  EXPECT_TRUE(budget.take_packet(Time{} + 2h, ip(1)));
}

}  // namespace
}  // namespace godesk::link
