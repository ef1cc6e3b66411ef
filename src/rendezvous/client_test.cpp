#include "rendezvous/client.h"

#include <gtest/gtest.h>

#include "rendezvous/test_world.h"

namespace godesk::rendezvous {
namespace {

using namespace test;

TEST(Client, HostRegistersAndKeepsItsIdForEver) {
  World world;
  Peer& host = world.host(10);
  ASSERT_TRUE(host.last<event::Registered>());
  const auto id = host.last<event::Registered>()->id;
  EXPECT_EQ(host.last<event::ServerProved>()->identity, identity(1).public_key);
  EXPECT_TRUE(host.client->online());
  EXPECT_EQ(host.opened[0].kind, StreamKind::websocket);
  EXPECT_EQ(host.opened[0].targets, (std::vector<HostPort>{{"198.51.100.10", 443}}));

  world.kill();
  world.restart();
  world.run(600ms);
  EXPECT_EQ(host.count<event::Registered>(), 2u);
  EXPECT_EQ(host.last<event::Registered>()->id, id);
}

TEST(Client, FindIntroduceAndSignalBothWays) {
  World world;
  Peer& host = world.host(10);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, host.last<event::Registered>()->id);
  world.settle();

  const auto* introduced = viewer.last<event::Introduced>();
  const auto* introduction = host.last<event::Introduction>();
  ASSERT_TRUE(introduced && introduction);
  EXPECT_EQ(introduced->intro, introduction->intro);
  EXPECT_EQ(introduced->host, identity(10).public_key);
  EXPECT_EQ(introduction->caller, identity(20).public_key);
  // Each has credentials for the same pair, with a nonce for the address it is seen at.
  ASSERT_EQ(introduced->services.relays.size(), 1u);
  EXPECT_EQ(introduced->services.relays[0].username, introduction->services.relays[0].username);
  EXPECT_EQ(introduced->services.relays[0].nonce, "203.0.113.1");
  EXPECT_EQ(introduction->services.relays[0].nonce, "192.0.2.1");

  const IntroId intro = introduced->intro;
  EXPECT_TRUE(viewer.client->send_signal(world.now, intro, bytes_of("offer")));
  EXPECT_TRUE(host.client->send_signal(world.now, intro, bytes_of("answer")));
  world.settle();
  EXPECT_EQ(text_of(host.last<event::Signal>()->bytes), "offer");
  EXPECT_EQ(text_of(viewer.last<event::Signal>()->bytes), "answer");

  viewer.client->end_introduction(world.now, intro);
  world.settle();
  EXPECT_EQ(host.last<event::IntroductionEnded>()->intro, intro);
  EXPECT_EQ(viewer.count<event::IntroductionEnded>(), 0u);
  EXPECT_FALSE(host.client->send_signal(world.now, intro, bytes_of("late")));
  EXPECT_EQ(world.server->introductions(), 0u);
}

TEST(Client, SignalsAreBounded) {
  World world;
  Peer& host = world.host(10);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, host.last<event::Registered>()->id);
  world.settle();
  const IntroId intro = viewer.last<event::Introduced>()->intro;
  EXPECT_TRUE(viewer.client->send_signal(world.now, intro, Buffer(kMaxSignal, 1)));
  EXPECT_FALSE(viewer.client->send_signal(world.now, intro, Buffer(kMaxSignal + 1, 1)));
  EXPECT_FALSE(viewer.client->send_signal(world.now, intro, {}));
  EXPECT_FALSE(viewer.client->send_signal(world.now, IntroId{intro.number + 1}, bytes_of("x")));
  world.settle();
  EXPECT_EQ(host.count<event::Signal>(), 1u);
}

TEST(Client, FindBeforeTheConnectionStandsIsAnsweredInTheSameFlight) {
  World world;
  Peer& host = world.host(10);
  ClientConfig config;
  config.identity = identity(20);
  config.server = join_of(identity(1));
  Ids ids;
  Seeded random(3);
  NullLog log;
  Client client(config, ids, random, log);
  client.start(world.now);
  client.find(world.now, host.last<event::Registered>()->id);
  const auto open = std::get<OpenStream>(*client.next_command());

  Raw wire(*world.server, Ids::accepted(900));
  StreamOpened opened;
  opened.remote = {ip("198.51.100.10"), 443};
  opened.tls_exporter = to_buffer(wire.exporter);
  wire.open(world.now);
  client.on_stream(world.now, open.stream, opened);
  EXPECT_FALSE(client.next_transmit()) << "the server speaks first";
  auto hello = std::get<StreamBytes>(*world.server->next_transmit());
  client.on_stream(world.now, open.stream, StreamData{hello.bytes});

  std::vector<ClientMessage> sent;
  while (auto transmit = client.next_transmit())
    sent.push_back(*decode_client_message(std::get<StreamBytes>(*transmit).bytes));
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<wire::Hello>(sent[0]));
  EXPECT_TRUE(std::holds_alternative<wire::Find>(sent[1]));
}

TEST(Client, RetriesOnTheScheduleAndNeverGivesUp) {
  World world;
  world.kill();
  Peer& host = world.host(10);
  world.run(120s);
  ASSERT_GT(host.attempts.size(), 20u);
  const std::vector<double> gaps = {500, 1000, 2000, 4000};
  for (std::size_t i = 0; i + 1 < host.attempts.size(); ++i) {
    const double gap = to_ms(host.attempts[i + 1] - host.attempts[i]);
    if (i < gaps.size()) {
      EXPECT_EQ(gap, gaps[i]);
    } else {
      EXPECT_GE(gap, 4000);
      EXPECT_LE(gap, 6000);
    }
  }
  EXPECT_EQ(host.count<event::WentOffline>(), 1u) << "told once for one reason";
  EXPECT_EQ(host.last<event::WentOffline>()->why, Offline::unreachable);
  world.restart();
  world.run(6s);
  EXPECT_EQ(host.count<event::WentOnline>(), 1u);
}

TEST(Client, OnlineWithinTenSecondsOfAServerKilledAndStartedTwoSecondsLater) {
  World world;
  Peer& host = world.host(10);
  const auto id = host.last<event::Registered>()->id;
  EXPECT_EQ(host.count<event::WentOnline>(), 0u);
  world.kill();
  EXPECT_EQ(host.last<event::WentOffline>()->why, Offline::lost);
  world.run(2s);
  EXPECT_EQ(host.last<event::WentOffline>()->why, Offline::unreachable);
  world.restart();
  world.run(8s);
  EXPECT_TRUE(host.client->online());
  EXPECT_EQ(host.count<event::WentOnline>(), 1u);
  EXPECT_EQ(host.last<event::Registered>()->id, id);
}

TEST(Client, NoticesASilentlyDeadConnectionAndTakesItsOldPlace) {
  World world;
  Peer& host = world.host(10);
  host.muted = true;
  world.run(24s);
  EXPECT_TRUE(host.client->online());
  world.run(1s);
  EXPECT_FALSE(host.client->online());
  EXPECT_EQ(host.last<event::WentOffline>()->why, Offline::timed_out);
  // The server still believes in the old connection; it asks it, and hears nothing.
  host.muted = false;
  world.run(10s);
  EXPECT_TRUE(host.client->online());
  EXPECT_EQ(world.server->registered(), 1u);
  EXPECT_EQ(world.server->counters().taken_over, 1u);
}

TEST(Client, AChangedNetworkIsProbedAtOnce) {
  World world;
  Peer& host = world.host(10);
  host.client->on_network(world.now, {ip("192.0.2.1")});
  host.client->on_network(world.now, {ip("192.0.2.1")});
  world.settle();
  host.muted = true;
  host.client->on_network(world.now, {ip("192.0.2.77")});
  world.run(5s);
  EXPECT_EQ(host.last<event::WentOffline>()->why, Offline::timed_out);
}

TEST(Client, AnAttemptOnTheOldNetworkIsNotWaitedFor) {
  World world;
  world.kill();
  Peer& host = world.host(10);
  host.client->on_network(world.now, {ip("192.0.2.1")});
  world.restart();
  host.muted = true;
  world.run(1s);
  EXPECT_EQ(host.attempts.size(), 2u) << "the second hangs";
  host.muted = false;
  host.client->on_network(world.now, {ip("192.0.2.77")});
  world.settle();
  EXPECT_TRUE(host.client->online());
}

TEST(Client, PingsKeepAQuietConnectionAlive) {
  World world;
  Peer& host = world.host(10);
  Peer& viewer = world.viewer(20);
  world.run(600s);
  EXPECT_TRUE(host.client->online());
  EXPECT_TRUE(viewer.client->online());
  EXPECT_EQ(host.attempts.size(), 1u);
  EXPECT_EQ(world.server->counters().silent, 0u);
}

TEST(Client, PingsAsOftenAsItIsTold) {
  World world;
  Peer& host = world.host(10);
  host.client->set_ping_every(8s);
  world.run(30s);  // from the next answer on
  host.muted = true;
  world.run(13s);
  EXPECT_FALSE(host.client->online());
}

TEST(Client, AViewerWithoutAQuestionTellsThatTheServerIsGone) {
  World world;
  Peer& viewer = world.viewer(20);
  world.kill();
  world.run(1s);
  EXPECT_EQ(viewer.last<event::WentOffline>()->why, Offline::lost);
  EXPECT_EQ(viewer.attempts.size(), 1u) << "nobody asks anything";
}

TEST(Client, TheFirstOfTwoDevicesWithOneIdentityStays) {
  World world;
  Peer& first = world.host(10);
  Peer& second = world.host(10, "192.0.2.2");
  world.run(30s);
  EXPECT_TRUE(first.client->online());
  EXPECT_EQ(first.count<event::WentOffline>(), 0u);
  EXPECT_FALSE(second.client->online());
  EXPECT_EQ(second.last<event::WentOffline>()->why, Offline::identity_in_use);
  EXPECT_EQ(second.count<event::WentOffline>(), 1u);
  EXPECT_EQ(to_string(Offline::identity_in_use), "identity-in-use");

  first.client->goodbye(world.now);
  world.run(10s);
  EXPECT_TRUE(second.client->online()) << "the place is free";
  EXPECT_EQ(second.last<event::Registered>()->id, first.last<event::Registered>()->id);
}

TEST(Client, GoodbyeIsOfflineAtOnceAndForGood) {
  World world;
  Peer& host = world.host(10);
  const auto id = host.last<event::Registered>()->id;
  host.client->goodbye(world.now);
  world.settle();
  EXPECT_EQ(world.server->registered(), 0u);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, id);
  world.settle();
  EXPECT_EQ(viewer.last<event::Refused>()->why, event::Refused::Why::not_found);
  EXPECT_EQ(host.client->next_deadline(), kNever);
  world.run(60s);
  EXPECT_EQ(host.attempts.size(), 1u);
}

TEST(Client, IntroductionsEndWithTheConnection) {
  World world;
  Peer& host = world.host(10);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, host.last<event::Registered>()->id);
  world.settle();
  const IntroId intro = viewer.last<event::Introduced>()->intro;
  world.kill();
  EXPECT_EQ(host.last<event::IntroductionEnded>()->intro, intro);
  EXPECT_EQ(viewer.last<event::IntroductionEnded>()->intro, intro);
}

// ---- the wrong server

ClientConfig viewer_of(Join join) {
  ClientConfig config;
  config.identity = identity(20);
  config.server = std::move(join);
  return config;
}

TEST(Client, AnotherServerHearsNothingAndTheQuestionFailsAtOnce) {
  World world;
  Peer& viewer = world.add(viewer_of(join_of(identity(2))));
  viewer.client->find(world.now, auth::DeviceId());
  world.run(1s);
  ASSERT_TRUE(viewer.last<event::Unreachable>());
  EXPECT_EQ(viewer.last<event::Unreachable>()->why, Offline::not_the_server);
  EXPECT_EQ(viewer.count<event::ServerProved>(), 0u);
  EXPECT_EQ(world.server->counters().bad_proof, 0u) << "no Hello was sent";
}

TEST(Client, SomeoneWhoEndsTlsInBetweenIsNotTheServer) {
  World world;
  Peer& host = world.host(10);
  world.kill();
  host.spliced = true;
  world.restart();
  world.run(600ms);
  EXPECT_EQ(host.last<event::WentOffline>()->why, Offline::not_the_server);
  EXPECT_EQ(world.server->registered(), 0u);
}

TEST(Client, ABareHostIsJudgedByItsCertificateAndPinned) {
  World world;
  Join bare = *Join::parse("desk.example.org");
  Peer& viewer = world.add(viewer_of(bare));
  EXPECT_EQ(viewer.opened[0].kind, StreamKind::websocket_vouched);
  ASSERT_TRUE(viewer.last<event::ServerProved>());

  ClientConfig pinned = viewer_of(bare);
  pinned.pinned = viewer.last<event::ServerProved>()->identity;
  EXPECT_TRUE(world.add(pinned).client->online());
  pinned.pinned = identity(3).public_key;
  Peer& cheated = world.add(pinned);
  cheated.client->find(world.now, auth::DeviceId());
  world.settle();
  EXPECT_EQ(cheated.last<event::Unreachable>()->why, Offline::not_the_server);
}

TEST(Client, ACertificateNobodyVouchesForIsUntrusted) {
  World world;
  world.kill();
  Ids ids;
  Seeded random(3);
  NullLog log;
  Client client(viewer_of(*Join::parse("desk.example.org")), ids, random, log);
  client.find(world.now, auth::DeviceId());
  const auto open = std::get<OpenStream>(*client.next_command());
  client.on_stream(world.now, open.stream, StreamClosed{StreamClosed::Why::untrusted, "self-signed"});
  EXPECT_EQ(std::get<event::Unreachable>(*client.next_event()).why, Offline::untrusted);
  EXPECT_EQ(client.next_deadline(), kNever);
}

// ---- questions against time

TEST(Client, AnAbsentServerIsUnreachableWithinTheLimit) {
  World world;
  world.kill();
  Peer& viewer = world.add(Role::viewer, 20, "203.0.113.1");
  viewer.client->find(world.now, auth::DeviceId());
  world.run(8s - 1ms);
  EXPECT_FALSE(viewer.last<event::Unreachable>());
  world.run(1ms);
  EXPECT_EQ(viewer.last<event::Unreachable>()->why, Offline::unreachable);
  const std::size_t attempts = viewer.attempts.size();
  EXPECT_EQ(attempts, 6u) << "at the start, with the question, and four times after";
  world.run(60s);
  EXPECT_EQ(viewer.attempts.size(), attempts) << "nobody asks any more";
}

TEST(Client, AQuestionSurvivesARestartOfTheServer) {
  World world;
  Peer& host = world.host(10);
  const auto id = host.last<event::Registered>()->id;
  world.kill();
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, id);
  world.run(1200ms);
  world.restart();
  world.run(5s);
  EXPECT_TRUE(viewer.last<event::Introduced>());
}

TEST(Client, ALateAnswerIsNotTakenForTheNext) {
  World world;
  Peer& host = world.host(10);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, host.last<event::Registered>()->id);
  viewer.client->find(world.now, auth::DeviceId());
  world.settle();
  EXPECT_EQ(viewer.count<event::Introduced>(), 0u);
  EXPECT_EQ(viewer.count<event::Refused>(), 1u);
  EXPECT_EQ(world.server->introductions(), 0u);
}

TEST(Client, RefreshGivesNewCredentialsForADayAcrossRestarts) {
  World world;
  Peer& host = world.host(10);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, host.last<event::Registered>()->id);
  world.settle();
  const event::Introduced introduced = *viewer.last<event::Introduced>();
  const Buffer token = introduced.services.refresh_token;
  world.kill();
  world.restart();
  world.run(23h);
  viewer.client->refresh(world.now, introduced.intro, token);
  world.settle();
  ASSERT_TRUE(viewer.last<event::Refreshed>());
  EXPECT_EQ(viewer.last<event::Refreshed>()->services.relays[0].username,
            introduced.services.relays[0].username);

  host.client->refresh(world.now, introduced.intro, token);
  world.settle();
  EXPECT_EQ(host.count<event::RefreshFailed>(), 1u) << "another device's token";
  world.run(2h);
  viewer.client->refresh(world.now, introduced.intro, token);
  world.settle();
  EXPECT_EQ(viewer.count<event::RefreshFailed>(), 1u) << "too old";
}

TEST(Client, AMeetingWaitsForAHostThatIsNotBackYet) {
  World world;
  Peer& host = world.host(10);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, host.last<event::Registered>()->id);
  world.settle();
  const event::Introduced introduced = *viewer.last<event::Introduced>();
  viewer.client->goodbye(world.now);
  host.client->goodbye(world.now);
  world.kill();

  Peer& again = world.viewer(20);
  again.client->meet(world.now, introduced.intro, introduced.services.refresh_token);
  world.run(5s);
  EXPECT_FALSE(again.last<event::Refreshed>());
  world.restart();
  world.run(1200ms);
  ASSERT_TRUE(again.last<event::Refreshed>()) << "in need a lost server is tried every second";
  EXPECT_FALSE(again.last<event::Refreshed>()->met);
  EXPECT_FALSE(again.client->send_signal(world.now, introduced.intro, Buffer{1}));

  Peer& back = world.host(10);
  world.run(1s);
  EXPECT_TRUE(again.last<event::Refreshed>()->met);
  const auto* told = back.last<event::Introduction>();
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->again);
  EXPECT_EQ(told->intro, introduced.intro);
  EXPECT_TRUE(again.client->send_signal(world.now, introduced.intro, Buffer{1}));
  EXPECT_TRUE(back.client->send_signal(world.now, introduced.intro, Buffer{2}));
  world.settle();
  EXPECT_EQ(back.last<event::Signal>()->bytes, Buffer{1});
  EXPECT_EQ(again.last<event::Signal>()->bytes, Buffer{2});
  world.run(70s);
  EXPECT_EQ(again.count<event::IntroductionEnded>(), 1u);
}

TEST(Client, AQuestionWaitsForTheNamesOfOwnRelaysButNotForEver) {
  World world;
  world.names["relay.lan"] = {ip("198.51.100.20"), ip("2001:db8::20"), ip("198.51.100.21")};
  Peer& host = world.host(10);
  const auto id = host.last<event::Registered>()->id;
  for (const char* name : {"relay.lan", "nowhere.lan"}) {
    ClientConfig config;
    config.identity = identity(20);
    config.server = join_of(identity(1));
    config.own_relays = {name};
    Peer& viewer = world.add(std::move(config), "203.0.113.1");
    viewer.client->find(world.now, id);
    world.settle();
    const bool known = std::string(name) == "relay.lan";
    EXPECT_EQ(viewer.count<event::Introduced>(), known ? 1u : 0u);
    world.run(3s);
    EXPECT_EQ(viewer.count<event::Introduced>(), 1u);
  }
}

TEST(Client, AnUnwillingHostLooksOffline) {
  World world;
  Peer& host = world.host(10);
  host.client->set_willing(world.now, false);
  Peer& viewer = world.viewer(20);
  viewer.client->find(world.now, host.last<event::Registered>()->id);
  world.settle();
  EXPECT_EQ(viewer.last<event::Refused>()->why, event::Refused::Why::not_found);
  EXPECT_EQ(host.count<event::Introduction>(), 0u);
  EXPECT_EQ(host.count<event::Registered>(), 1u);
}

// ---- a server that misbehaves after it proved itself

struct EvilServer {
  EvilServer() : client(config(), ids, random, log) {
    client.start(now);
    stream = std::get<OpenStream>(*client.next_command()).stream;
    StreamOpened opened;
    opened.remote = {ip("198.51.100.10"), 443};
    opened.tls_exporter = Buffer(32, 7);
    client.on_stream(now, stream, opened);
    say(wire::ServerHello{me.public_key, *auth::sign_rendezvous(me, auth::RendezvousRole::server,
                                                                me.public_key, opened.tls_exporter)});
  }
  static ClientConfig config() {
    ClientConfig config;
    config.role = Role::host;
    config.identity = identity(10);
    config.server = join_of(identity(1));
    return config;
  }
  void say(const ServerMessage& message) { say(ByteView(encode(message))); }
  void say(ByteView bytes) { client.on_stream(now, stream, StreamData{bytes}); }

  Time now{1s};
  auth::Identity me = identity(1);
  Ids ids;
  Seeded random{3};
  NullLog log;
  Client client;
  StreamId stream{};
};

TEST(Client, GarbageEndsTheConnectionAndIsCounted) {
  EvilServer server;
  server.say(bytes_of("\xff\xff\xff"));
  EXPECT_EQ(server.client.counters().malformed, 1u);
  EXPECT_FALSE(server.client.owns(server.stream));

  EvilServer large;
  large.say(Buffer(kMaxMessage + 1, 0));
  EXPECT_EQ(large.client.counters().malformed, 1u);
}

TEST(Client, MessagesOutOfOrderEndTheConnection) {
  EvilServer twice;
  twice.say(wire::ServerHello{twice.me.public_key, {}});
  EXPECT_EQ(twice.client.counters().out_of_order, 1u);

  EvilServer wrong_role;
  wrong_role.say(wire::Introduced{});
  EXPECT_EQ(wrong_role.client.counters().out_of_order, 1u);
}

TEST(Client, TooManyIntroductionsAreEndedAndUnknownSignalsDropped) {
  EvilServer server;
  server.say(wire::Registered{});
  for (std::uint64_t i = 0; i < 65; ++i) server.say(wire::Introduction{IntroId{i}, {}, {}});
  EXPECT_EQ(server.client.counters().too_many_introductions, 1u);
  server.say(wire::Signal{IntroId{99}, Buffer{1}});
  EXPECT_EQ(server.client.counters().unknown_introduction, 1u);
  EXPECT_TRUE(server.client.online());
}

TEST(Client, AnAttemptThatHangsIsGivenUp) {
  World world;
  Peer& host = world.host(10);
  world.kill();
  world.restart();
  host.muted = true;
  world.run(12s);
  EXPECT_EQ(host.attempts.size(), 3u) << "10 s after it began, plus the wait";
  EXPECT_EQ(host.last<event::WentOffline>()->why, Offline::unreachable);
}

}  // namespace
}  // namespace godesk::rendezvous
