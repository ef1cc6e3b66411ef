#include "link/relay_race.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "turn/server.h"
#include "turn/test_world.h"

namespace godesk::link {
namespace {

using turn::TestRandom;
using turn::TestWorld;

const IpAddress kServer = *IpAddress::parse("203.0.113.1");
const Endpoint kAt{kServer, 3478}, kTls{kServer, 443};

struct Relay {
  explicit Relay(TestWorld& w) : world(w), server(config(), users, ids, random, log) {
    users.add("user", "pass");
    world.attach(server, {kServer});
    const SocketId socket = ids.socket();
    server.add_udp_listener(socket, kAt);
    world.bind(server, socket, kAt);
    world.listen(server, kAt);
    world.listen(server, kTls);
  }
  ~Relay() { world.detach(server); }
  static turn::Server::Config config() {
    turn::Server::Config c;
    c.relay.v4 = turn::RelayAddress{kServer, kServer};
    return c;
  }
  TestWorld& world;
  turn::FixedUsers users;
  Ids ids;
  TestRandom random{1};
  NullLog log;
  turn::Server server;
};

struct RelayRaceTest : testing::Test {
  ~RelayRaceTest() override {
    if (race) world.detach(*race);
  }
  static RelayServer server(const char* password = "pass") {
    RelayServer s;
    s.udp = s.tcp = HostPort{"203.0.113.1", 3478};
    s.tls = HostPort{"203.0.113.1", 443};
    s.username = "user";
    s.password = password;
    return s;
  }
  void begin(RelayServer s = server()) {
    race.emplace(RelayRace::Config{std::move(s)}, ids, random, log);
    world.attach(*race, {*IpAddress::parse("198.51.100.1")});
    race->start(world.now);
    run(0ms);
  }
  void run(Duration span) {
    // In steps, so that events are seen about when they happen.
    for (Duration done{}; done <= span; done += 10ms) {
      world.run(std::min<Duration>(10ms, span));
      while (auto event = race->next_event()) {
        if (auto* up = std::get_if<RelayRace::Up>(&*event)) ups.push_back(*up), up_at = world.now;
        if (auto* down = std::get_if<RelayRace::Down>(&*event)) downs.push_back(*down);
      }
    }
  }

  TestWorld world;
  Ids ids;
  TestRandom random{2};
  NullLog log;
  std::optional<Relay> relay;
  std::optional<RelayRace> race;
  std::vector<RelayRace::Up> ups;
  std::vector<RelayRace::Down> downs;
  Time up_at{};
};

TEST_F(RelayRaceTest, UdpWinsWhereItWorks) {
  relay.emplace(world);
  begin();
  run(1s);
  ASSERT_EQ(ups.size(), 1u);
  EXPECT_EQ(ups[0].transport, Transport::udp);
  EXPECT_EQ(ups[0].allocated.relayed.at(0).ip, kServer);
  EXPECT_EQ(world.open_streams(), 0u);
}

TEST_F(RelayRaceTest, TheNextLegStartsOneStaggerLater) {
  relay.emplace(world);
  world.dead.insert(kAt);  // neither UDP nor TCP
  begin();
  run(2s);
  ASSERT_EQ(ups.size(), 1u);
  EXPECT_EQ(ups[0].transport, Transport::tls);
  // TCP failed at 200 ms and called TLS forward.
  EXPECT_LT(up_at.time_since_epoch(), 300ms);
}

TEST_F(RelayRaceTest, UdpOnTheTlsPortIsTheSecondTry) {
  relay.emplace(world);
  const Endpoint web{kServer, 443};
  const SocketId socket = relay->ids.socket();
  relay->server.add_udp_listener(socket, web);
  world.bind(relay->server, socket, web);
  RelayServer s = server();
  s.tcp.reset();
  s.tls.reset();
  s.udp_443 = HostPort{"203.0.113.1", 443};
  world.dead = {kAt};
  begin(s);
  run(1s);
  ASSERT_EQ(ups.size(), 1u);
  EXPECT_EQ(ups[0].transport, Transport::udp);
  EXPECT_EQ(ups[0].allocated.server.port, 443);
  EXPECT_LT(up_at.time_since_epoch(), 200ms);
}

TEST_F(RelayRaceTest, WhereOnlyAWebSocketOpensItIsTaken) {
  relay.emplace(world);
  RelayServer s = server();
  const Endpoint web{kServer, 8443};
  world.listen(relay->server, web);
  s.websocket = HostPort{"203.0.113.1", 8443};
  world.dead = {kAt, kTls};
  begin(s);
  run(3s);
  ASSERT_EQ(ups.size(), 1u);
  EXPECT_EQ(ups[0].transport, Transport::websocket);
}

TEST_F(RelayRaceTest, LosersLeaveNothingBehind) {
  relay.emplace(world);
  world.delay = 150ms;  // UDP answers while TCP is on its way
  begin();
  run(5s);
  ASSERT_EQ(ups.size(), 1u);
  EXPECT_EQ(relay->server.stats().allocations, 1u);
  EXPECT_EQ(world.open_streams(), 0u);
}

TEST_F(RelayRaceTest, AnAbsentServerIsTriedAgain) {
  begin();
  run(15s);
  EXPECT_FALSE(downs.empty());
  EXPECT_FALSE(downs[0].was_up);
  EXPECT_FALSE(downs[0].refused);
  relay.emplace(world);
  run(12s);
  EXPECT_EQ(ups.size(), 1u);
}

TEST_F(RelayRaceTest, WrongCredentialsAreSaid) {
  relay.emplace(world);
  begin(server("wrong"));
  run(1s);
  ASSERT_FALSE(downs.empty());
  EXPECT_TRUE(downs[0].refused);
  race->set_server(world.now, server());
  run(1s);
  EXPECT_EQ(ups.size(), 1u);
}

TEST_F(RelayRaceTest, AProbeFindsOutThatTheServerForgot) {
  relay.emplace(world);
  begin();
  run(1s);
  ASSERT_EQ(ups.size(), 1u);
  relay.reset();
  relay.emplace(world);
  race->probe(world.now);
  run(1s);
  ASSERT_EQ(downs.size(), 1u);
  EXPECT_TRUE(downs[0].was_up);
  EXPECT_EQ(ups.size(), 2u);
}

TEST_F(RelayRaceTest, AProbeOfAServerThatRemembersChangesNothing) {
  relay.emplace(world);
  begin();
  run(1s);
  race->probe(world.now);
  run(3s);
  EXPECT_TRUE(downs.empty());
  EXPECT_TRUE(race->up());
}

TEST_F(RelayRaceTest, SilenceAfterAProbeIsALoss) {
  relay.emplace(world);
  begin();
  run(1s);
  world.dead = {kAt, kTls};
  race->probe(world.now);
  run(2s);
  EXPECT_FALSE(race->up());
  world.dead.clear();
  run(5s);
  EXPECT_TRUE(race->up());
}

TEST_F(RelayRaceTest, AnAddressThatIsGoneTakesItsLegAlong) {
  relay.emplace(world);
  begin();
  run(1s);
  race->network_changed(world.now, {*IpAddress::parse("198.51.100.77")});
  EXPECT_FALSE(race->up());
  run(1s);
  EXPECT_EQ(ups.size(), 2u);
}

TEST_F(RelayRaceTest, PeersTheRelayRefusesAreSentNothing) {
  relay.emplace(world);
  begin();
  run(1s);
  const Endpoint inside{*IpAddress::parse("10.0.0.1"), 5000};
  race->bind(world.now, inside);
  EXPECT_TRUE(race->bound(inside));
  run(1s);
  EXPECT_FALSE(race->bound(inside));
  race->bind(world.now, inside);
  EXPECT_FALSE(race->bound(inside));
}

TEST_F(RelayRaceTest, AfterCloseNothingMoves) {
  relay.emplace(world);
  begin();
  run(1s);
  race->close(world.now);
  run(1s);
  EXPECT_EQ(relay->server.stats().allocations, 0u);
  EXPECT_EQ(race->next_deadline(), kNever);
}

}  // namespace
}  // namespace godesk::link
