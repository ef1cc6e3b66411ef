#include "link/prober.h"

#include <map>

#include <gtest/gtest.h>

#include "stun/stun.h"

namespace godesk::link {
namespace {

struct CountingRandom final : Random {
  void fill(MutableBytes out) override {
    for (auto& b : out) b = static_cast<std::uint8_t>(state = state * 1103515245u + 12345u, state >> 16);
  }
  std::uint32_t state = 3;
};

const Endpoint kStun = *Endpoint::parse("203.0.113.1:3478"), kPeer = *Endpoint::parse("198.51.100.9:4000");
const IpAddress kHere = *IpAddress::parse("192.168.1.2");

struct ProberTest : testing::Test {
  Ids ids;
  CountingRandom random;
  PunchBudget budget;
  Prober prober{ids, random, budget};
  Time now{1s};
  std::vector<SocketId> open;
  std::vector<std::pair<Time, Datagram>> sent;
  bool openable = true;

  void SetUp() override { prober.begin({kHere, kStun}, Buffer{0, 1, 2}, std::nullopt); }
  void drain() {
    while (auto command = prober.next_command()) {
      if (auto* opening = std::get_if<OpenSocket>(&*command)) {
        if (openable) open.push_back(opening->socket);
        const auto port = static_cast<std::uint16_t>(30000 + static_cast<int>(opening->socket));
        if (openable) {
          prober.on_socket(now, opening->socket, SocketOpened{{kHere, port}});
        } else {
          prober.on_socket(now, opening->socket, SocketFailed{"no"});
        }
      } else if (auto* closing = std::get_if<CloseSocket>(&*command)) {
        std::erase(open, closing->socket);
      }
    }
    while (auto transmit = prober.next_transmit()) sent.emplace_back(now, std::get<Datagram>(*transmit));
  }
  void run(Duration time) {
    const Time until = now + time;
    for (drain(); prober.next_deadline() <= until; drain()) {
      now = std::max(now, prober.next_deadline());
      prober.on_timer(now);
    }
    now = until;
  }
  /// The server's answers to all questions so far: numbers in the order of asking.
  void answer(std::uint16_t first, int step) {
    auto port = static_cast<int>(first);
    std::map<SocketId, bool> seen;
    for (const auto& [at, datagram] : std::vector(sent)) {
      if (!std::exchange(seen[datagram.socket], true)) port += step;
      auto question = stun::Message::parse(datagram.bytes);
      if (datagram.to != kStun || !question) continue;
      const Buffer told = stun::Builder(stun::Class::success, stun::Method::binding, question->transaction())
                              .mapped({kPeer.ip, static_cast<std::uint16_t>(port)})
                              .finish_with_fingerprint();
      prober.on_stun(now, datagram.socket, kStun, told);
    }
  }
};

TEST_F(ProberTest, AMeasurementLeavesInOneInstantAndInOrder) {
  prober.measure({kPeer, kPeer});
  drain();
  ASSERT_EQ(sent.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(sent[i].second.to, i % 2 == 0 ? kStun : kPeer);
    EXPECT_EQ(sent[i].second.socket, open[i]);
  }
  EXPECT_FALSE(prober.ready());
  answer(20000, 2);
  ASSERT_TRUE(prober.ready());
  EXPECT_EQ(prober.measured(2), (std::vector<std::vector<std::uint16_t>>{{20004}, {20008}}));
  EXPECT_EQ(prober.last_port(), 20010);
}

TEST_F(ProberTest, NothingLeavesBeforeAllSocketsAreOpen) {
  prober.measure({kPeer});
  auto first = prober.next_command();
  prober.on_socket(now, std::get<OpenSocket>(*first).socket, SocketOpened{{kHere, 5}});
  EXPECT_FALSE(prober.next_transmit());
  drain();
  EXPECT_EQ(sent.size(), 3u);
}

TEST_F(ProberTest, AServerThatIsSilentEndsTheMeasurementWithoutAPort) {
  prober.measure({kPeer});
  run(5s);
  EXPECT_TRUE(prober.ready());
  EXPECT_TRUE(prober.measured(1)[0].empty());
}

TEST_F(ProberTest, DeclaredSocketsAreSilentUntilTheyHaveAnAim) {
  prober.declare(2);
  run(1s);
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(prober.inside_ports(), (std::vector<std::uint16_t>{30001, 30002}));
  prober.aim(now, 1, kPeer);
  run(3s);
  EXPECT_EQ(sent.size(), 8u);
  for (const auto& [at, datagram] : sent) EXPECT_EQ(datagram.socket, open[1]);
}

TEST_F(ProberTest, ManySocketsOpenAtThePaceAndSendOnceEach) {
  prober.open(now + 100ms, kPeer, 1000, ice::kProbeEvery);
  run(5s);
  EXPECT_EQ(open.size(), 256u);
  EXPECT_EQ(sent.size(), 256u);
  EXPECT_GE(sent.back().first - sent.front().first, 849ms);
  EXPECT_TRUE(prober.ready());
  prober.release(open[7]);
  const SocketId given = open[7];
  prober.stop();
  drain();
  EXPECT_EQ(open, std::vector<SocketId>{given});
  EXPECT_EQ(prober.most_sockets(), 256u);
}

TEST_F(ProberTest, AWalkIsNeverFasterThanThreeHundredASecond) {
  prober.walk(now, SocketId{77}, kPeer.ip, ice::PortWalk(1024, 64512, random), 5000);
  run(10s);
  EXPECT_EQ(sent.size(), 900u);
  std::map<std::uint16_t, int> ports;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    ++ports[sent[i].second.to.port];
    if (i >= 310) {
      EXPECT_GE(sent[i].first - sent[i - 310].first, 1s);
    }
  }
  EXPECT_EQ(ports.size(), 900u) << "no port twice";
}

TEST_F(ProberTest, WithoutBudgetNothingLeaves) {
  while (budget.take_packet(now, kPeer.ip)) continue;
  prober.walk(now, SocketId{77}, kPeer.ip, ice::PortWalk(1024, 64512, random), 900);
  prober.spray(now, SocketId{77}, {kPeer});
  prober.declare(1);
  prober.aim(now, 0, kPeer);
  run(5s);
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(prober.sent(), 0u);
}

TEST_F(ProberTest, TheFirstPacketOfAHoleMayDieOnTheWay) {
  prober.begin({kHere, kStun}, Buffer{0, 1, 2}, 3);
  prober.declare(1);
  run(10ms);
  prober.aim(now, 0, kPeer);
  run(1s);
  ASSERT_GT(sent.size(), 2u);
  EXPECT_EQ(sent[0].second.ttl, 3);
  EXPECT_EQ(sent[1].second.ttl, std::nullopt);
}

TEST_F(ProberTest, SocketsThatCannotBeOpenedAreNoHoles) {
  openable = false;
  prober.declare(2);
  drain();
  EXPECT_TRUE(prober.ready());
  EXPECT_EQ(prober.inside_ports(), (std::vector<std::uint16_t>{0, 0}));
  EXPECT_FALSE(prober.hole(0));
  prober.stop();
  drain();
}

}  // namespace
}  // namespace godesk::link
