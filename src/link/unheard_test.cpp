#include "link/unheard.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

constexpr ice::PairId kStandby{2}, kThird{3};

struct UnheardTest : testing::Test {
  Buffer copied(Unheard& unheard, ice::PairId to) {
    Buffer firsts;
    unheard.copy_to(to, [&](ByteView bytes) { firsts.push_back(bytes[0]); });
    return firsts;
  }
  Buffer moved(Unheard& unheard, Time now, ice::PairId to) {
    Buffer firsts;
    unheard.move_to(now, to, [&](ByteView bytes) { firsts.push_back(bytes[0]); });
    return firsts;
  }
};

TEST_F(UnheardTest, GivesWhatWasSentSinceOnceToEachPath) {
  Unheard unheard;
  for (std::uint8_t i = 0; i < 5; ++i) unheard.sent(Time{1s} + i * 10ms, Buffer{i});
  unheard.forget(Time{1s} + 20ms);
  EXPECT_EQ(copied(unheard, kStandby), (Buffer{2, 3, 4}));
  EXPECT_EQ(copied(unheard, kStandby), Buffer());
  unheard.sent(Time{1s} + 50ms, Buffer{5}, kStandby);
  EXPECT_EQ(copied(unheard, kStandby), Buffer());
}

TEST_F(UnheardTest, APathThatHasThemAllGetsNothingWhenItIsTaken) {
  Unheard unheard;
  unheard.sent(Time{1s}, Buffer{1});
  unheard.sent(Time{1s}, Buffer{2}, kStandby);
  EXPECT_EQ(copied(unheard, kStandby), Buffer{1});
  EXPECT_EQ(moved(unheard, Time{2s}, kStandby), Buffer());
}

TEST_F(UnheardTest, AThirdPathGetsThemAllWhenBothAreDead) {
  Unheard unheard;
  unheard.sent(Time{1s}, Buffer{1});
  unheard.sent(Time{1s}, Buffer{2}, kStandby);
  copied(unheard, kStandby);
  EXPECT_EQ(moved(unheard, Time{2s}, kThird), (Buffer{1, 2}));
  // And may swallow them as well.
  unheard.forget(Time{2s});
  EXPECT_EQ(copied(unheard, kStandby), (Buffer{1, 2}));
}

TEST_F(UnheardTest, KeepsTheOldestWithinItsBounds) {
  Unheard unheard({.max_packets = 3, .max_bytes = 250});
  unheard.sent(Time{1s}, Buffer(100, 1));
  unheard.sent(Time{1s}, Buffer(100, 2));
  unheard.sent(Time{1s}, Buffer(100, 3));
  unheard.sent(Time{1s}, Buffer(50, 4));
  unheard.sent(Time{1s}, Buffer(1, 5));
  EXPECT_EQ(copied(unheard, kStandby), (Buffer{1, 2, 4}));
  unheard.clear();
  EXPECT_TRUE(unheard.empty());
  unheard.sent(Time{2s}, Buffer(250, 5));
  EXPECT_EQ(copied(unheard, kStandby), Buffer{5});
}

TEST_F(UnheardTest, ForgetsWhatIsOfNoUseAnyMore) {
  Unheard unheard;
  unheard.sent(Time{1s}, Buffer{1});
  unheard.sent(Time{4s}, Buffer{2});
  EXPECT_EQ(copied(unheard, kStandby), Buffer{2});
}

}  // namespace
}  // namespace godesk::link
