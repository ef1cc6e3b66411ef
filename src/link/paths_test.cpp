#include "link/paths.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godesk::link {
namespace {

using ice::PairId;
using testing::Contains;
using testing::IsEmpty;

constexpr PairId kRelay{1}, kDirect{2}, kLan{3};

struct PathsTest : testing::Test {
  explicit PathsTest(bool caller = true) : paths({.caller = caller}) {}

  ice::PairInfo& add(PairId id, bool relay, Duration rtt = 40ms) {
    ice::PairInfo pair;
    pair.id = id;
    pair.state = ice::PairState::valid;
    pair.local_type = relay ? ice::CandidateType::relay : ice::CandidateType::host;
    pair.rtt = rtt;
    pair.last_sent = now - rtt;
    pair.last_received = pair.last_answer = now;
    pairs.push_back(pair);
    return pairs.back();
  }
  ice::PairInfo& pair(PairId id) {
    return *std::find_if(pairs.begin(), pairs.end(), [&](auto& p) { return p.id == id; });
  }
  Paths::Wishes decide() {
    paths.refresh(now, pairs);
    Paths::Wishes wishes = paths.decide(now, rate);
    for (PairId id : wishes.lost) pair(id).state = ice::PairState::lost;
    return wishes;
  }
  Paths::Wishes after(Duration wait) {
    now += wait;
    return decide();
  }
  /// Half a second in which every padded check is answered, but for the lost ones; gives the last wish to
  /// move.
  std::optional<PairId> load_test(std::size_t lost = 0) {
    std::optional<PairId> moved;
    for (int i = 0; i < 500 && !moved; ++i) {
      const Paths::Wishes wishes = after(1ms);
      for (const auto& probe : wishes.probe) {
        ++probes;
        if (probes > lost) paths.probed(now, probe.pair, probe.bytes);
      }
      for (auto& p : pairs) p.last_received = now;
      moved = wishes.nominate;
    }
    return moved;
  }
  void hear(PairId id) { pair(id).last_received = now; }
  void send(PairId id) {
    pair(id).last_sent = now;
    paths.sent(now, id, 100);
  }

  Time now{10s};
  BitsPerSecond rate;
  std::size_t probes = 0;
  std::vector<ice::PairInfo> pairs;
  Paths paths;
};
struct HostPathsTest : PathsTest {
  HostPathsTest() : PathsTest(false) {}
};

TEST_F(PathsTest, WithoutPathsThereIsNoRoute) {
  EXPECT_FALSE(decide().nominate);
  EXPECT_FALSE(paths.current());
  EXPECT_FALSE(paths.route(now).first);
  EXPECT_EQ(paths.next_deadline(), kNever);
}

TEST_F(PathsTest, TheFirstPathIsUsedAtOnceAndNominated) {
  add(kRelay, true);
  EXPECT_EQ(decide().nominate, kRelay);
  EXPECT_EQ(paths.current(), kRelay);
  EXPECT_FALSE(paths.route(now).second);
}

TEST_F(PathsTest, TowardsDirectPacketsGoBothWaysForAWhile) {
  add(kRelay, true);
  decide();
  add(kDirect, false);
  EXPECT_EQ(load_test(), kDirect);
  EXPECT_EQ(paths.route(now).first, kDirect);
  EXPECT_EQ(paths.route(now).second, kRelay);
  EXPECT_TRUE(paths.route(now + 99ms).everything);
  EXPECT_FALSE(paths.route(now + 100ms).everything);
}

TEST_F(PathsTest, APathThatDoesNotBearTheLoadIsNotTaken) {
  add(kRelay, true);
  decide();
  add(kDirect, false);
  rate = {10'000'000};  // 50 kB in an RTT of 40 ms: 41 padded checks
  EXPECT_FALSE(load_test(12));
  EXPECT_EQ(paths.current(), kRelay);
  EXPECT_EQ(probes, 41u);
  EXPECT_EQ(paths.route(now).first, kRelay);
  for (int i = 0; i < 10; ++i) {
    pair(kDirect).last_answer = now;
    paths.sampled();
    if (load_test() == kDirect) break;
  }
  EXPECT_EQ(paths.current(), kDirect) << "tried again after a while";
}

TEST_F(PathsTest, AFewLostOfAFewAreChance) {
  add(kRelay, true);
  decide();
  add(kDirect, false);
  rate = {1'000'000};
  EXPECT_EQ(load_test(1), kDirect);
  EXPECT_EQ(probes, 8u);
}

TEST_F(PathsTest, APathThatDiesAgainAndAgainMustProveItselfLonger) {
  add(kRelay, true);
  add(kDirect, false);
  decide();
  std::vector<Duration> away;
  for (int death = 0; death < 4; ++death) {
    after(1ms);
    send(kDirect);
    for (int i = 0; i < 9; ++i) {
      hear(kRelay);
      after(100ms);
    }
    ASSERT_EQ(paths.current(), kRelay);
    pair(kDirect).state = ice::PairState::valid;
    pair(kDirect).last_received = now;
    const Time back = now;
    while (paths.current() != kDirect && now - back < 60s) {
      paths.sampled();
      load_test();
    }
    away.push_back(now - back);
  }
  EXPECT_LT(away[0], 1s);
  EXPECT_GE(away[1], 2s);
  EXPECT_GE(away[2], 4s);
  EXPECT_GE(away[3], 8s);
  EXPECT_LE(away[3], 10s);
}

TEST_F(PathsTest, FourAreKeptWarm) {
  add(kRelay, true);
  for (std::uint32_t i = 2; i < 9; ++i) add(PairId{i}, false, 40ms + i * 1ms);
  EXPECT_THAT(decide().warm, testing::ElementsAre(PairId{2}, kRelay, PairId{3}, PairId{4}));
}

TEST_F(PathsTest, TheMtuIsThatOfTheWayTaken) {
  add(kRelay, true);
  add(kDirect, false);
  decide();
  for (int i = 0; i < 5; ++i) load_test();
  EXPECT_EQ(paths.mtu(now), 1452u);
  EXPECT_EQ(paths.mtu(kRelay), 1200u);
  after(1ms);
  send(kDirect);
  after(150ms);
  ASSERT_TRUE(paths.suspect(kDirect));
  EXPECT_EQ(paths.mtu(now), 1200u) << "the standby has not been asked yet";
}

TEST_F(PathsTest, UrgentPacketsHaveASecondWayOfAnotherKindAlways) {
  add(kRelay, true, 90ms);
  add(kDirect, false, 40ms);
  add(kLan, false, 41ms);
  decide();
  EXPECT_EQ(paths.route(now).first, kDirect);
  EXPECT_EQ(paths.route(now).second, kRelay);
  EXPECT_FALSE(paths.route(now).everything);
  pair(kRelay).state = ice::PairState::lost;
  after(1ms);
  EXPECT_EQ(paths.route(now).second, kLan);
}

TEST_F(PathsTest, TheOverlapLastsARoundTripOfTheSlowerPath) {
  add(kRelay, true, 300ms);
  decide();
  add(kDirect, false);
  EXPECT_EQ(load_test(), kDirect);
  EXPECT_TRUE(paths.route(now + 299ms).everything);
  EXPECT_FALSE(paths.route(now + 300ms).everything);
}

TEST_F(PathsTest, WhereNothingWasSentNothingIsSuspect) {
  add(kRelay, true);
  add(kDirect, false);
  decide();
  hear(kDirect);
  EXPECT_THAT(after(450ms).ping, IsEmpty());
  EXPECT_FALSE(paths.suspect(kRelay));
  EXPECT_FALSE(paths.suspect(kDirect));
}

TEST_F(PathsTest, AnIdlePathIsPinged) {
  add(kDirect, false);
  decide();
  EXPECT_EQ(paths.next_deadline(), now + 500ms);
  EXPECT_THAT(after(500ms).ping, Contains(kDirect));
  EXPECT_THAT(after(1ms).ping, IsEmpty());
}

TEST_F(PathsTest, SilenceAfterSomethingSentIsSuspectThenDeath) {
  add(kRelay, true);
  add(kDirect, false);
  decide();
  now += 1ms;
  send(kDirect);
  EXPECT_EQ(paths.next_deadline(), now + 120ms);
  EXPECT_THAT(after(119ms).ping, IsEmpty());
  auto wishes = after(1ms);
  EXPECT_THAT(wishes.ping, testing::ElementsAre(kDirect, kRelay));
  EXPECT_TRUE(paths.suspect(kDirect));
  EXPECT_EQ(paths.route(now).first, kDirect);
  EXPECT_EQ(paths.route(now).second, kRelay);
  EXPECT_TRUE(paths.route(now).everything);
  EXPECT_THAT(after(200ms).ping, Contains(kDirect));
  hear(kRelay);
  EXPECT_THAT(after(499ms).lost, IsEmpty());
  wishes = after(1ms);
  EXPECT_THAT(wishes.lost, testing::ElementsAre(kDirect));
  EXPECT_EQ(wishes.nominate, kRelay);
  EXPECT_EQ(paths.route(now).first, kRelay);
  EXPECT_FALSE(paths.route(now).second);
}

TEST_F(PathsTest, ConsentIsRenewedInTimeWhereOnlyDataIsHeard) {
  add(kDirect, false);
  decide();
  for (int i = 0; i < 39; ++i) {
    now += 100ms;
    hear(kDirect);
    EXPECT_THAT(decide().ping, IsEmpty());
  }
  now += 100ms;
  hear(kDirect);
  EXPECT_THAT(decide().ping, Contains(kDirect));
  EXPECT_THAT(after(1ms).ping, IsEmpty());
  EXPECT_THAT(after(249ms).ping, Contains(kDirect));
}

TEST_F(PathsTest, AnythingHeardEndsTheSuspicion) {
  add(kDirect, false);
  decide();
  now += 1ms;
  send(kDirect);
  after(150ms);
  ASSERT_TRUE(paths.suspect(kDirect));
  now += 1ms;
  hear(kDirect);
  decide();
  EXPECT_FALSE(paths.suspect(kDirect));
}

TEST_F(PathsTest, ASlowPathIsGivenItsTime) {
  pairs.clear();
  add(kDirect, false, 400ms);
  decide();
  send(kDirect);
  EXPECT_THAT(after(449ms).ping, IsEmpty());
  EXPECT_THAT(after(1ms).ping, Contains(kDirect));
}

TEST_F(PathsTest, DirectIsTakenAgainWhenItReturns) {
  add(kRelay, true);
  add(kDirect, false);
  decide();
  pair(kDirect).state = ice::PairState::lost;
  EXPECT_EQ(after(1ms).nominate, kRelay);
  pair(kDirect).state = ice::PairState::valid;
  EXPECT_EQ(load_test(), kDirect);
  EXPECT_EQ(paths.route(now).second, kRelay);
}

TEST_F(PathsTest, NoPathIsLeftWhenAllAreLost) {
  add(kRelay, true);
  decide();
  pair(kRelay).state = ice::PairState::lost;
  EXPECT_FALSE(decide().nominate);
  EXPECT_FALSE(paths.current());
}

TEST_F(HostPathsTest, FollowsTheCallersNomination) {
  add(kRelay, true);
  EXPECT_FALSE(decide().nominate);
  EXPECT_EQ(paths.current(), kRelay);
  add(kDirect, false);
  decide();
  EXPECT_EQ(paths.current(), kRelay);
  paths.nominated(kDirect);
  load_test();
  EXPECT_EQ(paths.current(), kDirect);
  EXPECT_EQ(paths.route(now).second, kRelay);
}

TEST_F(HostPathsTest, ChoosesItselfWhenTheNominatedOneIsLostAndReturnsToIt) {
  add(kRelay, true);
  add(kDirect, false);
  paths.nominated(kDirect);
  decide();
  pair(kDirect).state = ice::PairState::lost;
  decide();
  EXPECT_EQ(paths.current(), kRelay);
  pair(kDirect).state = ice::PairState::valid;
  load_test();
  EXPECT_EQ(paths.current(), kDirect);
}

}  // namespace
}  // namespace godesk::link
