#include "host/keymap_pool.h"

#include <gmock/gmock.h>

namespace godesk::host {
namespace {

class PoolTest : public testing::Test {
 protected:
  PoolTest() { pool_.reset({100, 101}, 2); }
  std::vector<Slot> lend(std::vector<Keysym> wanted, Time now) {
    std::vector<Slot> slots;
    for (const Binding& b : pool_.plan(wanted, now).bindings) slots.push_back(b.slot);
    return slots;
  }
  void use(Keysym keysym, Time now) { pool_.used(*pool_.find(keysym), now); }

  KeymapPool pool_{{300ms, 20ms}};
  Time t0_{10s};
};

TEST_F(PoolTest, LevelsThatNeedNoModifierGoFirst) {
  EXPECT_THAT(lend({1, 2, 3}, t0_), testing::ElementsAre(Slot{100, 0}, Slot{101, 0}, Slot{100, 1}));
  EXPECT_EQ(pool_.find(3), (Slot{100, 1}));
}

TEST_F(PoolTest, TheOneThatRestedLongestIsReused) {
  lend({1, 2, 3, 4}, t0_);
  for (Keysym k : {3, 1, 2, 4}) use(k, t0_ + k * 10ms);
  EXPECT_THAT(lend({5}, t0_ + 1s), testing::ElementsAre(Slot{100, 0}));
  EXPECT_FALSE(pool_.find(1));
  EXPECT_TRUE(pool_.find(2));
}

TEST_F(PoolTest, NothingIsReboundWhileAPressMayWaitToBeTranslated) {
  lend({1, 2, 3, 4}, t0_);
  for (Keysym k : {1, 2, 3, 4}) use(k, t0_);
  const auto plan = pool_.plan(std::vector<Keysym>{5}, t0_ + 299ms);
  EXPECT_TRUE(plan.bindings.empty());
  EXPECT_EQ(plan.retry_at, t0_ + 300ms);
  EXPECT_EQ(lend({5}, t0_ + 300ms).size(), 1u);
}

TEST_F(PoolTest, AProgramThatSaysItKeptUpShortensTheRest) {
  lend({1, 2, 3, 4}, t0_);
  for (Keysym k : {1, 2, 3, 4}) use(k, t0_ + k * 1ms);
  pool_.handled(t0_ + 2ms);
  EXPECT_THAT(lend({5, 6}, t0_ + 30ms), testing::ElementsAre(Slot{100, 0}, Slot{101, 0}));
  EXPECT_TRUE(lend({7}, t0_ + 30ms).size() == 1u) << "5 and 6 were not pressed yet";
}

TEST_F(PoolTest, WhatIsWantedKeepsItsPlace) {
  lend({1, 2, 3, 4}, t0_);
  EXPECT_THAT(lend({1, 2, 5, 3}, t0_ + 1s), testing::ElementsAre(Slot{101, 1}));
  for (Keysym k : {1, 2, 3, 5}) EXPECT_TRUE(pool_.find(k)) << k;
}

TEST_F(PoolTest, WithoutSpareKeysThereIsNothingToWaitFor) {
  pool_.reset({}, 8);
  const auto plan = pool_.plan(std::vector<Keysym>{5}, t0_);
  EXPECT_TRUE(plan.bindings.empty());
  EXPECT_EQ(plan.retry_at, kNever);
}

}  // namespace
}  // namespace godesk::host
