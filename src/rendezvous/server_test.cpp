#include "rendezvous/server.h"

#include <memory>

#include <gtest/gtest.h>

#include "auth/authorised_keys.h"
#include "rendezvous/test_world.h"

namespace godesk::rendezvous {
namespace {

using namespace test;

/// A server spoken to by hand.
struct Bench {
  explicit Bench(ServerConfig c = server_config())
      : config(std::move(c)), server(config, registry, tickets, random, log) {}

  Raw raw(const char* address = "192.0.2.1") { return Raw(server, Ids::accepted(++streams), address); }
  Raw viewer(std::uint64_t seed, const char* address = "203.0.113.1") {
    Raw raw_viewer = raw(address);
    raw_viewer.greet(now, Role::viewer, identity(seed));
    return raw_viewer;
  }
  Raw host(std::uint64_t seed, const char* address = "192.0.2.1") {
    Raw raw_host = raw(address);
    raw_host.greet(now, Role::host, identity(seed));
    raw_host.send(now, wire::Register{true});
    return raw_host;
  }
  void pass(Duration d) {
    const Time end = now + d;
    while (server.next_deadline() <= end) {
      now = server.next_deadline();
      server.on_timer(now);
    }
    now = end;
  }
  auth::DeviceId id_of(std::uint64_t seed) { return registry.find(identity(seed).public_key)->id; }

  Time now{1s};
  std::uint32_t streams = 0;
  ServerConfig config;
  Seeded random{5};
  NullLog log;
  MemoryRegistry registry;
  FakeTickets tickets;
  Server server;
};

std::vector<Buffer> answers(Bench& bench, const Raw& raw) { return Drained(bench.server).sent[raw.stream()]; }

// ---- who speaks

TEST(Server, ProvesItselfForThisConnectionFirst) {
  Bench bench;
  Raw raw = bench.raw();
  raw.open(bench.now);
  Drained drained(bench.server);
  ASSERT_EQ(drained.sent[raw.stream()].size(), 1u);
  const auto hello = *drained.last<wire::ServerHello>(raw);
  const auto role = auth::RendezvousRole::server;
  EXPECT_TRUE(auth::verify_rendezvous(hello.identity, role, hello.identity, raw.exporter, hello.signature));
  EXPECT_FALSE(
      auth::verify_rendezvous(hello.identity, role, hello.identity, bench.raw().exporter, hello.signature));
}

TEST(Server, NothingIsServedBeforeHello) {
  const std::vector<ClientMessage> all = {wire::Register{},
                                          wire::Find{},
                                          wire::Refresh{},
                                          wire::Ping{},
                                          wire::Pong{},
                                          wire::EndIntroduction{},
                                          wire::Signal{{}, Buffer{1}}};
  for (const auto& message : all) {
    Bench bench;
    Raw raw = bench.raw();
    raw.open(bench.now);
    raw.send(bench.now, message);
    Drained drained(bench.server);
    EXPECT_EQ(drained.sent[raw.stream()].size(), 1u) << "ServerHello only";
    EXPECT_TRUE(drained.was_closed(raw));
    EXPECT_EQ(bench.server.counters().out_of_order, 1u);
    EXPECT_EQ(bench.server.connections(), 0u);
  }
}

TEST(Server, NamingAKeyWithoutItsPrivateHalfIsRefusedExactlyLikeAnUnknownKey) {
  Bench bench;
  bench.host(10);
  ASSERT_EQ(bench.server.registered(), 1u);
  std::vector<std::vector<Buffer>> told;
  for (std::uint64_t named : {10, 11}) {  // 10 is registered and online, 11 was never seen
    Raw thief = bench.raw("203.0.113.9");
    thief.open(bench.now);
    Drained(bench.server);
    auto hello = thief.hello(Role::host, identity(66), identity(1).public_key);
    hello.key = identity(named).public_key;
    thief.send(bench.now, hello);
    thief.send(bench.now, wire::Register{});
    Drained drained(bench.server);
    EXPECT_TRUE(drained.was_closed(thief));
    told.push_back(drained.sent[thief.stream()]);
  }
  EXPECT_EQ(told[0], told[1]);
  EXPECT_EQ(told[0].size(), 1u);
  EXPECT_EQ(bench.server.counters().bad_proof, 2u);
  EXPECT_EQ(bench.server.registered(), 1u);
}

TEST(Server, ASignatureRecordedElsewhereFails) {
  Bench bench;
  Raw first = bench.raw(), second = bench.raw();
  first.open(bench.now);
  second.open(bench.now);
  const auto& server = identity(1).public_key;
  second.send(bench.now, first.hello(Role::host, identity(10), server));
  EXPECT_EQ(bench.server.counters().bad_proof, 1u) << "another connection's";

  Raw third = bench.raw();
  third.open(bench.now);
  third.send(bench.now, third.hello(Role::host, identity(10), identity(2).public_key));
  EXPECT_EQ(bench.server.counters().bad_proof, 2u) << "another server's";

  Raw fourth = bench.raw();
  fourth.open(bench.now);
  auto hello = fourth.hello(Role::viewer, identity(10), server);
  hello.role = Role::host;
  fourth.send(bench.now, hello);
  EXPECT_EQ(bench.server.counters().bad_proof, 3u) << "another role's";

  first.send(bench.now, first.hello(Role::host, identity(10), server));
  EXPECT_EQ(bench.server.counters().bad_proof, 3u) << "where it was made";
}

TEST(Server, TenSecondsToProveAKey) {
  Bench bench;
  Raw raw = bench.raw();
  raw.open(bench.now);
  bench.pass(10s - 1ms);
  EXPECT_EQ(bench.server.connections(), 1u);
  bench.pass(1ms);
  EXPECT_EQ(bench.server.connections(), 0u);
  EXPECT_EQ(bench.server.counters().hello_timeout, 1u);
  EXPECT_TRUE(Drained(bench.server).was_closed(raw));
}

TEST(Server, AStreamWithoutTlsIsNotServed) {
  Bench bench;
  bench.server.on_stream(bench.now, Ids::accepted(1), StreamOpened{});
  EXPECT_EQ(bench.server.counters().no_tls, 1u);
  EXPECT_EQ(bench.server.connections(), 0u);
}

TEST(Server, RolesKeepToTheirMessages) {
  Bench bench;
  bench.viewer(20).send(bench.now, wire::Register{});
  bench.host(10).send(bench.now, wire::Find{});
  bench.host(11).send(bench.now, wire::Hello{});
  EXPECT_EQ(bench.server.counters().out_of_order, 3u);
}

// ---- registration

TEST(Server, AKeyHasOneIdForEverAndEachKeyItsOwn) {
  Bench bench;
  Raw first = bench.host(10);
  const auto id = Drained(bench.server).last<wire::Registered>(first)->id;
  first.close(bench.now);
  EXPECT_EQ(bench.server.registered(), 0u);
  Raw again = bench.host(10);
  EXPECT_EQ(Drained(bench.server).last<wire::Registered>(again)->id, id);
  Raw other = bench.host(11);
  EXPECT_NE(Drained(bench.server).last<wire::Registered>(other)->id, id);
}

/// Says that the first `taken` draws exist already.
class CrowdedRegistry final : public Registry {
 public:
  explicit CrowdedRegistry(int taken) : taken_(taken) {}
  std::optional<Device> find(const crypto::PublicKey&) override { return std::nullopt; }
  std::optional<Device> find(const auth::DeviceId&) override { return std::nullopt; }
  Insert insert(const auth::DeviceId&, const crypto::PublicKey&) override {
    return taken_-- > 0 ? Insert::id_taken : Insert::done;
  }

 private:
  int taken_;
};

TEST(Server, DrawsAgainWhenAnIdIsTakenAndGivesUpOnBrokenStorage) {
  for (int taken : {3, 1000}) {
    Bench bench;
    CrowdedRegistry crowded(taken);
    Server server(bench.config, crowded, bench.tickets, bench.random, bench.log);
    Raw host(server, Ids::accepted(1));
    host.greet(bench.now, Role::host, identity(10));
    host.send(bench.now, wire::Register{});
    Drained drained(server);
    EXPECT_EQ(drained.last<wire::Registered>(host).has_value(), taken == 3);
    EXPECT_EQ(server.counters().registry_failed, taken == 3 ? 0u : 1u);
    EXPECT_EQ(drained.was_closed(host), taken != 3);
  }
}

TEST(Server, TheLiveDeviceStaysAndTheSecondIsTold) {
  Bench bench;
  Raw first = bench.host(10);
  Drained(bench.server);
  Raw second = bench.host(10, "192.0.2.2");
  Drained asked(bench.server);
  EXPECT_TRUE(asked.last<wire::Ping>(first));
  EXPECT_FALSE(asked.last<wire::Registered>(second));
  first.send(bench.now, wire::Pong{});
  Drained decided(bench.server);
  EXPECT_EQ(decided.last<wire::Rejected>(second)->why, wire::Rejected::Why::identity_in_use);
  EXPECT_TRUE(decided.was_closed(second));
  EXPECT_FALSE(decided.was_closed(first));
  EXPECT_EQ(bench.server.counters().identity_in_use, 1u);
  bench.pass(10s);
  EXPECT_EQ(bench.server.registered(), 1u);
}

TEST(Server, ADeadDeviceGivesItsPlaceAfterTwoSeconds) {
  Bench bench;
  Raw first = bench.host(10);
  Raw second = bench.host(10, "192.0.2.2");
  bench.pass(2s - 1ms);
  EXPECT_FALSE(Drained(bench.server).last<wire::Registered>(second));
  bench.pass(1ms);
  Drained drained(bench.server);
  EXPECT_TRUE(drained.last<wire::Registered>(second));
  EXPECT_TRUE(drained.was_closed(first));
  EXPECT_EQ(bench.server.counters().taken_over, 1u);
  EXPECT_EQ(bench.server.registered(), 1u);
}

TEST(Server, ADeviceThatLeavesGivesItsPlaceAtOnce) {
  Bench bench;
  Raw first = bench.host(10);
  Raw second = bench.host(10, "192.0.2.2");
  first.close(bench.now);
  EXPECT_TRUE(Drained(bench.server).last<wire::Registered>(second));
}

TEST(Server, OfSeveralNewcomersTheLatestWaits) {
  Bench bench;
  bench.host(10);
  Raw second = bench.host(10, "192.0.2.2");
  Raw third = bench.host(10, "192.0.2.3");
  EXPECT_TRUE(Drained(bench.server).was_closed(second));
  bench.pass(2s);
  EXPECT_TRUE(Drained(bench.server).last<wire::Registered>(third));
  third.close(bench.now);
  EXPECT_EQ(bench.server.registered(), 0u);
}

TEST(Server, ANewcomerThatLeavesChangesNothing) {
  Bench bench;
  Raw first = bench.host(10);
  bench.host(10, "192.0.2.2").close(bench.now);
  bench.pass(5s);
  EXPECT_FALSE(Drained(bench.server).was_closed(first));
  EXPECT_EQ(bench.server.registered(), 1u);
}

TEST(Server, NewIdsAreLimitedPerPrefixAndKnownKeysAreNot) {
  ServerConfig config = server_config();
  config.new_ids_per_prefix = {2, 1h};
  Bench bench(config);
  bench.host(10).close(bench.now);
  bench.host(11).close(bench.now);
  Raw refused = bench.host(12);
  EXPECT_EQ(Drained(bench.server).last<wire::Rejected>(refused)->why, wire::Rejected::Why::refused);
  EXPECT_EQ(bench.server.counters().new_id_limited, 1u);
  bench.host(11);
  bench.host(13, "192.0.2.2");
  EXPECT_EQ(bench.server.registered(), 2u);
  bench.pass(1h);
  Raw later = bench.host(12);
  EXPECT_TRUE(Drained(bench.server).last<wire::Registered>(later));
}

// ---- questions

TEST(Server, RefusalsAreAlikeToTheByte) {
  Bench bench;
  Raw offline = bench.host(10), unwilling = bench.host(11);
  offline.close(bench.now);
  unwilling.send(bench.now, wire::Register{false});
  std::vector<std::vector<Buffer>> told;
  for (auto id : {bench.id_of(10), bench.id_of(11), auth::DeviceId()}) {
    Raw viewer = bench.viewer(20);
    Drained(bench.server);
    viewer.send(bench.now, wire::Find{id, 1});
    told.push_back(answers(bench, viewer));
    ASSERT_EQ(told.back().size(), 1u);
  }
  EXPECT_EQ(told[0], told[1]);
  EXPECT_EQ(told[0], told[2]);
  EXPECT_EQ(bench.server.counters().find_not_found, 3u);
}

TEST(Server, FiveQuestionsPerTargetThenOneEveryTenSeconds) {
  Bench bench;
  bench.host(10);
  const auto existing = bench.id_of(10);
  for (const auto id : {existing, auth::DeviceId()}) {
    // Alike for an ID that exists and one that does not.
    std::vector<bool> busy;
    for (int i = 0; i < 7; ++i) {
      Raw viewer = bench.viewer(20 + i, ("203.0.113." + std::to_string(i)).c_str());
      viewer.send(bench.now, wire::Find{id, 1});
      const auto answer = Drained(bench.server).last<wire::Busy>(viewer);
      busy.push_back(answer.has_value());
      EXPECT_EQ(answer ? answer->wait : 10s, 10s);
      viewer.close(bench.now);
    }
    EXPECT_EQ(busy, (std::vector<bool>{false, false, false, false, false, true, true}));
  }
  bench.pass(10s);
  Raw later = bench.viewer(30);
  later.send(bench.now, wire::Find{existing, 1});
  EXPECT_TRUE(Drained(bench.server).last<wire::Introduced>(later));
  EXPECT_EQ(bench.server.counters().find_target_limited, 4u);
}

TEST(Server, QuestionsPerPrefixAreLimited) {
  ServerConfig config = server_config();
  config.finds_per_prefix = {3, 3s};
  Bench bench(config);
  const auto ask = [&](const char* address, std::uint32_t n) {
    Raw viewer = bench.viewer(20, address);
    viewer.send(bench.now, wire::Find{*auth::DeviceId::from_number(200'000'000 + n), 1});
    const bool busy = Drained(bench.server).last<wire::Busy>(viewer).has_value();
    viewer.close(bench.now);
    return busy;
  };
  // One household: the same /56, and an IPv4 address in either of its two forms.
  EXPECT_FALSE(ask("2001:db8:0:100::1", 1));
  EXPECT_FALSE(ask("2001:db8:0:1ff::2", 2));
  EXPECT_FALSE(ask("2001:db8:0:123::3", 3));
  EXPECT_TRUE(ask("2001:db8:0:1aa::4", 4));
  EXPECT_FALSE(ask("2001:db8:0:200::4", 5));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(ask("203.0.113.1", 10 + i));
  EXPECT_TRUE(ask("::ffff:203.0.113.1", 14));
  EXPECT_FALSE(ask("203.0.113.2", 15));
  EXPECT_EQ(bench.server.counters().find_prefix_limited, 2u);
}

TEST(Server, FourUnfinishedPerHostBeforeItHearsOfAFifth) {
  Bench bench;
  Raw host = bench.host(10);
  std::vector<Raw> viewers;
  for (int i = 0; i < 5; ++i) {
    viewers.push_back(bench.viewer(20 + i));
    viewers.back().send(bench.now, wire::Find{bench.id_of(10), 1});
  }
  Drained drained(bench.server);
  EXPECT_EQ(bench.server.introductions(), 4u);
  EXPECT_TRUE(drained.last<wire::Busy>(viewers[4]));
  EXPECT_EQ(bench.server.counters().find_unfinished, 1u);

  host.send(bench.now, wire::EndIntroduction{drained.last<wire::Introduction>(host)->intro});
  EXPECT_EQ(bench.server.introductions(), 3u);
  bench.pass(10s);
  viewers[4].send(bench.now, wire::Find{bench.id_of(10), 2});
  EXPECT_TRUE(Drained(bench.server).last<wire::Introduced>(viewers[4]));
}

TEST(Server, NoLimitForStrangersStopsAnAuthorisedCaller) {
  Bench bench;
  Raw host = bench.host(10);
  const auto friends = auth::entry_hash(identity(10).public_key, identity(40).public_key);
  host.send(bench.now, wire::Register{true, {}, {friends}});
  for (int i = 0; i < 8; ++i) {
    Raw stranger = bench.viewer(20 + i);
    stranger.send(bench.now, wire::Find{bench.id_of(10), 1});
  }
  EXPECT_GT(bench.server.counters().find_unfinished + bench.server.counters().find_target_limited, 0u);
  Raw known = bench.viewer(40);
  known.send(bench.now, wire::Find{bench.id_of(10), 1});
  auto answer = Drained(bench.server).last<wire::Introduced>(known);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->authorised);

  host.send(bench.now, wire::Register{false, {}, {friends}});
  known.send(bench.now, wire::Find{bench.id_of(10), 2});
  EXPECT_TRUE(Drained(bench.server).last<wire::Introduced>(known));
  host.send(bench.now, wire::Register{false});
  bench.pass(10min);
  Raw later = bench.viewer(40);
  later.send(bench.now, wire::Find{bench.id_of(10), 3});
  EXPECT_TRUE(Drained(bench.server).last<wire::NotFound>(later));
}

/// A host 40 ms away and two viewers 100 ms away, one of which the host has authorised.
struct Greeted : Bench {
  Greeted() : host(raw("192.0.2.1")), known(raw("203.0.113.1")), stranger(raw("203.0.113.2")) {
    for (Raw* side : {&host, &known, &stranger}) side->open(now);
    now += 40ms;
    host.send(now, host.hello(Role::host, identity(10), server_key));
    host.send(now, registration);
    now += 60ms;
    known.send(now, known.hello(Role::viewer, identity(40), server_key));
    stranger.send(now, stranger.hello(Role::viewer, identity(41), server_key));
  }
  wire::Introduced find(Raw& viewer) {
    viewer.send(now, wire::Find{id_of(10), ++question, {}, {7, 7}});
    Drained drained(server);
    host_heard = drained.last<wire::Introduction>(host).value();
    return drained.last<wire::Introduced>(viewer).value();
  }

  const crypto::PublicKey server_key = identity(1).public_key;
  const wire::Register registration{
      true, {}, {auth::entry_hash(identity(10).public_key, identity(40).public_key)}, {5, 5, 5}};
  Raw host, known, stranger;
  std::uint32_t question = 0;
  wire::Introduction host_heard;
};

TEST(Server, AnAuthorisedPairIsToldEachOthersGreetingAndWhenToBegin) {
  Greeted bench;
  const auto answer = bench.find(bench.known);
  EXPECT_EQ(answer.services.greeting, (Buffer{5, 5, 5}));
  EXPECT_EQ(bench.host_heard.services.greeting, (Buffer{7, 7}));
  EXPECT_EQ(answer.services.start_in, 0ms) << "it hears of it last";
  EXPECT_EQ(bench.host_heard.services.start_in, 30ms);
}

TEST(Server, AGreetingIsGivenOnceAndReplacedByTheNext) {
  Greeted bench;
  bench.find(bench.known);
  EXPECT_TRUE(bench.find(bench.known).services.greeting.empty());
  bench.host.send(bench.now, bench.registration);
  auto changed = bench.registration;
  changed.greeting = {6};
  bench.host.send(bench.now, changed);
  EXPECT_EQ(bench.find(bench.known).services.greeting, (Buffer{6}));
}

TEST(Server, AStrangerGetsNoGreetingAndTheHostGetsNoneOfAStranger) {
  Greeted bench;
  const auto answer = bench.find(bench.stranger);
  EXPECT_TRUE(answer.services.greeting.empty());
  EXPECT_EQ(answer.services.start_in, 0ms);
  EXPECT_TRUE(bench.host_heard.services.greeting.empty());
  EXPECT_EQ(bench.host_heard.services.start_in, 0ms);
  EXPECT_FALSE(bench.find(bench.known).services.greeting.empty()) << "nor does a stranger use it up";
}

TEST(Server, WhoIsAsFarAwayAsItLikesToSayDelaysNobodyForLong) {
  Greeted bench;
  Raw far = bench.raw("203.0.113.3");
  far.open(bench.now);
  bench.now += 9s;
  far.send(bench.now, far.hello(Role::viewer, identity(40), bench.server_key));
  bench.find(far);
  EXPECT_EQ(bench.host_heard.services.start_in, kMaxStart);
}

TEST(Server, ToAStrangerNothingSaysThatOthersAreAuthorised) {
  Bench bench;
  Raw host = bench.host(10);
  host.send(bench.now,
            wire::Register{true, {}, {auth::entry_hash(identity(10).public_key, identity(40).public_key)}});
  Raw stranger = bench.viewer(41);
  stranger.send(bench.now, wire::Find{bench.id_of(10), 1});
  const auto answer = Drained(bench.server).last<wire::Introduced>(stranger);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->authorised);
}

TEST(Server, IntroductionsEndAfterTheirTimeForBothSides) {
  Bench bench;
  Raw host = bench.host(10), viewer = bench.viewer(20);
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1});
  bench.pass(59s);
  EXPECT_EQ(bench.server.introductions(), 1u);
  host.send(bench.now, wire::Ping{});
  viewer.send(bench.now, wire::Ping{});
  bench.pass(1s);
  EXPECT_EQ(bench.server.introductions(), 0u);
  Drained drained(bench.server);
  EXPECT_TRUE(drained.last<wire::EndIntroduction>(host));
  EXPECT_TRUE(drained.last<wire::EndIntroduction>(viewer));
}

TEST(Server, TheOtherSideHearsWhenOneLeaves) {
  Bench bench;
  Raw host = bench.host(10), viewer = bench.viewer(20);
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1});
  host.close(bench.now);
  EXPECT_TRUE(Drained(bench.server).last<wire::EndIntroduction>(viewer));
  EXPECT_EQ(bench.server.introductions(), 0u);
}

// ---- signals

TEST(Server, SignalsOfOthersIntroductionsAreDropped) {
  Bench bench;
  bench.host(10);
  Raw viewer = bench.viewer(20), stranger = bench.viewer(21);
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1});
  const IntroId intro = Drained(bench.server).last<wire::Introduced>(viewer)->intro;
  stranger.send(bench.now, wire::Signal{intro, Buffer{1}});
  stranger.send(bench.now, wire::EndIntroduction{intro});
  Drained drained(bench.server);
  EXPECT_TRUE(drained.sent.empty());
  EXPECT_EQ(bench.server.counters().signal_unknown, 1u);
  EXPECT_EQ(bench.server.introductions(), 1u);
}

TEST(Server, SignalsAreLimitedPerIntroductionAndDirection) {
  ServerConfig config = server_config();
  config.signals_per_introduction = {10, 1s};
  Bench bench(config);
  Raw host = bench.host(10), viewer = bench.viewer(20);
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1});
  const IntroId intro = Drained(bench.server).last<wire::Introduced>(viewer)->intro;
  for (int i = 0; i < 15; ++i) viewer.send(bench.now, wire::Signal{intro, Buffer{1}});
  EXPECT_EQ(answers(bench, host).size(), 10u);
  EXPECT_EQ(bench.server.counters().signal_too_fast, 5u);
  host.send(bench.now, wire::Signal{intro, Buffer{1}});
  EXPECT_EQ(answers(bench, viewer).size(), 1u);
}

// ---- bounds

TEST(Server, MalformedAndOversizeMessagesAreCountedAndTheStreamClosed) {
  const std::vector<Buffer> bad = {Buffer{}, Buffer{0xff}, Buffer(kMaxMessage + 1, 0),
                                   encode(ClientMessage(wire::Signal{{}, Buffer(kMaxSignal + 1, 1)}))};
  for (const Buffer& bytes : bad) {
    Bench bench;
    Raw viewer = bench.viewer(20);
    viewer.send(bench.now, ByteView(bytes));
    EXPECT_TRUE(Drained(bench.server).was_closed(viewer));
    EXPECT_EQ(bench.server.counters().malformed, 1u);
    EXPECT_EQ(bench.server.connections(), 0u);
  }
}

TEST(Server, TablesOfConnectionsAreBounded) {
  ServerConfig config = server_config();
  config.max_connections = 3;
  config.max_unproved_per_prefix = 1;
  Bench bench(config);
  std::vector<Raw> raws;
  for (const char* address : {"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}) {
    raws.push_back(bench.raw(address));
    raws.back().open(bench.now);
  }
  Drained drained(bench.server);
  EXPECT_EQ(bench.server.connections(), 3u);
  EXPECT_TRUE(drained.was_closed(raws[1]));
  EXPECT_TRUE(drained.was_closed(raws[4]));
  EXPECT_EQ(bench.server.counters().prefix_full, 1u);
  EXPECT_EQ(bench.server.counters().table_full, 1u);
}

TEST(Server, UnprovedConnectionsLeaveRoomWhenTheyGoOrProve) {
  ServerConfig config = server_config();
  config.max_unproved = 1;
  Bench bench(config);
  for (int i = 0; i < 5; ++i) {
    Raw raw = bench.raw();
    raw.open(bench.now);
    raw.close(bench.now);
  }
  for (std::uint64_t i = 0; i < 5; ++i) bench.viewer(20 + i);
  EXPECT_EQ(bench.server.connections(), 5u);
  EXPECT_EQ(bench.server.counters().table_full, 0u);
}

TEST(Server, AFloodOfMessagesEndsTheConnection) {
  Bench bench;
  Raw viewer = bench.viewer(20);
  for (int i = 0; i < 300; ++i) viewer.send(bench.now, wire::Ping{});
  EXPECT_EQ(bench.server.counters().too_fast, 1u);
  EXPECT_EQ(bench.server.connections(), 0u);
}

TEST(Server, AClientThatDoesNotReadIsDropped) {
  Bench bench;
  Raw viewer = bench.viewer(20);
  bench.server.on_backlog(bench.now, viewer.stream(), bench.config.max_backlog);
  EXPECT_EQ(bench.server.connections(), 1u);
  bench.server.on_backlog(bench.now, viewer.stream(), bench.config.max_backlog + 1);
  EXPECT_EQ(bench.server.connections(), 0u);
  EXPECT_EQ(bench.server.counters().slow_reader, 1u);
}

TEST(Server, ASilentClientIsDroppedAndATalkingOneStays) {
  Bench bench;
  bench.viewer(20);
  Raw talking = bench.viewer(21);
  for (int i = 0; i < 3; ++i) {
    bench.pass(25s);
    talking.send(bench.now, wire::Ping{});
  }
  EXPECT_EQ(bench.server.connections(), 1u);
  EXPECT_EQ(bench.server.counters().silent, 1u);
  EXPECT_TRUE(bench.server.owns(talking.stream()));
}

TEST(Server, EachSideCanProveTheOthersAddressOnceItIsNamed) {
  Bench bench;
  Raw host = bench.host(10);
  Raw viewer = bench.viewer(20);
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1});
  Drained said(bench.server);
  const auto at_host = said.last<wire::Introduction>(host)->services.seen;
  const auto at_viewer = said.last<wire::Introduced>(viewer)->services.seen;
  ASSERT_TRUE(at_host && at_viewer);
  EXPECT_EQ(at_viewer->peer_as, stun::seen_mark(at_host->opening, *IpAddress::parse("192.0.2.1")));
  EXPECT_EQ(at_host->peer_as, stun::seen_mark(at_viewer->opening, *IpAddress::parse("203.0.113.1")));
  EXPECT_NE(at_viewer->opening, at_host->opening);
}

TEST(Server, RefreshIsLimitedPerDevice) {
  ServerConfig strict = server_config();
  strict.refreshes_per_device = {10, 10s};
  Bench bench(strict);
  bench.host(10);
  Raw viewer = bench.viewer(20);
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1});
  const auto introduced = *Drained(bench.server).last<wire::Introduced>(viewer);
  const wire::Refresh request{introduced.intro, introduced.services.refresh_token};
  for (int i = 0; i < 12; ++i) viewer.send(bench.now, request);
  EXPECT_EQ(bench.server.counters().refresh_refused, 2u);
  bench.pass(100s);
  Raw again = bench.viewer(20);
  auto forged = request;
  forged.token.back() ^= 1;
  again.send(bench.now, forged);
  again.send(bench.now, wire::Refresh{introduced.intro, {}});
  again.send(bench.now, wire::Refresh{IntroId{introduced.intro.number + 1}, request.token});
  EXPECT_EQ(bench.server.counters().refresh_refused, 5u);
}

TEST(Server, AMeetingTellsTheHostOfThatIntroductionAndNobodyElse) {
  Bench bench;
  Raw host = bench.host(10), other = bench.host(11, "192.0.2.2");
  Raw viewer = bench.viewer(20);
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1});
  const auto introduced = *Drained(bench.server).last<wire::Introduced>(viewer);
  viewer.close(bench.now);
  Drained(bench.server);

  Raw thief = bench.viewer(21);
  thief.send(bench.now, wire::Refresh{introduced.intro, introduced.services.refresh_token, true});
  Drained first(bench.server);
  EXPECT_TRUE(first.last<wire::RefreshRefused>(thief)) << "another key's token";
  EXPECT_FALSE(first.last<wire::Introduction>(host));

  Raw again = bench.viewer(20);
  again.send(bench.now, wire::Refresh{introduced.intro, introduced.services.refresh_token, true});
  Drained second(bench.server);
  EXPECT_TRUE(second.last<wire::Refreshed>(again)->met);
  const auto told = *second.last<wire::Introduction>(host);
  EXPECT_TRUE(told.again);
  EXPECT_EQ(told.intro, introduced.intro);
  EXPECT_EQ(told.caller, identity(20).public_key);
  EXPECT_TRUE(second.sent[other.stream()].empty());
  again.send(bench.now, wire::Signal{introduced.intro, Buffer{1}});
  host.send(bench.now, wire::Signal{introduced.intro, Buffer{2}});
  Drained third(bench.server);
  EXPECT_EQ(third.last<wire::Signal>(host)->bytes, Buffer{1});
  EXPECT_EQ(third.last<wire::Signal>(again)->bytes, Buffer{2});
}

TEST(Server, MeetingsAreBoundedPerHostAndNotByStrangersLimits) {
  ServerConfig config = server_config();
  config.max_introductions_per_host = 1;
  config.max_meetings_per_host = 2;
  config.finds_per_target = {3, 1h};
  Bench bench(config);
  bench.host(10);
  std::vector<wire::Introduced> met;
  std::vector<Raw> viewers;
  for (std::uint64_t seed : {20, 21, 22}) {
    viewers.push_back(bench.viewer(seed));
    viewers.back().send(bench.now, wire::Find{bench.id_of(10), 1});
    met.push_back(*Drained(bench.server).last<wire::Introduced>(viewers.back()));
    viewers.back().send(bench.now, wire::EndIntroduction{met.back().intro});
  }
  std::vector<bool> answers;
  for (std::size_t i = 0; i < met.size(); ++i) {
    viewers[i].send(bench.now, wire::Refresh{met[i].intro, met[i].services.refresh_token, true});
    answers.push_back(Drained(bench.server).last<wire::Refreshed>(viewers[i])->met);
  }
  EXPECT_EQ(answers, (std::vector{true, true, false}));
  viewers[0].send(bench.now, wire::Refresh{met[0].intro, met[0].services.refresh_token, true});
  EXPECT_TRUE(Drained(bench.server).last<wire::Refreshed>(viewers[0])->met) << "one's own place is free";
}

TEST(Server, OwnRelaysGoIntoTheOtherSidesTicketAlsoWhenItIsRenewed) {
  Bench bench;
  Raw host = bench.raw();
  host.greet(bench.now, Role::host, identity(10));
  host.send(bench.now, wire::Register{true, {ip("198.51.100.30")}});
  Raw viewer = bench.viewer(20);
  const std::vector<IpAddress> own = {ip("198.51.100.20"), ip("2001:db8::20")};
  viewer.send(bench.now, wire::Find{bench.id_of(10), 1, own});
  EXPECT_EQ(bench.tickets.asked_for, std::vector{ip("198.51.100.30")}) << "the viewer's ticket is made last";
  Drained drained(bench.server);
  const auto of_host = *drained.last<wire::Introduction>(host);
  host.send(bench.now, wire::Refresh{of_host.intro, of_host.services.refresh_token});
  EXPECT_EQ(bench.tickets.asked_for, own);
}

}  // namespace
}  // namespace godesk::rendezvous
