#include "turn/server.h"

#include <algorithm>

#include "turn/test_addresses.h"
#include "turn/test_relay.h"

namespace godesk::turn {
namespace {

using stun::Attr;
using stun::Builder;
using stun::Class;
using stun::Message;
using stun::Method;

/// Requests written by hand, for what our client would never send.
struct ServerTest : Relay {
  using Write = std::function<void(Builder&)>;

  ServerTest() = default;
  explicit ServerTest(Server::Config c) : Relay(std::move(c)) {}

  Buffer request(Method method, const Write& write, const std::string& user = "user",
                 const std::string& password = "pass", std::optional<std::string> nonce = {}) {
    Builder b(Class::request, method, random.bytes<12>());
    write(b);
    b.text(Attr::username, user).text(Attr::realm, server.realm());
    b.text(Attr::nonce, nonce.value_or(server.issue_nonce(world.now, me.ip)));
    b.integrity_sha1(stun::long_term_key(user, server.realm(), password));
    return b.finish_with_fingerprint();
  }
  Buffer allocate(
      const Write& more = [](Builder&) {}, const std::string& user = "user") {
    auto write = [&](Builder& b) { more(b.u8(Attr::requested_transport, 17)); };
    return request(Method::allocate, write, user);
  }
  /// The answers that came back to `me`.
  std::vector<Buffer> ask(const Buffer& bytes) {
    world.inboxes[me].clear();
    world.inject(me, at("198.51.100.1:3478"), bytes);
    run(50ms);
    std::vector<Buffer> answers;
    for (auto& p : world.inboxes[me]) answers.push_back(p.bytes);
    return answers;
  }
  /// Error code, 0 for success, -1 for silence.
  int code(const Buffer& bytes) {
    last = ask(bytes);
    if (last.empty()) return -1;
    auto m = Message::parse(last.at(0));
    EXPECT_TRUE(m.ok());
    return m->cls() == Class::success ? 0 : m->error().value().code;
  }
  Message answer() { return *Message::parse(last.at(0)); }

  Endpoint me = at("192.0.2.100:4000");
  std::vector<Buffer> last;
};

TEST_F(ServerTest, ChallengesStrangersBrieflyAndSeldom) {
  const Buffer bare =
      Builder(Class::request, Method::allocate, {1}).u8(Attr::requested_transport, 17).finish();
  ASSERT_EQ(code(bare), 401);
  EXPECT_LE(last[0].size(), 100u);
  EXPECT_EQ(answer().realm(), server.realm());
  EXPECT_TRUE(answer().nonce());
  EXPECT_FALSE(answer().has(Attr::software));
  int answered = 1;
  for (int i = 0; i < 50; ++i) {
    me.port++;
    world.inject(me, at("198.51.100.1:3478"), bare);
  }
  run(100ms);
  for (auto& [to, packets] : world.inboxes)
    if (to.ip == me.ip && to.port > 4000) answered += static_cast<int>(packets.size());
  EXPECT_EQ(answered, 20);
  EXPECT_EQ(server.drops().rate_limited, 31u);
}

TEST_F(ServerTest, AStaleNonceIsNeverAnsweredWithMoreThanCame) {
  auto stale = [&](const std::string& nonce) {
    return request(
        Method::allocate, [](Builder& b) { b.u8(Attr::requested_transport, 17); }, "user", "pass", nonce);
  };
  const Buffer other = stale(server.issue_nonce(world.now, ip("192.0.2.101")));
  ASSERT_EQ(code(other), 438);
  EXPECT_LE(last[0].size(), other.size());
  EXPECT_EQ(code(stale(server.issue_nonce(world.now - 2h, me.ip))), 438);
  EXPECT_EQ(code(stale(server.issue_nonce(world.now - 1h, me.ip))), 0);
  // A request shorter than the challenge: silence.
  Builder b(Class::request, Method::allocate, {2});
  b.text(Attr::username, "").text(Attr::realm, "").text(Attr::nonce, "").integrity_sha1(Buffer(16));
  me.port++;
  EXPECT_EQ(code(b.finish()), -1);
  EXPECT_EQ(server.drops().too_long_answer, 1u);
}

TEST_F(ServerTest, RefusesByTheBook) {
  auto none = [](Builder&) {};
  Builder no_username(Class::request, Method::allocate, {3});
  EXPECT_EQ(code(no_username.integrity_sha1(Buffer(16)).finish()), 400);
  EXPECT_EQ(code(request(Method::allocate, none)), 400);
  EXPECT_EQ(code(request(Method::allocate, [](Builder& b) { b.u8(Attr::requested_transport, 6); })), 442);
  EXPECT_EQ(code(allocate([](Builder& b) { b.flag(Attr::dont_fragment); })), 420);
  EXPECT_EQ(Reader(*answer().value(Attr::unknown_attributes)).u16(), 0x001A);
  EXPECT_EQ(code(allocate([](Builder& b) { b.flag(static_cast<Attr>(0x7abc)); })), 420);
  EXPECT_EQ(code(allocate([](Builder& b) { b.u8(Attr::requested_address_family, 9); })), 440);
  EXPECT_EQ(code(allocate([](Builder& b) { b.family(Attr::additional_address_family, Family::v4); })), 400);
  EXPECT_EQ(code(allocate([](Builder& b) { b.u64(Attr::reservation_token, 1).even_port(true); })), 400);
  EXPECT_EQ(code(allocate([](Builder& b) { b.u64(Attr::reservation_token, 1); })), 508);
  EXPECT_EQ(code(allocate(none, "nobody")), 401);
  EXPECT_EQ(code(request(Method::allocate, none, "user", "wrong")), 401);
  for (Method m : {Method::refresh, Method::create_permission, Method::channel_bind})
    EXPECT_EQ(code(request(m, none)), 437);
  EXPECT_EQ(server.stats().allocations, 0u);

  const Buffer first = allocate();
  EXPECT_EQ(code(first), 0);
  EXPECT_TRUE(answer().verify(stun::long_term_key("user", server.realm(), "pass")));
  const auto relayed = answer().relayed();
  EXPECT_EQ(code(first), 0);  // a copy: the same answer
  EXPECT_EQ(answer().relayed(), relayed);
  EXPECT_EQ(code(allocate()), 437);
  EXPECT_EQ(code(request(Method::refresh, none, "s1-a")), 441);
  EXPECT_EQ(code(request(Method::refresh, none, "user", "wrong")), 401);
  EXPECT_EQ(code(request(Method::create_permission, none)), 400);
  EXPECT_EQ(code(request(Method::channel_bind, [](Builder& b) { b.channel_number(0x4000); })), 400);
  auto bind = [&](std::uint16_t n, const char* peer) {
    return code(request(Method::channel_bind, [&](Builder& b) { b.channel_number(n).peer(at(peer)); }));
  };
  EXPECT_EQ(bind(0x8000, "192.0.2.9:5000"), 400);
  EXPECT_EQ(bind(0x3fff, "192.0.2.9:5000"), 400);
  EXPECT_EQ(bind(0x4000, "192.0.2.9:5000"), 0);
  EXPECT_EQ(bind(0x4000, "192.0.2.9:5001"), 400);
  EXPECT_EQ(bind(0x4001, "192.0.2.9:5000"), 400);
  EXPECT_EQ(bind(0x4001, "[2001:db8::9]:5000"), 443);
  EXPECT_EQ(bind(0x7fff, "192.0.2.10:5000"), 0);  // RFC 5766 clients
}

TEST_F(ServerTest, AnswersSha256WithSha256) {
  Builder b(Class::request, Method::allocate, {4});
  b.u8(Attr::requested_transport, 17).text(Attr::username, "user").text(Attr::realm, server.realm());
  b.text(Attr::nonce, server.issue_nonce(world.now, me.ip));
  const Buffer key = stun::long_term_key("user", server.realm(), "pass");
  EXPECT_EQ(code(b.integrity_sha256(key).finish()), 0);
  EXPECT_TRUE(answer().has(Attr::message_integrity_sha256));
  EXPECT_TRUE(answer().verify(key));
}

TEST_F(ServerTest, NeverAnswersAnswersNorIndications) {
  for (Class c : {Class::indication, Class::success, Class::error})
    for (Method m : {Method::binding, Method::allocate, Method::send, Method::data})
      EXPECT_TRUE(ask(Builder(c, m, {5}).finish()).empty());
  EXPECT_TRUE(ask(Buffer{0x80, 1, 2, 3}).empty());
  EXPECT_TRUE(ask(stun::channel_data(0x4000, Buffer{1}, false)).empty());
  EXPECT_TRUE(ask(Builder(Class::request, static_cast<Method>(0xff), {6}).finish()).empty());
}

TEST_F(ServerTest, AnswersBindingOnEveryTransport) {
  EXPECT_EQ(code(Builder(Class::request, Method::binding, {7}).finish()), 0);
  EXPECT_EQ(answer().mapped(), me);
}

TEST_F(ServerTest, EvenPortAndReservation) {
  ASSERT_EQ(code(allocate([](Builder& b) { b.even_port(true); })), 0);
  const Endpoint even = answer().relayed().at(0);
  EXPECT_EQ(even.port % 2, 0);
  const auto token = answer().reservation_token();
  ASSERT_TRUE(token);
  me.port++;
  ASSERT_EQ(code(allocate([&](Builder& b) { b.u64(Attr::reservation_token, *token); })), 0);
  EXPECT_EQ(answer().relayed().at(0).port, even.port + 1);
  me.port++;
  EXPECT_EQ(code(allocate([&](Builder& b) { b.u64(Attr::reservation_token, *token); })), 508);
  // A reservation nobody takes is given back.
  ASSERT_EQ(code(allocate([](Builder& b) { b.even_port(true); })), 0);
  EXPECT_EQ(world.bound(ip(kServer)), 1u + 4u);
  run(31s);
  EXPECT_EQ(world.bound(ip(kServer)), 1u + 3u);
}

TEST_F(ServerTest, FamiliesAsAsked) {
  ASSERT_EQ(code(allocate([](Builder& b) { b.family(Attr::requested_address_family, Family::v6); })), 0);
  EXPECT_EQ(answer().relayed().at(0).ip, ip("2001:db8::ff"));
  auto permit = [&](const char* peer) {
    return code(request(Method::create_permission, [&](Builder& b) { b.peer(Endpoint{ip(peer), 0}); }));
  };
  EXPECT_EQ(permit("2001:db8::9"), 0);
  EXPECT_EQ(permit("192.0.2.9"), 443);
}

struct OnlyV4 : ServerTest {
  static Server::Config config() {
    auto c = server_config();
    c.relay.v6.reset();
    c.relay.first = 50000;
    c.relay.last = 50001;
    return c;
  }
  OnlyV4() : ServerTest(config()) {}
};

TEST_F(OnlyV4, SaysSoForTheAdditionalFamily) {
  ASSERT_EQ(code(allocate([](Builder& b) { b.family(Attr::additional_address_family, Family::v6); })), 0);
  EXPECT_EQ(answer().relayed().size(), 1u);
  EXPECT_EQ(answer().address_error()->code, 440);
  me.port++;
  EXPECT_EQ(code(allocate([](Builder& b) { b.family(Attr::requested_address_family, Family::v6); })), 440);
}

TEST_F(OnlyV4, TakenPortsAreTriedElsewhereAndAFullRangeIs508) {
  world.taken.insert(at("198.51.100.1:50000"));
  ASSERT_EQ(code(allocate()), 0);
  EXPECT_EQ(answer().relayed().at(0).port, 50001);
  me.port++;
  EXPECT_EQ(code(allocate()), 508);
  EXPECT_EQ(server.stats().allocations, 1u);
}

// ---- SECURITY 4

TEST_F(ServerTest, EveryForbiddenAddressIs403) {
  TestClient& c = add([] {
    auto config = client_config();
    config.both_families = true;
    config.max_peers = 200;
    return config;
  }());
  for (const char* text : kForbiddenAddresses) {
    EXPECT_EQ(permit(c, text), 403) << text;
    EXPECT_EQ(bind(c, Endpoint{ip(text), 5000}), 403) << text;
  }
  EXPECT_EQ(permit(c, "198.51.100.2"), 403);  // the relay's own
  EXPECT_EQ(bind(c, at("192.0.2.9:1023")), 403);
  EXPECT_EQ(bind(c, at("192.0.2.9:1024")), -1);
}

TEST_F(ServerTest, EachSendIsJudged) {
  TestClient& c = add();
  EXPECT_EQ(permit(c, kServer), -1);  // so that relayed addresses there may answer
  EXPECT_EQ(permit(c, "192.0.2.9"), -1);
  for (const char* to : {"198.51.100.1:22", "198.51.100.1:3478", "198.51.100.1:50000", "192.0.2.9:53"})
    send(c, at(to), "x");
  EXPECT_EQ(server.drops().no_such_peer, 3u);
  EXPECT_EQ(server.drops().forbidden, 1u);
  send(c, at("10.0.0.1:5000"), "x");
  EXPECT_EQ(server.drops().no_permission, 1u);
  send(c, at("[2002:a00:1::1]:5000"), "x");
  EXPECT_EQ(server.drops().forbidden, 2u);
  for (auto& p : world.sent) EXPECT_TRUE(p.from != c.relayed() || p.to.ip == ip("192.0.2.9"));
}

TEST_F(ServerTest, ATicketReachesItsPairOnly) {
  TestClient& a = add("s1-a");
  TestClient& b = add("s1-b");
  TestClient& stranger = add("s2-a");
  TestClient& fixed = add();
  EXPECT_EQ(permit(a, "192.0.2.9"), 403);
  EXPECT_EQ(bind(a, at("192.0.2.9:5000")), 403);
  EXPECT_EQ(bind(a, stranger.relayed()), 403);
  EXPECT_EQ(bind(a, fixed.relayed()), 403);
  EXPECT_EQ(bind(a, at("198.51.100.1:3478")), 403);
  EXPECT_EQ(bind(a, b.relayed()), -1);

  // Without b's permission nothing reaches b.
  send(a, b.relayed(), "early");
  EXPECT_TRUE(b.received.empty());
  EXPECT_EQ(bind(b, a.relayed()), -1);
  const auto on_wire = world.sent.size();
  send(a, b.relayed(), "hello");
  ASSERT_EQ(b.received.size(), 1u);
  EXPECT_EQ(b.received[0].peer, a.relayed());
  EXPECT_EQ(text_of(b.received[0].bytes), "hello");
  EXPECT_EQ(world.sent.size(), on_wire + 2);  // to the relay and from it: the hop stays inside

  // By indications, with the relay's address permitted, others are still out of reach, both ways.
  EXPECT_EQ(permit(a, kServer), -1);
  EXPECT_EQ(permit(fixed, kServer), -1);
  EXPECT_EQ(permit(stranger, kServer), -1);
  for (TestClient* other : {&stranger, &fixed}) {
    send(a, other->relayed(), "x");
    send(*other, a.relayed(), "x");
    EXPECT_TRUE(other->received.empty());
  }
  EXPECT_TRUE(a.received.empty());
  EXPECT_GE(server.drops().forbidden, 4u);
}

TEST_F(ServerTest, ATicketReachesTheRelayWrittenIntoIt) {
  credentials.peer_relays = {ip("198.51.100.76"), ip("198.51.100.77")};
  TestClient& a = add("s1-a");
  EXPECT_EQ(permit(a, "198.51.100.78"), 403);
  EXPECT_EQ(bind(a, at("198.51.100.77:1023")), 403);
  EXPECT_EQ(bind(a, at("198.51.100.77:50000")), -1);
  send(a, at("198.51.100.77:50000"), "over there");
  EXPECT_EQ(world.inboxes[at("198.51.100.77:50000")].size(), 1u);
}

TEST_F(ServerTest, TwoAllocationsPerTicketTheThirdIs486) {
  add("s1-a"), add("s1-a", Leg::tcp);
  TestClient& third = add("s1-a");
  EXPECT_EQ(third.failed.value().code, 486);
  clients[0]->client.close(world.now);
  run(100ms);
  EXPECT_TRUE(add("s1-a").allocated);
}

TEST_F(ServerTest, ExpiryGatesAllocateNotRefresh) {
  credentials.expiry = server_config().wall + 10h + 5min;
  TestClient& a = add("s1-a");
  TestClient& b = add("s1-b");
  bind(a, b.relayed());
  bind(b, a.relayed());
  for (int i = 0; i < 160; ++i) {  // more than three ticket lifetimes, no gap
    run(10s);
    send(a, b.relayed(), "still here");
  }
  EXPECT_EQ(b.received.size(), 160u);
  EXPECT_EQ(add("s1-c").failed.value().reason, Client::Reason::unauthorized);
}

TEST_F(ServerTest, NoRefreshReachesBeyondADay) {
  TestClient& a = add("s1-a");
  TestClient& fixed = add();
  run(23h + 50min);
  EXPECT_FALSE(a.failed);
  run(30min);
  EXPECT_TRUE(a.failed);
  EXPECT_FALSE(fixed.failed);
  EXPECT_EQ(server.stats().allocations, 1u);
}

TEST_F(ServerTest, ABanEndsTrafficAtOnceAndForGood) {
  TestClient& a = add("s1-a");
  TestClient& b = add("s1-b");
  TestClient& other = add("s2-b");
  bind(a, b.relayed());
  bind(b, a.relayed());
  send(a, b.relayed(), "before");
  server.ban(world.now, '1');
  send(a, b.relayed(), "after");
  EXPECT_EQ(b.received.size(), 1u);
  EXPECT_EQ(server.stats().allocations, 1u);
  EXPECT_EQ(add("s1-c").failed.value().code, 403);
  EXPECT_FALSE(other.failed);
}

TEST_F(ServerTest, FixedUsersMeetOnTheRelayWithoutLeavingIt) {
  TestClient& a = add("user", Leg::udp);
  TestClient& b = add("user", Leg::tls);
  bind(a, b.relayed());
  bind(b, a.relayed());
  const auto on_wire = world.sent.size();
  send(a, b.relayed(), "in");
  send(b, a.relayed(), "out");
  EXPECT_EQ(b.received.size(), 1u);
  EXPECT_EQ(a.received.size(), 1u);
  EXPECT_EQ(world.sent.size(), on_wire + 2);
  // Who claims from outside to be a relayed address of ours is not believed.
  world.inject(b.relayed(), a.relayed(), {1});
  run(50ms);
  EXPECT_EQ(a.received.size(), 1u);
}

struct Small : ServerTest {
  static Server::Config config() {
    auto c = server_config();
    c.max_allocations = 3;
    c.max_permissions = 2;
    c.max_channels = 1;
    c.max_streams = 2;
    c.prefix_quota = {Bytes{10'000}, 1000};
    return c;
  }
  Small() : ServerTest(config()) {}
};

TEST_F(Small, EveryTableIsBounded) {
  TestClient& a = add();
  EXPECT_EQ(bind(a, at("192.0.2.1:5000")), -1);
  EXPECT_EQ(bind(a, at("192.0.2.1:5001")), 508);
  EXPECT_EQ(permit(a, "192.0.2.2"), -1);
  EXPECT_EQ(permit(a, "192.0.2.3"), 508);
  EXPECT_TRUE(add("user", Leg::tcp).allocated);
  EXPECT_TRUE(add("user", Leg::tcp).allocated);
  EXPECT_EQ(add("user", Leg::tcp).failed.value().reason, Client::Reason::unreachable);
  EXPECT_EQ(server.drops().streams_refused, 1u);
  EXPECT_EQ(add().failed.value().reason, Client::Reason::capacity);
}

TEST_F(Small, QuotasHoldForCredentialAndSource) {
  TestClient& a = add();
  permit(a, "192.0.2.1");
  for (int i = 0; i < 20; ++i) a.client.send(world.now, at("192.0.2.1:5000"), Buffer(1000));
  run(50ms);
  EXPECT_EQ(world.inboxes[at("192.0.2.1:5000")].size(), 10u);
  EXPECT_EQ(server.drops().quota, 10u);
  a.client.close(world.now);
  run(50ms);
  credentials.quota = {Bytes{10'000}, 3};
  TestClient& b = add();
  permit(b, "192.0.2.1");
  for (int i = 0; i < 5; ++i) b.client.send(world.now, at("192.0.2.1:6000"), Buffer(10));
  run(50ms);
  EXPECT_EQ(world.inboxes[at("192.0.2.1:6000")].size(), 3u);
}

TEST_F(ServerTest, ConnectionsEndTheirAllocationsAndIdleOnesEnd) {
  TestClient& c = add("user", Leg::tcp);
  EXPECT_EQ(server.stats().allocations, 1u);
  run(1min);
  EXPECT_EQ(server.stats().streams, 1u);
  world.detach(c.client);
  server.on_stream(world.now, Ids::accepted(1), StreamClosed{});
  EXPECT_EQ(server.stats().allocations, 0u);

  server.on_stream(world.now, Ids::accepted(99), StreamOpened{at("198.51.100.1:3478"), me, {}, false});
  EXPECT_EQ(server.stats().streams, 1u);
  run(31s);
  EXPECT_EQ(server.stats().streams, 0u);

  server.on_stream(world.now, Ids::accepted(98), StreamOpened{at("198.51.100.1:3478"), me, {}, false});
  server.on_stream(world.now, Ids::accepted(98), StreamData{bytes_of("\x16\x03\x01")});
  EXPECT_EQ(server.drops().streams_poisoned, 1u);
  EXPECT_EQ(server.stats().streams, 0u);
}

TEST_F(ServerTest, AStalledConnectionLosesDatagramsNotMemory) {
  TestClient& c = add("user", Leg::tcp);
  bind(c, at("192.0.2.9:5000"));
  world.stall_streams = true;
  for (int i = 0; i < 30; ++i) {
    world.inject(at("192.0.2.9:5000"), c.relayed(), Buffer(1000));
    run(10ms);
  }
  EXPECT_GE(server.drops().queue_full, 18u);
}

TEST_F(ServerTest, AllocationsEndInTime) {
  ASSERT_EQ(code(allocate()), 0);
  EXPECT_EQ(answer().lifetime(), 600s);
  EXPECT_EQ(code(request(Method::refresh, [](Builder& b) { b.lifetime(100000s); })), 0);
  EXPECT_EQ(answer().lifetime(), 3600s);
  run(3590s);
  EXPECT_EQ(server.stats().allocations, 1u);
  run(12s);
  EXPECT_EQ(server.stats().allocations, 0u);
  EXPECT_EQ(world.bound(ip(kServer)), 1u);
  EXPECT_EQ(server.next_deadline(), kNever);
}

TEST_F(ServerTest, ATicketGetsThePortThatWasProposedAndAnotherWhereItIsTaken) {
  const Endpoint ahead = server.propose().value();
  credentials.port = ahead.port;
  EXPECT_EQ(add("s1-first").relayed(), ahead);
  const TestClient& second = add("s1-second");
  EXPECT_EQ(second.relayed().ip, ahead.ip);
  EXPECT_NE(second.relayed(), ahead) << "taken by an allocation";
  EXPECT_NE(server.propose().value(), ahead);

  credentials.port = server.propose().value().port;
  world.taken.insert({ip(kServer), credentials.port});
  const TestClient& third = add("s2-third");
  ASSERT_TRUE(third.allocated) << "taken by another program";
  EXPECT_NE(third.relayed().port, credentials.port);

  credentials.port = 5000;  // outside of the range, as no server of ours would write it
  EXPECT_GE(add("s3-fourth").relayed().port, 49152);
}

/// `packets` each 10 ms, so long.
struct FloodTest : ServerTest {
  FloodTest() { credentials.quota = {Bytes{100'000}, 100}; }
  void flood(TestClient& from, const Endpoint& to, int packets, Duration span) {
    for (const Time until = world.now + span; world.now < until; run(10ms))
      for (int i = 0; i < packets; ++i) from.client.send(world.now, to, bytes_of("a packet"));
  }
};

TEST_F(FloodTest, WhoSendsThriceWhatItsTicketAllowsForTenSecondsIsBanned) {
  TestClient& flooder = add("s1-flooder");
  TestClient& peer = add("s1-peer");
  TestClient& other = add("s2-other");
  permit(flooder, kServer), permit(peer, kServer);
  flood(flooder, peer.relayed(), 3, 8s);
  EXPECT_EQ(server.stats().allocations, 3u) << "a burst is dropped and forgiven";
  flood(flooder, peer.relayed(), 3, 4s);
  EXPECT_EQ(server.stats().allocations, 1u) << "the session's, both";
  EXPECT_EQ(add("s1-again").failed.value().code, 403);
  EXPECT_TRUE(other.allocated && !other.failed);
}

TEST_F(FloodTest, WhoStaysBelowTwiceItsQuotaOrPausesIsNot) {
  TestClient& sender = add("s1-sender");
  TestClient& peer = add("s1-peer");
  permit(sender, kServer), permit(peer, kServer);
  flood(sender, peer.relayed(), 1, 15s);
  for (int i = 0; i < 3; ++i) {
    flood(sender, peer.relayed(), 3, 7s);
    run(3s);
  }
  EXPECT_EQ(server.stats().allocations, 2u);
  EXPECT_GT(server.drops().quota, 0u);
}

}  // namespace
}  // namespace godesk::turn
