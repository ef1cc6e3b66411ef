#include <set>

#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

TEST(Packing, PriorityAmongStreamsIsStrict) {
  TestLink link;
  link.both([](LinkConfig& l) { l.rate = {10'000'000}; });
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  const auto last = *client.open_stream(30), middle = *client.open_stream(20),
             first = *client.open_stream(10);
  for (const auto stream : {last, middle, first}) client.write(stream, Buffer(300'000), true);
  link.drain();
  ASSERT_TRUE(link.run_until([&] { return link.server.ended.size() == 3; }, 5s));
  EXPECT_EQ(link.server.ended, (std::vector{first, middle, last}));
  // Strict: while the first ran, nothing of the others got in its way (300 kB at 10 Mbit/s: 240 ms and
  // start-up).
  EXPECT_LT(link.server.finished[first] - Time(1s), 600ms);
  EXPECT_GT(link.server.finished[last] - link.server.finished[first], 400ms);
}

TEST(Packing, APriorityCanChangeWhileSending) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  const auto a = *client.open_stream(5), b = *client.open_stream(6);
  client.write(a, Buffer(1'000'000), true);
  client.write(b, Buffer(100'000), true);
  client.set_priority(b, 4);
  link.drain();
  ASSERT_TRUE(link.run_until([&] { return link.server.ended.size() == 2; }, 5s));
  EXPECT_EQ(link.server.ended, (std::vector{b, a}));
}

TEST(Packing, UrgentDataOvertakesQueuedBulkAndNeverSharesItsPackets) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  const auto keys = *client.open_stream(kUrgentLane), bulk = *client.open_stream(9);
  const Buffer key(20, 'k');
  bool urgent_queued = false;
  int urgent = 0, wrong = 0;
  link.client.on_packet = [&](const Packet& p) {
    if (p.urgency == Urgency::urgent && p.bytes.size() > kSmallPacket) ++wrong;
    if (urgent_queued) {
      // The very next packet is urgent and holds nothing but the key stroke and the cursor.
      if (p.urgency != Urgency::urgent) ++wrong;
      urgent_queued = false;
      ++urgent;
    }
  };
  for (int i = 0; i < 50; ++i) {
    client.write(bulk, Buffer(20'000));
    client.write(keys, key);
    client.send_datagram(Buffer(30, 'c'), Urgency::urgent);
    urgent_queued = true;
    link.drain();
    link.run_for(20ms);
  }
  ASSERT_TRUE(link.run_until([&] { return link.server.received[bulk] == 1'000'000; }, 5s));
  EXPECT_GE(urgent, 45);  // a few times the congestion window let nothing out at once
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(link.server.received[keys], 1000u);
  EXPECT_EQ(link.server.datagrams.size(), 50u);
}

TEST(Packing, AcknowledgementsAreUrgentAndBulkIsBulk) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.run_for(1s);
  link.client.packets[0] = link.client.packets[1] = link.server.packets[0] = link.server.packets[1] = 0;
  int with_data = 0;
  link.server.on_packet = [&](const Packet& p) { with_data += !p.acks_only; };
  const auto bulk = *link.client.connection->open_stream(9);
  link.client.connection->write(bulk, Buffer(1'000'000));
  link.drain();
  link.run_for(2s);
  EXPECT_GT(link.client.packets[1], 800u);
  EXPECT_LT(link.client.packets[0], 60u);  // answers to the PINGs among the acknowledgements
  EXPECT_GT(link.server.packets[0], 50u);
  EXPECT_EQ(link.server.packets[1], 0u);
  EXPECT_EQ(with_data, 0);
}

TEST(Packing, ASmallPacketBehindWhichNothingWaitsSetsNoDeadlineButItsTimeout) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  const auto picture = *client.open_stream(9);
  link.run_for(1s);
  client.write(picture, Buffer(100));
  link.drain();
  EXPECT_GT(client.next_deadline(), link.now + 20ms);
}

TEST(Packing, WhileTheLinkLosesPacketsSmallOnesAreUrgent) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  const auto picture = *client.open_stream(9);
  bool large_was_urgent = false;
  link.client.on_packet = [&](const Packet& p) {
    large_was_urgent |= p.urgency == Urgency::urgent && p.bytes.size() > kSmallPacket;
  };
  const auto urgent_of = [&](int small_ones) {
    link.client.packets[0] = 0;
    for (int i = 0; i < small_ones; ++i) {
      client.write(picture, Buffer(100));
      link.drain();
      link.run_for(5ms);
    }
    return link.client.packets[0];
  };
  link.run_for(1s);
  EXPECT_LE(urgent_of(100), 20u);  // acknowledgements
  link.to_server.loss = 0.05;
  client.write(picture, Buffer(200'000));
  link.drain();
  link.run_for(1s);
  ASSERT_GT(client.stats().packets_lost, 0u);
  link.to_server.loss = 0;
  EXPECT_GE(urgent_of(100), 100u);
  urgent_of(LossMemory::kPackets);
  EXPECT_LE(urgent_of(100), 20u);

  link.to_server.loss = 1;
  urgent_of(1);  // nothing follows it
  link.to_server.loss = 0;
  link.run_for(1s);
  EXPECT_GE(urgent_of(100), 100u);
  EXPECT_FALSE(large_was_urgent);
}

TEST(Packing, DatagramsUpToTheLimitArriveAndLargerOnesAreRefused) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  EXPECT_EQ(client.max_datagram_size(), 1200u - 32);
  EXPECT_FALSE(client.send_datagram(Buffer(1169), Urgency::bulk));
  EXPECT_TRUE(client.send_datagram(Buffer(1168), Urgency::bulk));
  EXPECT_TRUE(client.send_datagram({}, Urgency::urgent));
  client.set_path_mtu(9000);
  EXPECT_EQ(client.max_datagram_size(), kMaxPathMtu - 32);
  EXPECT_TRUE(client.send_datagram(Buffer(kMaxPathMtu - 32), Urgency::urgent));
  link.drain();
  link.run_for(100ms);
  ASSERT_EQ(link.server.datagrams.size(), 3u);
  std::multiset<std::size_t> sizes;
  for (const auto& d : link.server.datagrams) sizes.insert(d.size());
  EXPECT_EQ(sizes, (std::multiset<std::size_t>{0, 1168, kMaxPathMtu - 32}));
  EXPECT_EQ(link.client.largest_packet,
            link.client.largest_packet <= kMaxPathMtu ? link.client.largest_packet : 0);
}

TEST(Packing, AFullDatagramIsSentEvenLongAfterTheHandshake) {
  // Longer packet numbers and acknowledgements take space: the limit must leave room for them.
  TestLink link;
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  std::size_t sent = 0;
  Time next = link.now;
  link.on_step = [&] {
    while (link.now >= next && sent < 2000) {
      next += 1ms;
      client.send_datagram(Buffer(client.max_datagram_size()), Urgency::bulk);
      link.server.connection->send_datagram(Buffer(100), Urgency::urgent);
      ++sent;
    }
  };
  link.on_step();
  link.drain();
  ASSERT_TRUE(link.run_until([&] { return link.server.datagrams.size() == 2000; }, 5s));
  EXPECT_EQ(client.stats().datagrams_dropped, 0u);
}

TEST(Packing, AShrinkingPathDoesNotStall) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  auto& client = *link.client.connection;
  client.set_path_mtu(1452);
  const auto bulk = *client.open_stream(9);
  client.write(bulk, Buffer(3'000'000), true);
  client.send_datagram(Buffer(1400), Urgency::bulk);
  link.drain();
  link.run_for(300ms);
  for (int i = 0; i < 5; ++i) client.send_datagram(Buffer(1400), Urgency::bulk);
  link.to_server.mtu = 1200;  // what is under way at 1452 is lost
  client.set_path_mtu(1200);
  EXPECT_EQ(client.stats().datagrams_dropped, 5u);
  link.drain();
  EXPECT_TRUE(link.run_until([&] { return link.server.ended.size() == 1; }, 10s));
  EXPECT_EQ(link.server.received[bulk], 3'000'000u);
}

TEST(Packing, BurstsStayWithinThePacersQuantum) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  const auto bulk = *link.client.connection->open_stream(9);
  std::size_t burst = 0, worst = 0;
  Time at{};
  link.client.on_packet = [&](const Packet& p) {
    burst = link.now == at ? burst + p.bytes.size() : p.bytes.size();
    at = link.now;
    worst = std::max(worst, burst);
  };
  link.client.connection->write(bulk, Buffer(5'000'000), true);
  link.drain();
  ASSERT_TRUE(link.run_until([&] { return link.server.ended.size() == 1; }, 10s));
  EXPECT_LE(worst, 66'000u);
}

}  // namespace
}  // namespace godesk::quic
