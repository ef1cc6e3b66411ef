// The server's smaller parts: nonces, permissions, channels, quotas, relay ports, the stream gate.
#include <gtest/gtest.h>

#include "turn/allocation.h"
#include "turn/nonce.h"
#include "turn/quota.h"
#include "turn/stream_gate.h"
#include "turn/test_world.h"

namespace godesk::turn {
namespace {

const Time kStart = Time{} + 90min;
Endpoint at(const char* text) { return Endpoint::parse(text).value(); }
IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

TEST(Nonces, AreBoundToSourceAndHour) {
  TestRandom random(1), other(2);
  Nonces nonces(random), stranger(other);
  const std::string nonce = nonces.issue(kStart, ip("203.0.113.1"));
  EXPECT_EQ(nonce.size(), 20u);
  EXPECT_TRUE(nonces.valid(kStart + 29min, ip("203.0.113.1"), nonce));
  EXPECT_TRUE(nonces.valid(kStart + 60min, ip("203.0.113.1"), nonce));
  EXPECT_TRUE(nonces.valid(kStart, ip("::ffff:203.0.113.1"), nonce));
  EXPECT_FALSE(nonces.valid(kStart + 2h, ip("203.0.113.1"), nonce));
  EXPECT_FALSE(nonces.valid(kStart, ip("203.0.113.2"), nonce));
  EXPECT_FALSE(nonces.valid(kStart, ip("203.0.113.1"), nonce.substr(1)));
  EXPECT_FALSE(nonces.valid(kStart, ip("203.0.113.1"), ""));
  EXPECT_FALSE(stranger.valid(kStart, ip("203.0.113.1"), nonce));
}

TEST(Permissions, LastFiveMinutesAndAreBounded) {
  Permissions p;
  p.install(kStart, ip("192.0.2.1"));
  EXPECT_TRUE(p.has(kStart + 299s, ip("192.0.2.1")));
  EXPECT_FALSE(p.has(kStart + 300s, ip("192.0.2.1")));
  EXPECT_FALSE(p.has(kStart, ip("192.0.2.2")));
  EXPECT_TRUE(p.fits({ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.2")}, 2));
  EXPECT_FALSE(p.fits({ip("192.0.2.2"), ip("192.0.2.3")}, 2));
  p.sweep(kStart + 300s);
  EXPECT_TRUE(p.fits({ip("192.0.2.2"), ip("192.0.2.3")}, 2));
}

TEST(Channels, AreOneToOneForTenMinutes) {
  Channels c;
  using V = Channels::Verdict;
  EXPECT_EQ(c.bind(kStart, 0x4000, at("192.0.2.1:5"), 2), V::bound);
  EXPECT_EQ(c.bind(kStart, 0x4000, at("192.0.2.1:5"), 2), V::bound);
  EXPECT_EQ(c.bind(kStart, 0x4000, at("192.0.2.1:6"), 2), V::conflict);
  EXPECT_EQ(c.bind(kStart, 0x4001, at("192.0.2.1:5"), 2), V::conflict);
  EXPECT_EQ(c.bind(kStart, 0x4001, at("192.0.2.1:6"), 2), V::bound);
  EXPECT_EQ(c.bind(kStart, 0x4002, at("192.0.2.1:7"), 2), V::full);
  EXPECT_EQ(c.peer_of(kStart, 0x4000), at("192.0.2.1:5"));
  EXPECT_EQ(c.number_of(kStart + 599s, at("192.0.2.1:5")), 0x4000);
  EXPECT_FALSE(c.peer_of(kStart + 600s, 0x4000));
  EXPECT_FALSE(c.number_of(kStart + 600s, at("192.0.2.1:5")));
  EXPECT_EQ(c.bind(kStart + 600s, 0x4000, at("192.0.2.9:5"), 2), V::bound);
}

TEST(Bucket, HoldsOneSecondOfBytesAndPackets) {
  Bucket bytes({Bytes{1000}, 1000});
  EXPECT_TRUE(bytes.has(kStart, 1000));
  bytes.take(1000);
  EXPECT_FALSE(bytes.has(kStart, 1));
  EXPECT_TRUE(bytes.has(kStart + 500ms, 499));
  EXPECT_FALSE(bytes.has(kStart + 500ms, 501));
  EXPECT_FALSE(bytes.has(kStart + 10s, 1001));
  Bucket packets({Bytes{1000}, 2});
  ASSERT_TRUE(packets.has(kStart, 1));
  packets.take(1);
  packets.take(1);
  EXPECT_FALSE(packets.has(kStart, 1));
}

TEST(Buckets, ForgetOwnersWithoutAllocations) {
  Buckets<std::string> users;
  users.add("a", {});
  users.add("a", {});
  EXPECT_EQ(users.allocations("a"), 2u);
  users.remove("a");
  EXPECT_NE(users.find("a"), nullptr);
  users.remove("a");
  EXPECT_EQ(users.find("a"), nullptr);
}

TEST(StreamGate, ClosesWhenTheOldestByteHasWaited) {
  StreamGate gate({.max_wait = 100ms, .max_bytes = 1000});
  EXPECT_TRUE(gate.admits(kStart, 1000));
  EXPECT_FALSE(gate.admits(kStart, 1001));
  gate.handed(kStart, 300);
  gate.handed(kStart + 50ms, 300);
  EXPECT_TRUE(gate.admits(kStart + 99ms, 100));
  EXPECT_FALSE(gate.admits(kStart + 99ms, 401));
  EXPECT_FALSE(gate.admits(kStart + 100ms, 1));
  gate.on_backlog(300);  // the first one left
  EXPECT_TRUE(gate.admits(kStart + 149ms, 1));
  EXPECT_FALSE(gate.admits(kStart + 150ms, 1));
  gate.on_backlog(0);
  EXPECT_TRUE(gate.admits(kStart + 10s, 1000));
}

struct Ports : testing::Test {
  static RelayPorts::Config config(std::uint16_t first, std::uint16_t last) {
    const RelayAddress address{ip("10.0.0.1"), ip("203.0.113.1")};
    return {.v4 = address, .first = first, .last = last, .attempts = 4};
  }
  std::vector<OpenSocket> opened(RelayPorts& ports) {
    std::vector<OpenSocket> all;
    closed = 0;
    while (auto c = ports.next_command()) {
      if (auto* open = std::get_if<OpenSocket>(&*c)) all.push_back(*open);
      closed += std::holds_alternative<CloseSocket>(*c);
    }
    return all;
  }
  TestRandom random{7};
  Ids ids;
  std::size_t closed = 0;
};

TEST_F(Ports, GiveEveryPortOfTheRangeOnceAndTellTheAdvertisedAddress) {
  RelayPorts ports(config(50000, 50009), ids, random);
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(ports.order(Family::v4, RelayPorts::Shape::any));
    auto open = opened(ports);
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].local.ip, ip("10.0.0.1"));
    seen.insert(open[0].local.port);
    auto filled = ports.on_socket(open[0].socket, SocketOpened{open[0].local});
    ASSERT_TRUE(filled && filled->socket);
    EXPECT_EQ(filled->socket->relayed, (Endpoint{ip("203.0.113.1"), open[0].local.port}));
  }
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_FALSE(ports.order(Family::v4, RelayPorts::Shape::any));
  EXPECT_FALSE(ports.order(Family::v6, RelayPorts::Shape::any));
}

TEST_F(Ports, TryElsewhereAFewTimes) {
  RelayPorts ports(config(50000, 59999), ids, random);
  auto order = ports.order(Family::v4, RelayPorts::Shape::any);
  std::set<std::uint16_t> tried;
  std::optional<RelayPorts::Filled> filled;
  while (!filled) {
    auto open = opened(ports);
    ASSERT_EQ(open.size(), 1u);
    tried.insert(open[0].local.port);
    filled = ports.on_socket(open[0].socket, SocketFailed{"taken"});
  }
  EXPECT_EQ(tried.size(), 4u);
  EXPECT_EQ(filled->order, *order);
  EXPECT_FALSE(filled->socket);
}

TEST_F(Ports, PairsAreEvenAndNeighboursAndFallTogether) {
  RelayPorts ports(config(50001, 50010), ids, random);
  ASSERT_TRUE(ports.order(Family::v4, RelayPorts::Shape::even_pair));
  auto first = opened(ports).at(0);
  EXPECT_EQ(first.local.port % 2, 0);
  EXPECT_FALSE(ports.on_socket(first.socket, SocketOpened{first.local}));
  auto second = opened(ports).at(0);
  EXPECT_EQ(second.local.port, first.local.port + 1);
  EXPECT_FALSE(ports.on_socket(second.socket, SocketFailed{"taken"}));
  auto again = opened(ports).at(0);
  EXPECT_EQ(closed, 1u);  // the lonely even one
  EXPECT_FALSE(ports.on_socket(again.socket, SocketOpened{again.local}));
  auto last = opened(ports).at(0);
  auto filled = ports.on_socket(last.socket, SocketOpened{last.local});
  ASSERT_TRUE(filled && filled->socket && filled->next);
  EXPECT_EQ(filled->next->relayed.port, filled->socket->relayed.port + 1);
}

TEST_F(Ports, ACancelledOrderLeavesNothing) {
  RelayPorts ports(config(50000, 50001), ids, random);
  auto order = ports.order(Family::v4, RelayPorts::Shape::even_pair);
  auto first = opened(ports).at(0);
  EXPECT_FALSE(ports.on_socket(first.socket, SocketOpened{first.local}));
  ports.cancel(*order);
  opened(ports);
  EXPECT_EQ(closed, 2u);
  EXPECT_TRUE(ports.order(Family::v4, RelayPorts::Shape::even_pair));
}

}  // namespace
}  // namespace godesk::turn
