#include <algorithm>

#include "turn/test_relay.h"

namespace godesk::turn {
namespace {

struct ClientTest : Relay {};

TEST_F(ClientTest, AllocatesOverEveryLeg) {
  for (Leg leg : {Leg::udp, Leg::tcp, Leg::tls}) {
    TestClient& c = add("user", leg);
    ASSERT_TRUE(c.allocated);
    EXPECT_EQ(c.relayed().ip, ip(kServer));
    EXPECT_GE(c.relayed().port, 49152);
    EXPECT_EQ(c.allocated->server, at("198.51.100.1:3478"));
    EXPECT_EQ(c.allocated->reflexive, c.allocated->local);
    EXPECT_EQ(c.allocated->rtt, 10ms);
  }
}

TEST_F(ClientTest, RealmAndNonceAheadSaveARoundTrip) {
  auto config = client_config();
  config.realm = server.realm();
  config.nonce = server.issue_nonce(world.now, ip("203.0.113.1"));
  add(config);
  ASSERT_TRUE(clients[0]->allocated);
  EXPECT_EQ(world.sent.size(), 2u);
  config.nonce = server.issue_nonce(world.now, ip("192.0.2.77"));  // turned out to be for another address
  add(config);
  ASSERT_TRUE(clients[1]->allocated);
  EXPECT_EQ(world.sent.size(), 6u);
  EXPECT_LE(world.sent[3].bytes.size(), world.sent[2].bytes.size());
}

TEST_F(ClientTest, APermissionRightBehindAllocateLetsThePeersFirstPacketIn) {
  TestClient& peer = add("s1-peer");
  permit(peer, kServer);
  auto config = client_config("s1-me");
  config.realm = server.realm();
  config.nonce = server.issue_nonce(world.now, ip("203.0.113.2"));
  credentials.port = server.propose().value().port;
  const Endpoint mine{ip(kServer), credentials.port};
  clients.push_back(std::make_unique<TestClient>(world, std::move(config), "203.0.113.2"));
  TestClient& me = *clients.back();
  me.client.permit(world.now, ip(kServer));
  me.client.start(world.now);
  run(5ms);  // the answer to Allocate is still on its way
  EXPECT_FALSE(me.allocated);
  peer.client.send(world.now, mine, bytes_of("early"));
  run(11ms);
  ASSERT_EQ(me.received.size(), 1u);
  EXPECT_EQ(me.received[0].peer, peer.relayed());
}

TEST_F(ClientTest, APermissionThatOvertookAllocateIsAskedForAgain) {
  auto config = client_config("s1-me");
  config.realm = server.realm();
  config.nonce = server.issue_nonce(world.now, ip("203.0.113.1"));
  clients.push_back(std::make_unique<TestClient>(world, std::move(config), "203.0.113.1"));
  TestClient& me = *clients.back();
  me.client.permit(world.now, ip(kServer));
  me.client.start(world.now);
  world.lose = 1;  // Allocate
  run(800ms);
  ASSERT_TRUE(me.allocated);
  EXPECT_TRUE(me.failures.empty());
  TestClient& peer = add("s1-peer");
  permit(peer, kServer);
  peer.client.send(world.now, me.relayed(), bytes_of("later"));
  run(50ms);
  EXPECT_EQ(me.received.size(), 1u);
}

TEST_F(ClientTest, AsksForBothFamilies) {
  auto config = client_config();
  config.both_families = true;
  TestClient& c = add(config);
  ASSERT_TRUE(c.allocated);
  ASSERT_EQ(c.allocated->relayed.size(), 2u);
  EXPECT_EQ(c.relayed(0).family(), Family::v4);
  EXPECT_EQ(c.relayed(1).ip, ip("2001:db8::ff"));
  EXPECT_EQ(permit(c, "2001:db8::9"), -1);
  send(c, at("[2001:db8::9]:5000"), "six");
  EXPECT_EQ(world.inboxes[at("[2001:db8::9]:5000")].at(0).from, c.relayed(1));
}

TEST_F(ClientTest, ResolvesANameAndTriesTheNextAddressAfterSilence) {
  world.names["relay.example"] = {ip("192.0.2.254"), ip(kServer)};
  auto config = client_config();
  config.server.host = "relay.example";
  TestClient& c = add(config);
  EXPECT_FALSE(c.allocated);
  run(1s);
  EXPECT_TRUE(c.allocated);
  EXPECT_EQ(world.bound(ip("203.0.113.1")), 1u);  // the first attempt's socket is closed
  config.server.host = "nowhere.example";
  TestClient& lost = add(config);
  EXPECT_EQ(lost.failed.value().reason, Client::Reason::unreachable);
}

TEST_F(ClientTest, SaysWhyItFailed) {
  auto config = client_config();
  config.password = "wrong";
  EXPECT_EQ(add(config).failed.value().reason, Client::Reason::unauthorized);
  EXPECT_EQ(clients.back()->failed->code, 401);
  config = client_config("nobody");
  EXPECT_EQ(add(config).failed.value().reason, Client::Reason::unauthorized);
  config = client_config();
  config.server.port = 9;
  TestClient& silent = add(config);
  run(10s);
  EXPECT_EQ(silent.failed.value().reason, Client::Reason::unreachable);
  config.transport = Leg::tcp;
  EXPECT_EQ(add(config).failed.value().reason, Client::Reason::unreachable);
  add("s1-a"), add("s1-a");
  EXPECT_EQ(add("s1-a").failed.value().reason, Client::Reason::quota);
}

TEST_F(ClientTest, RepeatsOverUdpUntilItIsHeard) {
  world.dead.insert(at("198.51.100.1:3478"));
  TestClient& c = add();
  EXPECT_FALSE(c.allocated);
  run(1s);
  world.dead.clear();
  run(1s);
  EXPECT_TRUE(c.allocated);
  // An answer that is lost: the request comes again, and is answered as before.
  TestClient& d = add(client_config("user", Leg::tcp));
  EXPECT_TRUE(d.allocated);
  EXPECT_EQ(server.stats().allocations, 2u);
}

TEST_F(ClientTest, CarriesDatagramsByIndicationThenByChannel) {
  for (Leg leg : {Leg::udp, Leg::tcp, Leg::tls}) {
    TestClient& c = add("user", leg);
    const Endpoint peer = at("192.0.2.9:5000");
    world.inboxes.clear();
    EXPECT_EQ(permit(c, "192.0.2.9"), -1);
    send(c, peer, "first");
    world.inject(peer, c.relayed(), to_buffer(bytes_of("answer")));
    run(50ms);
    EXPECT_EQ(bind(c, peer), -1);
    EXPECT_EQ(c.channels, std::vector{peer});
    send(c, peer, "second");
    world.inject(peer, c.relayed(), to_buffer(bytes_of("again")));
    world.inject(at("192.0.2.9:5001"), c.relayed(), to_buffer(bytes_of("other port")));
    world.inject(at("192.0.2.8:5000"), c.relayed(), to_buffer(bytes_of("no permission")));
    run(50ms);
    const auto& inbox = world.inboxes[peer];
    ASSERT_EQ(inbox.size(), 2u);
    EXPECT_EQ(inbox[0].from, c.relayed());
    EXPECT_EQ(text_of(inbox[1].bytes), "second");
    ASSERT_EQ(c.received.size(), 3u);
    EXPECT_FALSE(c.received[0].channel);
    EXPECT_TRUE(c.received[1].channel);
    EXPECT_EQ(text_of(c.received[1].bytes), "again");
    EXPECT_EQ(c.received[2].peer, at("192.0.2.9:5001"));
  }
}

TEST_F(ClientTest, PeersAskedForBeforeTheAllocationAreAskedForAfterIt) {
  clients.push_back(std::make_unique<TestClient>(world, client_config(), "203.0.113.50"));
  TestClient& c = *clients.back();
  c.client.start(world.now);
  c.client.bind_channel(world.now, at("192.0.2.9:5000"));
  c.client.bind_channel(world.now, at("192.0.2.9:5000"));
  run(200ms);
  EXPECT_EQ(c.channels.size(), 1u);
}

TEST_F(ClientTest, KeepsAllocationPermissionAndChannelForHours) {
  TestClient& c = add();
  const Endpoint peer = at("192.0.2.9:5000");
  bind(c, peer);
  permit(c, "192.0.2.8");
  for (int i = 0; i < 100; ++i) {
    run(3min);
    world.inject(peer, c.relayed(), {1});
    world.inject(at("192.0.2.8:1"), c.relayed(), {2});
  }
  run(1s);
  EXPECT_FALSE(c.failed);
  EXPECT_EQ(c.received.size(), 200u);
  EXPECT_EQ(c.channels.size(), 1u);  // told once
}

TEST_F(ClientTest, NoticesThatTheServerForgotIt) {
  TestClient& c = add("s1-a");
  server.ban(world.now, '1');
  run(10min);
  EXPECT_EQ(c.failed.value().reason, Client::Reason::mismatch);
  EXPECT_EQ(c.failed->code, 437);
}

TEST_F(ClientTest, NoticesThatTheServerIsGone) {
  TestClient& udp = add();
  world.dead.insert(at("198.51.100.1:3478"));
  run(12min);
  EXPECT_EQ(udp.failed.value().reason, Client::Reason::lost);
}

TEST_F(ClientTest, CloseFreesTheAllocationAndItsOwnSockets) {
  for (Leg leg : {Leg::udp, Leg::tcp}) {
    TestClient& c = add("user", leg);
    EXPECT_EQ(server.stats().allocations, 1u);
    c.client.close(world.now);
    c.client.close(world.now);
    run(100ms);
    EXPECT_EQ(server.stats().allocations, 0u);
    EXPECT_FALSE(c.failed);
    EXPECT_EQ(c.client.next_deadline(), kNever);
  }
  EXPECT_EQ(world.bound(ip(kServer)), 1u);
  EXPECT_EQ(world.bound(ip("203.0.113.1")), 0u);
  EXPECT_EQ(world.open_streams(), 0u);
}

TEST_F(ClientTest, DropsWhatIsNotFromItsServer) {
  TestClient& c = add();
  const Endpoint peer = at("192.0.2.9:5000");
  bind(c, peer);
  const Endpoint local = c.allocated->local;
  world.inject(at("192.0.2.66:3478"), local, stun::channel_data(0x4000, Buffer{1}, false));
  world.inject(at("198.51.100.1:3478"), local, stun::channel_data(0x4abc, Buffer{1}, false));
  world.inject(at("198.51.100.1:3478"), local, Buffer{0, 1, 2});
  world.inject(at("198.51.100.1:3478"), local,
               stun::Builder(stun::Class::success, stun::Method::refresh, {}).finish());
  run(50ms);
  EXPECT_TRUE(c.received.empty());
  EXPECT_EQ(c.client.drops().wrong_source, 1u);
  EXPECT_EQ(c.client.drops().unknown_channel, 1u);
  EXPECT_EQ(c.client.drops().malformed, 1u);
  EXPECT_EQ(c.client.drops().unmatched, 1u);
}

TEST_F(ClientTest, OverAStalledStreamItDropsAfter100Ms) {
  TestClient& c = add("user", Leg::tcp);
  const Endpoint peer = at("192.0.2.9:5000");
  bind(c, peer);
  world.stall_streams = true;
  for (int i = 0; i < 20; ++i) {
    c.client.send(world.now, peer, Buffer(1000));
    run(10ms);
  }
  EXPECT_EQ(c.client.drops().queue_full, 10u);
}

TEST_F(ClientTest, GarbageOnTheStreamEndsIt) {
  TestClient& c = add("user", Leg::tcp);
  c.client.on_stream(world.now, StreamId{1}, StreamData{bytes_of("POST / HTTP/1.1")});
  run(10ms);
  EXPECT_EQ(c.failed.value().reason, Client::Reason::garbage);
}

}  // namespace
}  // namespace godesk::turn
