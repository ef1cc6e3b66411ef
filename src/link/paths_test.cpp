#include "link/paths.h"

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
    Paths::Wishes wishes = paths.decide(now);
    for (PairId id : wishes.lost) pair(id).state = ice::PairState::lost;
    return wishes;
  }
  Paths::Wishes after(Duration wait) {
    now += wait;
    return decide();
  }
  void hear(PairId id) { pair(id).last_received = now; }
  void send(PairId id) {
    pair(id).last_sent = now;
    paths.sent(now, id);
  }

  Time now{10s};
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
  EXPECT_EQ(after(1ms).nominate, kDirect);
  EXPECT_EQ(paths.route(now).first, kDirect);
  EXPECT_EQ(paths.route(now).second, kRelay);
  EXPECT_TRUE(paths.route(now + 99ms).everything);
  EXPECT_FALSE(paths.route(now + 100ms).everything);
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
  after(1ms);
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
  for (int i = 0; i < 29; ++i) {
    now += 100ms;
    hear(kDirect);
    EXPECT_THAT(decide().ping, IsEmpty());
  }
  now += 100ms;
  hear(kDirect);
  EXPECT_THAT(decide().ping, Contains(kDirect));
  EXPECT_THAT(after(1ms).ping, IsEmpty());
  EXPECT_THAT(after(499ms).ping, Contains(kDirect));
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
  EXPECT_EQ(after(1ms).nominate, kDirect);
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
  decide();
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
  decide();
  EXPECT_EQ(paths.current(), kDirect);
}

}  // namespace
}  // namespace godesk::link
