#include "quic/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

TEST(Connection, ShakesHandsInTwoRoundTripsAndProvesBothKeys) {
  TestLink link;
  const Time begun = link.now;
  ASSERT_TRUE(link.connect());
  EXPECT_EQ(*link.client.peer, server_key().public_key);
  EXPECT_EQ(*link.server.peer, client_key().public_key);
  // 50 ms round trip: the server knows after 1.5, the client is told at 2.
  EXPECT_LT(link.now - begun, 110ms);
  EXPECT_EQ(link.client.order.front(), "connected");
  EXPECT_EQ(link.server.order.front(), "connected");
  EXPECT_EQ(link.server.opened.size(), 0u);
}

TEST(Connection, EveryPacketHasTheFixedBit) {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    TestLink link(config_of(client_key(), server_key().public_key),
                  config_of(server_key(), client_key().public_key), seed);
    int packets = 0;
    for (End* end : {&link.client, &link.server}) {
      end->on_packet = [&](const Packet& packet) {
        ++packets;
        EXPECT_EQ(packet.bytes[0] & 0x40, 0x40) << "seed " << seed;
      };
    }
    ASSERT_TRUE(link.connect());
    EXPECT_GE(packets, 4);
  }
}

TEST(Connection, HandshakeSurvivesLoss) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TestLink link(config_of(client_key()), config_of(server_key()), seed);
    link.both([](LinkConfig& l) { l.loss = 0.1; });
    EXPECT_TRUE(link.connect(9s)) << "seed " << seed;
  }
}

TEST(Connection, ChannelBindingIsEqualOnBothEndsAndDifferentPerConnection) {
  TestLink one, two;
  one.start();
  EXPECT_FALSE(one.client.connection->channel_binding());
  EXPECT_TRUE(one.run_until([&] { return one.server.connection != nullptr; }, 1s));
  EXPECT_FALSE(one.server.connection->channel_binding());  // the client's key is not proven yet
  ASSERT_TRUE(one.run_until([&] { return one.client.peer && one.server.peer; }, 1s));
  ASSERT_TRUE(two.connect());
  const auto binding = one.client.connection->channel_binding();
  ASSERT_TRUE(binding);
  EXPECT_EQ(binding->size(), 32u);
  EXPECT_EQ(binding, one.server.connection->channel_binding());
  EXPECT_NE(binding, two.client.connection->channel_binding());
}

TEST(Connection, NothingCanBeSentBeforeConnected) {
  TestLink link;
  link.start();
  EXPECT_FALSE(link.client.connection->open_stream(1));
  EXPECT_FALSE(link.client.connection->send_datagram(bytes_of("x"), Urgency::urgent));
  EXPECT_EQ(link.client.connection->max_datagram_size(), 0u);
}

TEST(Connection, StreamsCarryBytesBothWaysInOrder) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.server.answer_fin = false;
  const auto stream = *link.client.connection->open_stream(1);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(link.client.connection->write(stream, bytes_of("abc")));
  ASSERT_TRUE(link.client.connection->write(stream, bytes_of("end"), true));
  EXPECT_FALSE(link.client.connection->write(stream, bytes_of("after fin")));
  EXPECT_EQ(link.client.connection->unsent(stream), 303u);
  link.drain();
  EXPECT_EQ(link.client.connection->unsent(stream), 0u);
  EXPECT_EQ(link.client.connection->unacked(stream), 303u);
  ASSERT_TRUE(link.run_until([&] { return link.server.ended.size() == 1; }, 1s));
  EXPECT_EQ(link.server.text[stream].size(), 303u);
  EXPECT_EQ(link.server.text[stream].substr(297), "abcend");
  ASSERT_TRUE(link.server.connection->write(stream, bytes_of("answer"), true));
  ASSERT_TRUE(link.run_until([&] { return !link.client.gone.empty() && !link.server.gone.empty(); }, 1s));
  EXPECT_EQ(link.client.text[stream], "answer");
  EXPECT_EQ(link.client.connection->unacked(stream), 0u);
}

TEST(Connection, TransfersFiftyMegabytesAtFivePercentLoss) {
  TestLink link;
  link.both([](LinkConfig& l) { l.loss = 0.05, l.rate = {100'000'000}, l.delay = 15ms; });
  ASSERT_TRUE(link.connect());
  const auto stream = *link.client.connection->open_stream(2);
  const Buffer block(250'000, 7);
  std::size_t left = 200;
  link.on_step = [&] {
    while (left > 0 && link.client.connection->unsent() < 1'000'000)
      ASSERT_TRUE(link.client.connection->write(stream, block, --left == 0));
  };
  ASSERT_TRUE(link.run_until([&] { return link.server.ended.size() == 1; }, 60s));
  EXPECT_EQ(link.server.received[stream], 50'000'000u);
  const Stats stats = link.client.connection->stats();
  const double loss = static_cast<double>(stats.packets_lost) / static_cast<double>(stats.packets_sent);
  EXPECT_GT(loss, 0.03);
  EXPECT_LT(loss, 0.2);
  EXPECT_GT(stats.bytes_sent, 50'000'000u);
}

TEST(Connection, VideoFramesOnStreamsOfTheirOwnNeverRunOutOfStreams) {
  TestLink link;
  link.both([](LinkConfig& l) { l.loss = 0.01; });
  ASSERT_TRUE(link.connect());
  const Buffer frame(10'000, 1);
  int sent = 0;
  Time next = link.now;
  link.on_step = [&] {
    if (link.now < next || sent >= 600) return;
    next = link.now + 16ms;
    const auto stream = link.server.connection->open_stream(2);
    ASSERT_TRUE(stream) << "after " << sent;
    ASSERT_TRUE(link.server.connection->write(*stream, frame, true));
    if (++sent % 5 == 0) link.server.connection->reset_stream(*stream, 3);
  };
  link.run_for(15s);
  EXPECT_EQ(sent, 600);
  EXPECT_EQ(link.server.gone.size(), 600u);
  EXPECT_EQ(link.client.gone.size(), link.client.opened.size());
  EXPECT_EQ(link.client.gone.size(), 600u);
}

TEST(Connection, ResetAndStopReachTheOtherEnd) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  const auto a = *link.client.connection->open_stream(1), b = *link.client.connection->open_stream(1);
  link.client.connection->write(a, bytes_of("a"));
  link.client.connection->write(b, bytes_of("b"));
  link.run_for(100ms);
  link.client.connection->reset_stream(a, 9);
  link.server.connection->stop_stream(b, 9);
  link.drain();
  link.run_for(200ms);
  EXPECT_THAT(link.server.reset, testing::Contains(a));
  EXPECT_FALSE(link.client.connection->write(b, bytes_of("more")));
  EXPECT_THAT(link.client.reset, testing::Contains(b));
  EXPECT_THAT(link.server.reset, testing::Contains(b));
  EXPECT_THAT(link.client.gone, testing::UnorderedElementsAre(a, b));
  EXPECT_THAT(link.server.gone, testing::UnorderedElementsAre(a, b));
}

TEST(Connection, ClosesWithItsReason) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.client.connection->close(link.now, 42, "enough");
  link.drain();
  ASSERT_TRUE(link.client.closed);
  EXPECT_EQ(link.client.closed->reason, CloseReason::local);
  ASSERT_TRUE(link.run_until([&] { return link.server.closed.has_value(); }, 1s));
  EXPECT_EQ(link.server.closed->reason, CloseReason::peer);
  EXPECT_TRUE(link.server.closed->by_peer);
  EXPECT_EQ(link.server.closed->code, 42u);
  EXPECT_EQ(link.server.closed->text, "enough");
  EXPECT_EQ(link.server.order.back(), "closed");
  EXPECT_TRUE(link.server.connection->done());
  link.run_for(2s);
  EXPECT_TRUE(link.client.connection->done());
  EXPECT_EQ(link.client.connection->next_deadline(), kNever);
}

TEST(Connection, RepeatsItsCloseToAPeerThatDidNotHearIt) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.to_server.up = false;
  link.client.connection->close(link.now, 1, "");
  link.drain();
  link.to_server.up = true;
  link.server.connection->send_datagram(bytes_of("still there?"), Urgency::urgent);
  link.drain();
  ASSERT_TRUE(link.run_until([&] { return link.server.closed.has_value(); }, 300ms));
  EXPECT_EQ(link.server.closed->reason, CloseReason::peer);
}

TEST(Connection, StaysOpenWhileIdleAndEndsAfterSixtySecondsOfSilence) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.run_for(300s);
  EXPECT_FALSE(link.client.closed);
  link.both([](LinkConfig& l) { l.up = false; });
  const Time silence = link.now;
  ASSERT_TRUE(link.run_until([&] { return link.client.closed && link.server.closed; }, 100s));
  EXPECT_EQ(link.client.closed->reason, CloseReason::idle);
  EXPECT_EQ(link.server.closed->reason, CloseReason::idle);
  EXPECT_LE(link.now - silence, 60s);
  EXPECT_GE(link.now - silence, 40s);  // of silence that began up to a keep-alive earlier
  EXPECT_TRUE(link.client.connection->done());
}

TEST(Connection, GivesUpWhenNobodyAnswers) {
  TestLink link;
  link.to_server.up = false;
  const Time begun = link.now;
  EXPECT_FALSE(link.connect(30s));
  ASSERT_TRUE(link.client.closed);
  EXPECT_EQ(link.client.closed->reason, CloseReason::handshake_timeout);
  EXPECT_EQ(link.client.connection->next_deadline(), kNever);
  EXPECT_LE(begun + 10s, link.now);
}

TEST(Connection, MaySleepForeverWithoutSpinning) {
  TestLink link;
  link.both([](LinkConfig& l) { l.loss = 0.05; });
  ASSERT_TRUE(link.connect());
  const auto stream = *link.client.connection->open_stream(1);
  link.client.connection->write(stream, Buffer(500'000));
  link.drain();
  std::uint64_t most = 0;
  link.on_step = [&] { most = std::max(most, link.idle_steps()); };
  link.run_for(30s);
  EXPECT_EQ(link.server.received[stream], 500'000u);
  EXPECT_LT(most, 10u);  // steps at one and the same instant
}

TEST(Connection, GrantsAStrangerLittleAndAGuestAll) {
  Config server = config_of(server_key());
  server.initial_limits = Limits{16384, 16384, 1};
  TestLink link(config_of(client_key()), server);
  ASSERT_TRUE(link.connect());
  const auto first = *link.client.connection->open_stream(1);
  EXPECT_FALSE(link.client.connection->open_stream(1));
  link.client.connection->write(first, bytes_of("login"));
  link.drain();
  link.run_for(200ms);
  link.server.connection->grant_full_limits();
  link.drain();
  link.run_for(200ms);
  const auto second = link.client.connection->open_stream(1);
  ASSERT_TRUE(second);
  link.client.connection->write(*second, Buffer(1'000'000), true);
  link.drain();
  EXPECT_TRUE(link.run_until([&] { return link.server.received[*second] == 1'000'000; }, 3s));
}

TEST(Connection, SendQueuesAreBounded) {
  Config config = config_of(client_key());
  config.send_buffer = 100'000;
  config.max_queued_datagrams = 10;
  TestLink link(config, config_of(server_key()));
  ASSERT_TRUE(link.connect());
  link.both([](LinkConfig& l) { l.up = false; });
  const auto stream = *link.client.connection->open_stream(1);
  EXPECT_TRUE(link.client.connection->write(stream, Buffer(60'000)));
  EXPECT_FALSE(link.client.connection->write(stream, Buffer(60'000)));
  EXPECT_TRUE(link.client.connection->write(stream, Buffer(40'000)));
  link.drain();
  EXPECT_FALSE(link.client.connection->write(stream, Buffer(1)));
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(link.client.connection->send_datagram(Buffer(1000), Urgency::bulk));
  EXPECT_GE(link.client.connection->stats().datagrams_dropped, 990u);
  link.both([](LinkConfig& l) { l.up = true; });
  ASSERT_TRUE(link.run_until([&] { return link.server.received[stream] == 100'000; }, 10s));
  EXPECT_TRUE(link.run_until([&] { return link.client.connection->write(stream, Buffer(100'000)); }, 1s));
}

TEST(Connection, MutatedPacketsAreHarmless) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  std::vector<Buffer> seen;
  link.client.on_packet = [&](const Packet& p) {
    if (seen.size() < 50) seen.push_back(p.bytes);
  };
  const auto stream = *link.client.connection->open_stream(1);
  link.client.connection->write(stream, Buffer(100'000));
  link.drain();
  link.run_for(1s);
  ASSERT_GT(seen.size(), 10u);
  for (int i = 0; i < 3000; ++i) {
    Buffer bytes = seen[link.random().below(static_cast<std::uint32_t>(seen.size()))];
    for (std::uint32_t n = link.random().below(4); n-- > 0;)
      bytes[link.random().below(static_cast<std::uint32_t>(bytes.size()))] ^=
          static_cast<std::uint8_t>(1 + link.random().below(255));
    if (link.random().below(3) == 0)
      bytes.resize(link.random().below(static_cast<std::uint32_t>(bytes.size())));
    (i % 2 ? link.server : link.client).connection->on_packet(link.now, bytes, kFirstEpoch);
    link.drain();
  }
  EXPECT_FALSE(link.client.closed);
  EXPECT_FALSE(link.server.closed);
  link.client.connection->write(stream, Buffer(100'000), true);
  link.drain();
  EXPECT_TRUE(link.run_until([&] { return link.server.received[stream] == 200'000; }, 5s));
}

TEST(Connection, MutatedFirstPacketsAreHarmless) {
  SeededRandom random(5);
  NullLog log;
  Connection client(config_of(client_key()), Time(1s), random, log);
  const Buffer first = client.next_packet(Time(1s))->bytes;
  int accepted = 0;
  for (int i = 0; i < 1000; ++i) {
    Buffer bytes = first;
    for (std::uint32_t n = 1 + random.below(4); n-- > 0;)
      bytes[random.below(i % 2 ? 60 : static_cast<std::uint32_t>(bytes.size()))] =
          static_cast<std::uint8_t>(random.below(256));
    const auto info = accept(bytes);
    if (!info) continue;
    ++accepted;
    Connection server(config_of(server_key()), *info, Time(1s), random, log);
    server.on_packet(Time(1s), bytes);
    while (server.next_packet(Time(1s))) {
    }
    server.on_timer(Time(20s));
    EXPECT_TRUE(server.done());
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace godesk::quic
