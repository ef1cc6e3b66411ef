#include "host/direct_listener.h"

#include <gtest/gtest.h>

#include "auth/identity.h"
#include "quic/connection.h"
#include "sim/seeded_random.h"

namespace godesk::host {
namespace {

struct DirectListenerTest : testing::Test {
  sim::SeededRandom random{6};
  NullLog log;
  Ids ids;
  DirectListener listener{21118, ids, random};
  SocketId v4{}, v6{};
  auth::Identity caller = auth::make_identity(random);
  Endpoint from = *Endpoint::parse("198.51.100.7:4000");
  Time now{};

  void SetUp() override {
    listener.start();
    v4 = std::get<OpenSocket>(*listener.next_command()).socket;
    v6 = std::get<OpenSocket>(*listener.next_command()).socket;
    listener.on_socket(v4, SocketOpened{*Endpoint::parse("0.0.0.0:21118")});
  }
  std::unique_ptr<quic::Connection> client() {
    quic::Config config;
    config.seed = caller.key.seed;
    config.public_key = caller.public_key.bytes;
    return std::make_unique<quic::Connection>(config, now, random, log);
  }
  Buffer first_packet(quic::Connection& connection) { return connection.next_packet(now)->bytes; }
  std::optional<Datagram> answer() {
    auto transmit = listener.next_transmit();
    if (!transmit) return std::nullopt;
    return std::get<Datagram>(*transmit);
  }
};

TEST_F(DirectListenerTest, OneFamilyIsEnoughAndNoneIsAFailure) {
  EXPECT_EQ(listener.state(), DirectListener::State::open);
  DirectListener other(21118, ids, random);
  other.start();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(other.state(), DirectListener::State::opening);
    other.on_socket(std::get<OpenSocket>(*other.next_command()).socket, SocketFailed{"in use"});
  }
  EXPECT_EQ(other.state(), DirectListener::State::failed);
  EXPECT_EQ(other.why(), "in use");
}

TEST_F(DirectListenerTest, TheFirstPacketIsAnsweredWithARetryAndForgotten) {
  auto caller_end = client();
  const Buffer first = first_packet(*caller_end);
  EXPECT_FALSE(listener.on_datagram(now, v4, from, first));
  auto retry = answer();
  ASSERT_TRUE(retry);
  EXPECT_EQ(retry->to, from);
  EXPECT_LT(retry->bytes.size(), first.size());
  caller_end->on_packet(now, retry->bytes, 1);
  auto newcomer = listener.on_datagram(now, v4, from, first_packet(*caller_end));
  ASSERT_TRUE(newcomer);
  EXPECT_EQ(newcomer->from, from);
  EXPECT_TRUE(newcomer->first.original_dcid);
  EXPECT_FALSE(answer());
}

TEST_F(DirectListenerTest, ATokenIsOfNoUseFromAnotherAddressOrLater) {
  auto caller_end = client();
  listener.on_datagram(now, v4, from, first_packet(*caller_end));
  caller_end->on_packet(now, answer()->bytes, 1);
  const Buffer with_token = first_packet(*caller_end);
  EXPECT_FALSE(listener.on_datagram(now, v4, *Endpoint::parse("198.51.100.8:4000"), with_token));
  EXPECT_FALSE(listener.on_datagram(now + 11s, v4, from, with_token));
  EXPECT_FALSE(answer());
}

TEST_F(DirectListenerTest, MoreNeverGoesOutThanCameIn) {
  std::size_t in = 0, out = 0;
  for (std::size_t size = 0; size < 1400; size += 7) {
    Buffer junk(size);
    random.fill(junk);
    if (size % 2 == 0 && size > 6) junk[0] = 0xc0, junk[1] = junk[2] = junk[3] = 0, junk[4] = 1, junk[5] = 8;
    in += size;
    EXPECT_FALSE(listener.on_datagram(now, v4, from, junk));
    while (auto sent = answer()) out += sent->bytes.size();
    ASSERT_LE(out, in);
  }
  auto caller_end = client();
  Buffer first = first_packet(*caller_end);
  first.resize(1199);  // too short for a client's first packet: not even a Retry
  EXPECT_FALSE(listener.on_datagram(now, v4, from, first));
  EXPECT_FALSE(answer());
}

TEST_F(DirectListenerTest, AFloodOfFirstPacketsQueuesABoundedNumberOfAnswers) {
  auto caller_end = client();
  const Buffer first = first_packet(*caller_end);
  for (std::uint16_t port = 1; port < 5000; ++port)
    EXPECT_FALSE(listener.on_datagram(now, v4, {from.ip, port}, first));
  int answers = 0;
  while (answer()) ++answers;
  EXPECT_LE(answers, 64);
}

}  // namespace
}  // namespace godesk::host
