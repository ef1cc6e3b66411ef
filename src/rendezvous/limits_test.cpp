#include "rendezvous/limits.h"

#include <gtest/gtest.h>

namespace godesk::rendezvous {
namespace {

constexpr Time kStart{100s};

TEST(Bucket, GivesABurstThenOnePerPeriod) {
  Bucket bucket;
  const Budget budget{3, 10s};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(kStart, budget), 0s);
  EXPECT_EQ(bucket.take(kStart, budget), 10s);
  EXPECT_EQ(bucket.take(kStart + 4s, budget), 6s) << "asking costs nothing";
  EXPECT_EQ(bucket.take(kStart + 10s, budget), 0s);
  EXPECT_EQ(bucket.take(kStart + 10s, budget), 10s);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(kStart + 1h, budget), 0s);
  EXPECT_GT(bucket.take(kStart + 1h, budget), 0s);
}

TEST(Limiter, KeysAreIndependentAndForgottenWhenFull) {
  Limiter<int> limiter({1, 10s}, 100);
  EXPECT_EQ(limiter.take(kStart, 1), 0s);
  EXPECT_GT(limiter.take(kStart, 1), 0s);
  EXPECT_EQ(limiter.take(kStart, 2), 0s);
  EXPECT_EQ(limiter.size(), 2u);
  EXPECT_EQ(limiter.take(kStart + 10s, 3), 0s);
  EXPECT_EQ(limiter.size(), 1u);
}

TEST(Limiter, AFullTableKeepsTheEmptiestBuckets) {
  Limiter<int> limiter({4, 10s}, 2);
  for (int i = 0; i < 4; ++i) limiter.take(kStart, 1);
  for (int key = 2; key < 100; ++key) EXPECT_EQ(limiter.take(kStart, key), 0s);
  EXPECT_EQ(limiter.size(), 2u);
  EXPECT_GT(limiter.take(kStart, 1), 0s) << "a flood of others does not free it";
}

TEST(Schedule, GivesKeysInTheOrderOfTheirTimes) {
  Schedule<int> schedule;
  schedule.set(1, kStart + 2s);
  schedule.set(2, kStart + 1s);
  schedule.set(1, kStart + 3s);
  EXPECT_EQ(schedule.next(), kStart + 1s);
  EXPECT_EQ(schedule.pop(kStart), std::nullopt);
  EXPECT_EQ(schedule.pop(kStart + 9s), 2);
  EXPECT_EQ(schedule.pop(kStart + 9s), 1);
  EXPECT_EQ(schedule.next(), kNever);
}

}  // namespace
}  // namespace godesk::rendezvous
