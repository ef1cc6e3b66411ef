#include "quic/ack_hold.h"

#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

constexpr Time kStart{1s};

TEST(AckHold, AFewSmallPacketsWaitFromTheFirst) {
  AckHold hold(4ms);
  EXPECT_FALSE(hold.until());
  hold.on_heard(kStart, true);
  hold.on_heard(kStart + 3ms, true);
  EXPECT_EQ(hold.until(), kStart + 4ms);
  hold.on_spoken();
  EXPECT_FALSE(hold.until());
}

TEST(AckHold, NeitherManyNorALargeOneNorWithoutAHold) {
  AckHold hold(4ms), none(0ms);
  none.on_heard(kStart, true);
  EXPECT_FALSE(none.until());
  hold.on_heard(kStart, false);
  EXPECT_FALSE(hold.until());
  hold.on_spoken();
  for (int i = 0; i < 8; ++i) hold.on_heard(kStart, true);
  EXPECT_FALSE(hold.until());
}

/// Packets of the server after two small messages of the client, 1 ms apart, to which it answers after 1 ms.
std::uint64_t packets_for_a_key(Duration hold, bool answer) {
  Config server = config_of(server_key(), client_key().public_key);
  server.ack_hold = hold;
  TestLink link(config_of(client_key(), server_key().public_key), server);
  link.both([](LinkConfig& l) { l.delay = 100us; });
  EXPECT_TRUE(link.connect());
  const auto stream = *link.client.connection->open_stream(1);
  for (int i = 0; i < 10; ++i) {
    link.client.connection->write(stream, bytes_of("key"));
    link.drain();
    link.run_for(200ms);
  }
  const auto before = link.server.packets[0] + link.server.packets[1];
  for (int i = 0; i < 2; ++i) {
    link.client.connection->write(stream, bytes_of("key"));
    link.drain();
    link.run_for(1ms);
  }
  if (answer) {
    link.server.connection->write(stream, bytes_of("what the key changed"));
    link.drain();
  }
  link.run_for(1s);
  EXPECT_EQ(link.client.connection->unacked(stream), 0u);
  EXPECT_EQ(link.client.connection->stats().packets_lost, 0u);
  EXPECT_LT(link.client.connection->stats().smoothed_rtt, 6ms);
  return link.server.packets[0] + link.server.packets[1] - before;
}

TEST(AckHold, TheAnswerToAKeyAcknowledgesIt) {
  EXPECT_EQ(packets_for_a_key(4ms, true), 1u);
  EXPECT_EQ(packets_for_a_key(4ms, false), 1u);
  EXPECT_GT(packets_for_a_key(0ms, true), 1u);
}

}  // namespace
}  // namespace godesk::quic
