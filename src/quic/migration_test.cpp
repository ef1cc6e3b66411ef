// The path below changes: unseen, by migration, and by outage.
#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

/// Host sends 3 Mbit/s in small writes; tells the longest time without a byte at the client.
struct Flow {
  explicit Flow(TestLink& l)
      : link(l), stream(*l.server.connection->open_stream(5)), next(l.now), last(l.now) {
    link.on_step = [this] { step(); };
  }
  void step() {
    while (next <= link.now) {
      next += 16ms;
      link.server.connection->write(stream, Buffer(6000));
    }
    if (link.client.received[stream] != seen) {
      seen = link.client.received[stream];
      gap = std::max(gap, link.now - last);
      last = link.now;
    }
  }
  TestLink& link;
  StreamHandle stream;
  Time next, last;
  std::uint64_t seen = 0;
  Duration gap{};
};

TEST(Migration, AHiddenPathChangeIsNotFelt) {
  TestLink link;
  link.both([](LinkConfig& l) { l.delay = 50ms, l.rate = {10'000'000}; });
  ASSERT_TRUE(link.connect());
  Flow flow(link);
  link.server.connection->send_datagram(bytes_of("go"), Urgency::urgent);
  link.drain();
  link.run_for(2s);
  flow.gap = {};
  link.both([](LinkConfig& l) { l.delay = 10ms, l.rate = {40'000'000}; });
  link.run_for(2s);
  EXPECT_LT(flow.gap, 60ms);
  EXPECT_EQ(link.client.connection->epoch(), kFirstEpoch);
  EXPECT_LT(link.server.connection->stats().min_rtt, 30ms);
}

/// However long the outage was: the server's own next probe comes as much later again. The link, which keeps
/// what it sent last, says it again on the new way.
TEST(Migration, AfterAnOutageTheNewEpochDeliversAtOnce) {
  for (const Duration outage : {Duration(1500ms), Duration(3s), Duration(8s)}) {
    TestLink link;
    link.both([](LinkConfig& l) { l.delay = 10ms; });
    ASSERT_TRUE(link.connect());
    Flow flow(link);
    link.server.connection->send_datagram(bytes_of("go"), Urgency::urgent);
    link.drain();
    link.run_for(2s);
    link.both([](LinkConfig& l) { l.up = false; });
    Buffer last;
    link.server.on_packet = [&](const Packet& p) {
      if (p.bytes.size() > kSmallPacket) last = p.bytes;
    };
    link.run_for(outage);
    link.both([](LinkConfig& l) { l.up = true, l.delay = 50ms, l.rate = {10'000'000}; });
    const Time back = link.now;
    const auto before = link.client.received[flow.stream];
    link.client.connection->migrate(link.now);
    EXPECT_EQ(link.client.connection->epoch(), 2);
    link.client.connection->on_packet(link.now, last);
    link.drain();
    ASSERT_TRUE(link.run_until([&] { return link.client.received[flow.stream] > before; }, 5s));
    EXPECT_LT(link.now - back, 300ms);
    // The way is five times as long as before. The server's congestion control takes that for a queue until
    // it has forgotten the old round trip, after ten seconds; then it catches up.
    link.run_for(20s);
    EXPECT_FALSE(link.client.closed || link.server.closed);
    EXPECT_LT(link.server.connection->unacked(flow.stream) + link.server.connection->unsent(flow.stream),
              100'000u);
  }
}

TEST(Migration, ManyInARowSurvive) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  Flow flow(link);
  link.server.connection->send_datagram(bytes_of("go"), Urgency::urgent);
  link.drain();
  link.run_for(1s);
  for (int i = 0; i < 60; ++i) {
    link.client.connection->migrate(link.now);
    link.drain();
    link.run_for(70ms);
  }
  EXPECT_GT(link.client.connection->epoch(), 20);
  link.run_for(3s);
  EXPECT_FALSE(link.client.closed || link.server.closed);
  EXPECT_EQ(
      link.server.connection->unacked(flow.stream) + link.server.connection->unsent(flow.stream) < 400'000,
      true);
}

TEST(Migration, OfAServerIsIgnoredAndAnEarlyOneWaits) {
  TestLink link;
  link.start();
  link.client.connection->migrate(link.now);  // nothing to migrate yet
  EXPECT_EQ(link.client.connection->epoch(), kFirstEpoch);
  ASSERT_TRUE(link.run_until([&] { return link.client.peer && link.server.peer; }, 2s));
  link.server.connection->migrate(link.now);
  link.run_for(500ms);
  EXPECT_EQ(link.client.connection->epoch(), 2);
  EXPECT_EQ(link.server.connection->epoch(), 2);  // as heard
  EXPECT_FALSE(link.client.closed || link.server.closed);
}

TEST(Migration, AnEpochThatOvertakesPacketsAndTwoMovesSurviveAnOutage) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  const auto stream = *link.client.connection->open_stream(1);
  link.client.epoch = 2;  // already told, while packets of the old path are on their way
  link.client.connection->write(stream, bytes_of("sent before the move"));
  link.drain();
  link.client.connection->migrate(link.now);
  link.drain();
  link.run_for(2ms);
  link.client.connection->migrate(link.now);
  link.client.epoch.reset();
  link.drain();
  link.run_for(60ms);
  link.both([](LinkConfig& l) { l.up = false; });
  link.run_for(5s);
  link.both([](LinkConfig& l) { l.up = true; });
  link.run_for(10s);
  EXPECT_EQ(link.server.received[stream], 20u);
  EXPECT_FALSE(link.client.closed || link.server.closed);
}

TEST(Migration, AClientThatClaimsToReturnIsHarmless) {
  // The library would abort if it were shown a return to the previous path before the next is validated.
  for (const std::vector<int>& epochs :
       {std::vector{2, 1}, {2, 3, 2, 1}, {20000, 40000, 60000, 1}, {2, 65535, 1}}) {
    TestLink link;
    ASSERT_TRUE(link.connect());
    const auto stream = *link.client.connection->open_stream(1);
    for (const int epoch : epochs) {
      link.client.epoch = static_cast<std::uint16_t>(epoch);
      link.client.connection->write(stream, bytes_of("moved"));
      link.drain();
      link.run_for(3ms);  // shorter than a round trip
    }
    EXPECT_TRUE(link.run_until([&] { return link.server.received[stream] == 5 * epochs.size(); }, 5s));
    EXPECT_FALSE(link.client.closed || link.server.closed);
  }
}

TEST(Migration, ForgedEpochsDoNotMoveAConnection) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  const auto stream = *link.client.connection->open_stream(1);
  link.client.connection->write(stream, Buffer(200'000));
  std::vector<Buffer> seen;
  link.client.on_packet = [&](const Packet& p) { seen.push_back(p.bytes); };
  link.drain();
  link.run_for(1s);
  for (std::size_t i = 0; i < seen.size(); ++i) {  // replays from everywhere
    link.server.connection->on_packet(link.now, seen[i], static_cast<std::uint16_t>(1000 + i));
    link.drain();
  }
  link.client.connection->write(stream, Buffer(200'000), true);
  link.drain();
  EXPECT_TRUE(link.run_until([&] { return link.server.received[stream] == 400'000; }, 5s));
}

}  // namespace
}  // namespace godesk::quic
