#include "quic/rate_estimator.h"

#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

TEST(RateEstimator, KeepsTheBestOfItsWindowAndForgetsIt) {
  RateEstimator rate;
  Time now{1s};
  std::uint64_t delivered = 0;
  const auto run = [&](std::uint64_t bytes, bool limited) {
    now += 100ms;
    delivered += bytes;
    if (rate.due(now, 60ms, limited)) rate.sample(now, delivered);
  };
  run(0, false);
  EXPECT_EQ(rate.rate().n, 0);
  run(250'000, false);
  EXPECT_EQ(rate.rate().n, 20'000'000);
  for (int i = 0; i < 100; ++i) run(10'000, true);  // a sender with little to say proves nothing
  EXPECT_EQ(rate.rate().n, 20'000'000);
  for (int i = 0; i < 10; ++i) run(50'000, false);
  EXPECT_EQ(rate.rate().n, 4'000'000);
  rate.restart();
  EXPECT_EQ(rate.rate().n, 0);
}

TEST(RateEstimator, FollowsARealLink) {
  for (const std::int64_t rate : {4'000'000, 20'000'000}) {
    for (const double loss : {0.0, 0.02}) {
      TestLink link;
      link.both([&](LinkConfig& l) { l.rate = {rate}, l.loss = loss; });
      ASSERT_TRUE(link.connect());
      const auto stream = *link.client.connection->open_stream(9);
      link.on_step = [&] {
        if (link.client.connection->unsent() < 100'000)
          link.client.connection->write(stream, Buffer(200'000));
      };
      link.on_step();
      link.drain();
      link.run_for(4s);
      const std::uint64_t before = link.server.connection->stats().bytes_received;
      link.run_for(1s);
      const Stats stats = link.client.connection->stats();
      const auto arrived =
          static_cast<std::int64_t>(link.server.connection->stats().bytes_received - before) * 8;
      // How much of a lossy link is used is up to the congestion control, which differs by ngtcp2's version.
      EXPECT_GT(arrived, loss > 0 ? rate / 2 : rate * 3 / 4);
      EXPECT_GT(stats.delivery_rate.n, arrived * 3 / 4);
      EXPECT_LT(stats.delivery_rate.n, rate * 5 / 4);
      EXPECT_FALSE(stats.app_limited);
      EXPECT_GT(stats.smoothed_rtt, 50ms);
      // The link becomes slower: known within two seconds.
      link.both([&](LinkConfig& l) { l.rate = {rate / 4}; });
      link.run_for(3s);
      EXPECT_LT(link.client.connection->stats().delivery_rate.n, rate / 4 * 3 / 2);
    }
  }
}

}  // namespace
}  // namespace godesk::quic
