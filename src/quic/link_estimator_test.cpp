#include "quic/link_estimator.h"

#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

struct LinkEstimatorTest : testing::Test {
  /// A round trip of 100 ms in which so much arrived; `least` was the shortest that was measured.
  void run(Duration least, std::uint64_t bytes) {
    now += 100ms;
    delivered += bytes;
    link.on_round_trip(least + 20ms, least + 20ms);
    link.on_round_trip(least, least + 10ms);
    link.sample(now, delivered);
  }
  LinkEstimator link;
  Time now{1s};
  std::uint64_t delivered = 0;
};

TEST_F(LinkEstimatorTest, NothingIsKnownOfALinkThatWasNeverFull) {
  for (int i = 0; i < 50; ++i) run(60ms, 10'000);
  EXPECT_EQ(link.rate().n, 0);
  EXPECT_EQ(link.round_trip(), 60ms);
}

TEST_F(LinkEstimatorTest, AnAcknowledgementThatWasHeldBackIsNoQueue) {
  for (int i = 0; i < 50; ++i) run(i % 2 ? 60ms : 60ms + 25ms + 20ms, 10'000);
  EXPECT_EQ(link.rate().n, 0);
}

TEST_F(LinkEstimatorTest, WhatArrivesWhileTheQueueGrowsIsWhatTheLinkCarries) {
  for (int i = 0; i < 10; ++i) run(60ms, 100'000);
  run(120ms, 50'000);
  EXPECT_EQ(link.rate().n, 4'000'000);
  run(150ms, 25'000);
  EXPECT_EQ(link.rate().n, 2'000'000);
  EXPECT_EQ(link.round_trip(), 60ms);
}

/// Or who sends less because the queue stands would think that the link carries less, and so on.
TEST_F(LinkEstimatorTest, WhatArrivesWhileTheQueueShrinksOrRestsSaysAtLeastThat) {
  run(60ms, 10'000);
  run(150ms, 25'000);
  for (const Duration least : {140ms, 140ms, 130ms, 120ms, 120ms}) run(least, 10'000);
  EXPECT_EQ(link.rate().n, 2'000'000);
  run(120ms, 50'000);
  EXPECT_EQ(link.rate().n, 4'000'000);
}

TEST_F(LinkEstimatorTest, ALinkThatGotFasterIsFoundOutWithinSeconds) {
  run(60ms, 10'000);
  run(150ms, 25'000);
  for (int i = 0; i < 5; ++i) run(60ms, 25'000);
  EXPECT_LT(link.rate().n, 2'500'000) << "soon after a queue it is sure";
  int rounds = 0;
  for (; link.rate().n < 20'000'000 && rounds < 100; ++rounds)
    run(60ms, static_cast<std::uint64_t>(static_cast<double>(link.rate().n) * 0.8 / 80));
  EXPECT_LT(rounds, 60);
}

TEST_F(LinkEstimatorTest, WhatIsNotMadeUseOfDoesNotGrow) {
  run(60ms, 10'000);
  run(150ms, 25'000);
  for (int i = 0; i < 200; ++i) run(60ms, 5'000);
  EXPECT_EQ(link.rate().n, 2'000'000);
}

/// The way to the peer changed beneath the connection.
TEST_F(LinkEstimatorTest, ALongerWayIsNoQueueForLong) {
  for (int i = 0; i < 20; ++i) run(20ms, 25'000);
  for (int i = 0; i < 120; ++i) run(140ms, 25'000);
  EXPECT_EQ(link.round_trip(), 140ms);
  const auto then = link.rate();
  EXPECT_GE(then.n, 1'500'000);
  for (int i = 0; i < 20; ++i) run(140ms, 25'000);
  EXPECT_GE(link.rate(), then);
}

/// An end that was busy for a moment looks like a queue.
TEST_F(LinkEstimatorTest, ALocalNetworkIsNotTakenForASlowLink) {
  run(300us, 10'000);
  run(150ms, 12'500);
  EXPECT_EQ(link.rate().n, 20'000'000);
  for (int i = 0; i < 120; ++i) run(60ms, 5'000);
  ASSERT_EQ(link.round_trip(), 60ms);
  EXPECT_EQ(link.rate().n, 1'000'000) << "the way became another one";
}

TEST_F(LinkEstimatorTest, ALocalNetworkWhereEachAcknowledgementIsHeldBackIsOne) {
  for (int i = 0; i < 300; ++i) {
    link.on_round_trip(7ms, 400us);
    link.sample(now += 100ms, delivered += 1'000);
  }
  EXPECT_TRUE(link.near());
  EXPECT_EQ(link.round_trip(), 400us);
}
TEST_F(LinkEstimatorTest, ALocalNetworkThatCarriesMoreIsTakenAtItsWord) {
  run(300us, 10'000);
  run(150ms, 1'125'000);
  EXPECT_EQ(link.rate().n, 90'000'000);
}

TEST_F(LinkEstimatorTest, SilenceSaysNothing) {
  run(60ms, 10'000);
  now += 3s;
  run(150ms, 25'000);
  EXPECT_EQ(link.rate().n, 0);
  link.restart();
  EXPECT_EQ(link.round_trip(), 0ms);
}

TEST(LinkEstimator, KnowsARealLinkOnceItIsFull) {
  for (const std::int64_t rate : {2'000'000, 20'000'000}) {
    TestLink link;
    link.both([&](LinkConfig& l) { l.rate = {rate}; });
    ASSERT_TRUE(link.connect());
    const auto stream = *link.client.connection->open_stream(9);
    // A sender with pauses: it never fills the window of the congestion controller.
    Time next = link.now;
    link.on_step = [&] {
      if (link.now < next || link.client.connection->unsent() > 0) return;
      next = link.now + 33ms;
      if (link.client.connection->stats().in_flight.n * 8 < rate / 5)
        link.client.connection->write(stream, Buffer(static_cast<std::size_t>(rate / 8 / 20)));
    };
    link.run_for(3s);
    const Stats stats = link.client.connection->stats();
    EXPECT_GT(stats.link_rate.n, rate * 3 / 4);
    EXPECT_LT(stats.link_rate.n, rate * 3 / 2);
    EXPECT_GE(stats.link_rtt, 50ms);
    EXPECT_LT(stats.link_rtt, 80ms);
  }
}

}  // namespace
}  // namespace godesk::quic
