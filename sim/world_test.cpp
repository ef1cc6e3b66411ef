#include "sim/world.h"

#include <deque>

#include <gtest/gtest.h>

#include "base/queue.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
const LinkConfig kLan{.delay = 100us};
const LinkConfig kAccess{.delay = 10ms};
constexpr Dependence kEi = Dependence::endpoint_independent;
constexpr Dependence kApd = Dependence::address_and_port_dependent;

/// Opens a socket and streams on request, remembers what came, and echoes if asked to.
struct Probe final : Machine {
  std::deque<Command> commands;
  std::deque<Transmit> transmits;
  std::vector<std::pair<Endpoint, Buffer>> got;
  std::vector<std::vector<IpAddress>> networks;
  std::vector<IpAddress> resolved;
  Endpoint local;
  std::string stream_bytes;
  std::size_t pieces = 0, backlog = 0, max_backlog = 0;
  int writable = 0;
  std::optional<StreamOpened> opened;
  std::optional<StreamClosed> closed;
  StreamId stream{};
  Time deadline = kNever;
  std::vector<Time> timers;
  bool echo = false;

  explicit Probe(std::uint16_t port = 0, Family family = Family::v4) {
    commands.push_back(OpenSocket{SocketId{1}, {IpAddress::any(family), port}});
  }
  void send(Endpoint to, std::string_view text) {
    transmits.push_back(Datagram{SocketId{1}, to, to_buffer(bytes_of(text))});
  }

  void on_network(Time, const std::vector<IpAddress>& a) override { networks.push_back(a); }
  void on_datagram(Time, SocketId socket, const Endpoint& from, ByteView bytes) override {
    got.emplace_back(from, to_buffer(bytes));
    if (echo) transmits.push_back(Datagram{socket, from, to_buffer(bytes)});
  }
  void on_resolved(Time, const std::string&, const std::vector<IpAddress>& found) override {
    resolved = found;
  }
  void on_socket(Time, SocketId, const SocketEvent& e) override {
    if (auto* o = std::get_if<SocketOpened>(&e)) local = o->local;
  }
  void on_stream(Time, StreamId id, const StreamEvent& e) override {
    stream = id;
    if (auto* o = std::get_if<StreamOpened>(&e)) opened = *o;
    if (auto* c = std::get_if<StreamClosed>(&e)) closed = *c;
    if (std::holds_alternative<StreamWritable>(e)) ++writable;
    if (auto* d = std::get_if<StreamData>(&e)) {
      ++pieces;
      stream_bytes += text_of(d->bytes);
      if (echo) transmits.push_back(StreamBytes{id, to_buffer(d->bytes)});
    }
  }
  void on_backlog(Time, StreamId, std::size_t n) override {
    backlog = n, max_backlog = std::max(max_backlog, n);
  }
  void on_timer(Time now) override {
    if (now >= deadline) timers.push_back(now), deadline = kNever;
  }
  std::optional<Command> next_command() override { return pop(commands); }
  std::optional<Transmit> next_transmit() override { return pop(transmits); }
  Time next_deadline() const override { return deadline; }
};

struct TwoHosts {
  World world;
  Probe server{3478}, client;
  NetworkId home;
  NodeId server_host, client_host;
  ProcessId server_process, client_process;

  explicit TwoHosts(std::uint64_t seed = 1, NatConfig nat = {}, LinkConfig access = kAccess) : world(seed) {
    home = world.net.add_nat(nat, NetworkId::internet, ip("198.51.100.7"), access, access);
    server_host = world.net.add_host(NetworkId::internet, {ip("203.0.113.1")}, kLan, kLan);
    client_host = world.net.add_host(home, {ip("192.168.1.2")}, kLan, kLan);
    server.echo = true;
    server_process = world.run(server_host, server);
    client_process = world.run(client_host, client);
    world.run_for(1ms);
  }
  void client_sends(std::string_view text) {
    client.send(*Endpoint::parse("203.0.113.1:3478"), text);
    world.poke(client_process);
  }
};

TEST(World, ADatagramGoesThroughANatAndItsAnswerComesBackAfterOneRoundTrip) {
  TwoHosts t;
  EXPECT_EQ(t.client.networks.at(0).at(0), ip("192.168.1.2"));
  Time start = t.world.now();
  t.client_sends("hello");
  ASSERT_TRUE(t.world.run_until([&] { return !t.client.got.empty(); }, 1s));
  EXPECT_EQ(t.server.got.at(0).first.ip, ip("198.51.100.7"));
  EXPECT_EQ(text_of(t.client.got.at(0).second), "hello");
  EXPECT_EQ(t.world.now() - start, 2 * (10ms + 200us));
}

TEST(World, TheInternetIsAsWideAsItIsSaidToBe) {
  TwoHosts t;
  t.world.net.set_distance(t.world.net.gateway(t.home), t.server_host, 30ms);
  Time start = t.world.now();
  t.client_sends("hello");
  ASSERT_TRUE(t.world.run_until([&] { return !t.client.got.empty(); }, 1s));
  EXPECT_EQ(t.world.now() - start, 2 * (10ms + 200us + 30ms));
  EXPECT_EQ(t.world.net.route(t.client_host, ip("203.0.113.1"))->delay, 10ms + 200us + 30ms);
}

TEST(World, TheSameSeedGivesTheSameTraceAndAnotherSeedAnother) {
  auto hash = [](std::uint64_t seed) {
    TwoHosts t(seed, {}, {.delay = 5ms, .jitter = 3ms, .loss = 0.2});
    for (int i = 0; i < 50; ++i) {
      t.client_sends("x");
      t.world.run_for(10ms);
    }
    EXPECT_GT(t.world.net.trace.count(Fate::lost), 0u);
    return t.world.net.trace.hash();
  };
  EXPECT_EQ(hash(7), hash(7));
  EXPECT_NE(hash(7), hash(8));
}

TEST(World, ARateLimitDelaysAndItsQueueOverflows) {
  TwoHosts t(1, {}, {.delay = 1ms, .rate = BitsPerSecond{80'000}, .queue = 50ms});
  for (int i = 0; i < 20; ++i) t.client_sends(std::string(100, 'x'));  // 10 ms each
  t.world.run_for(1s);
  EXPECT_EQ(t.server.got.size(), 6u);
  EXPECT_EQ(t.world.net.trace.count(Fate::lost), 14u);
}

TEST(World, StrangersAreFilteredAndBlockedUdpStaysInside) {
  TwoHosts t(1, {{kEi, kApd, false}});
  t.client_sends("x");
  t.world.run_for(100ms);
  Probe stranger;
  auto host = t.world.net.add_host(NetworkId::internet, {ip("203.0.113.9")}, kLan, kLan);
  auto process = t.world.run(host, stranger);
  stranger.send(t.server.got.at(0).first, "boo");
  t.world.poke(process);
  t.world.run_for(100ms);
  EXPECT_EQ(t.client.got.size(), 1u);
  EXPECT_EQ(t.world.net.trace.count(Fate::filtered), 1u);

  t.world.net.block_udp(t.home, true);
  t.client_sends("y");
  t.world.run_for(100ms);
  EXPECT_EQ(t.server.got.size(), 1u);
}

TEST(World, AShortLivedDatagramOpensTheHoleAndDiesBeyondIt) {
  TwoHosts t(1, {{kEi, kApd, false}});
  const Endpoint at = *Endpoint::parse("203.0.113.1:3478");
  auto sends = [&](std::uint8_t ttl) {
    t.client.transmits.push_back(Datagram{SocketId{1}, at, Buffer{1}, ttl});
    t.world.poke(t.client_process);
    t.world.run_for(100ms);
  };
  sends(1);
  EXPECT_EQ(t.world.net.nat(t.home).bindings(), 0u) << "what dies at the router makes no binding";
  sends(2);
  EXPECT_EQ(t.world.net.nat(t.home).bindings(), 1u);
  EXPECT_EQ(t.world.net.trace.count(Fate::expired), 2u);
  EXPECT_TRUE(t.server.got.empty());
  sends(10);  // the router, and eight on the internet
  EXPECT_EQ(t.server.got.size(), 1u);
  EXPECT_EQ(t.client.got.size(), 1u);
}

TEST(World, DoubleNatTranslatesTwiceAndOverlappingLansAreApart) {
  World world(1);
  auto cgn = world.net.add_nat({{kEi, kEi, true}}, NetworkId::internet, ip("198.51.100.1"), kAccess, kAccess);
  auto home1 = world.net.add_nat({}, cgn, ip("100.64.0.2"), kLan, kLan);
  auto home2 = world.net.add_nat({}, cgn, ip("100.64.0.3"), kLan, kLan);
  Probe server{3478}, a, b;
  auto ps = world.run(world.net.add_host(NetworkId::internet, {ip("203.0.113.1")}, kLan, kLan), server);
  auto pa = world.run(world.net.add_host(home1, {ip("192.168.1.2")}, kLan, kLan), a);
  auto pb = world.run(world.net.add_host(home2, {ip("192.168.1.2")}, kLan, kLan), b);
  world.run_for(1ms);
  a.send(*Endpoint::parse("203.0.113.1:3478"), "a");
  b.send(*Endpoint::parse("203.0.113.1:3478"), "b");
  world.poke(pa), world.poke(pb), world.poke(ps);
  world.run_for(100ms);
  ASSERT_EQ(server.got.size(), 2u);
  EXPECT_EQ(server.got[0].first.ip, ip("198.51.100.1"));
  a.send(server.got[1].first, "to b, turned around at the carrier");
  world.poke(pa);
  world.run_for(100ms);
  ASSERT_EQ(b.got.size(), 1u);
  EXPECT_EQ(b.got[0].first, server.got[0].first) << "RFC 4787 REQ-9: the source is the outside address";
}

TEST(World, Ipv6IsNotTranslatedButFirewalled) {
  World world(1);
  auto home1 = world.net.add_nat({}, NetworkId::internet, ip("198.51.100.1"), kAccess, kAccess);
  auto home2 = world.net.add_nat({}, NetworkId::internet, ip("198.51.100.2"), kAccess, kAccess);
  Probe a{5000, Family::v6}, b{5000, Family::v6};
  auto pa = world.run(world.net.add_host(home1, {ip("2001:db8:1::2")}, kLan, kLan), a);
  auto pb = world.run(world.net.add_host(home2, {ip("2001:db8:2::2")}, kLan, kLan), b);
  world.run_for(1ms);
  a.send(*Endpoint::parse("[2001:db8:2::2]:5000"), "knock");
  world.poke(pa);
  world.run_for(100ms);
  EXPECT_TRUE(b.got.empty());
  b.send(*Endpoint::parse("[2001:db8:1::2]:5000"), "answer");
  world.poke(pb);
  world.run_for(100ms);
  EXPECT_EQ(a.got.size(), 1u);
}

TEST(World, ANat64JoinsAnIpv6OnlyHostToTheIpv4Internet) {
  World world(1);
  auto mobile =
      world.net.add_nat({{kEi, kApd, false}}, NetworkId::internet, ip("198.51.100.1"), kAccess, kAccess);
  world.net.set_nat64(mobile, ip("64:ff9b::"));
  Probe client{5000, Family::v6}, server{3478};
  server.echo = true;
  auto pc = world.run(world.net.add_host(mobile, {ip("2001:db8:1::2")}, kLan, kLan), client);
  auto ps = world.run(world.net.add_host(NetworkId::internet, {ip("203.0.113.1")}, kLan, kLan), server);
  world.listen(ps, 443);
  world.run_for(1ms);
  client.send(*Endpoint::parse("[64:ff9b::cb00:7101]:3478"), "hello");
  client.commands.push_back(Resolve{"ipv4only.arpa"});
  world.poke(pc);
  world.run_for(100ms);
  ASSERT_EQ(server.got.size(), 1u);
  EXPECT_EQ(server.got[0].first.ip, ip("198.51.100.1"));
  ASSERT_EQ(client.got.size(), 1u);
  EXPECT_EQ(client.got[0].first, *Endpoint::parse("[64:ff9b::cb00:7101]:3478"));
  ASSERT_EQ(client.resolved.size(), 4u);
  EXPECT_EQ(client.resolved[2], ip("64:ff9b::c000:aa"));
  auto way = world.net.route(world.net.add_host(mobile, {ip("2001:db8:1::3")}, kLan, kLan),
                             ip("64:ff9b::cb00:7101"));
  ASSERT_TRUE(way);
  EXPECT_EQ(way->seen_as, ip("198.51.100.1"));
}

TEST(World, APathIsCutAndHealedAndARebindChangesTheSource) {
  TwoHosts t;
  t.client_sends("1");
  t.world.run_for(100ms);
  t.world.net.cut(ip("203.0.113.1"), ip("198.51.100.7"));
  t.client_sends("2");
  t.world.run_for(100ms);
  EXPECT_EQ(t.server.got.size(), 1u);
  t.world.net.heal(ip("198.51.100.7"), ip("203.0.113.1"));
  t.world.net.nat(t.home).forget();
  t.client_sends("3");
  t.world.run_for(100ms);
  ASSERT_EQ(t.server.got.size(), 2u);
  EXPECT_NE(t.server.got[0].first, t.server.got[1].first);
}

TEST(World, StreamsAreOrderedDelayedAndShareAnExporter) {
  TwoHosts t;
  t.world.listen(t.server_process, 443);
  t.world.set_name("relay.example", {ip("203.0.113.1")});
  Time start = t.world.now();
  t.client.commands.push_back(OpenStream{StreamId{5}, StreamKind::tls, {{"relay.example", 443}}, {}, {}});
  t.world.poke(t.client_process);
  ASSERT_TRUE(t.world.run_until([&] { return t.client.opened.has_value(); }, 1s));
  EXPECT_EQ(t.world.now() - start, 4 * (10ms + 200us));
  EXPECT_EQ(t.client.opened->tls_exporter.size(), 32u);
  EXPECT_EQ(t.client.opened->tls_exporter, t.server.opened->tls_exporter);
  EXPECT_EQ(t.server.opened->remote.ip, ip("198.51.100.7"));

  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>('a' + i % 26);
  t.client.transmits.push_back(StreamBytes{StreamId{5}, to_buffer(bytes_of(text))});
  t.world.poke(t.client_process);
  ASSERT_TRUE(t.world.run_until([&] { return t.client.stream_bytes == text; }, 1s));
  EXPECT_GT(t.server.pieces, 1u);
  t.client.commands.push_back(CloseStream{StreamId{5}});
  t.world.poke(t.client_process);
  ASSERT_TRUE(t.world.run_until([&] { return t.server.closed.has_value(); }, 1s));
  EXPECT_EQ(t.server.closed->why, StreamClosed::Why::ended);
}

TEST(World, ASlowStreamTellsItsBacklogAndWhenItIsWritableAgain) {
  TwoHosts t(1, {}, {.delay = 1ms, .rate = BitsPerSecond{8'000'000}});
  t.world.listen(t.server_process, 443);
  t.server.echo = false;
  t.client.commands.push_back(
      OpenStream{StreamId{5}, StreamKind::websocket, {{"203.0.113.1", 443}}, {}, "/v1"});
  t.world.poke(t.client_process);
  t.world.run_for(100ms);
  t.client.transmits.push_back(StreamBytes{StreamId{5}, Buffer(100'000)});
  t.world.poke(t.client_process);
  t.world.run_for(50ms);
  EXPECT_EQ(t.client.backlog, 100'000u);
  t.world.run_for(100ms);
  EXPECT_EQ(t.client.writable, 1);
  EXPECT_EQ(t.server.pieces, 1u) << "a WebSocket message arrives whole";
}

TEST(World, AKilledServerEndsStreamsAndNobodyListensAfterwards) {
  TwoHosts t;
  t.world.listen(t.server_process, 443);
  t.client.commands.push_back(OpenStream{StreamId{5}, StreamKind::tcp, {{"203.0.113.1", 443}}, {}, {}});
  t.world.poke(t.client_process);
  t.world.run_for(100ms);
  t.world.stop(t.server_process);
  t.world.run_for(100ms);
  EXPECT_TRUE(t.client.closed.has_value());
  t.client.closed.reset();
  t.client.commands.push_back(OpenStream{StreamId{6}, StreamKind::tcp, {{"203.0.113.1", 443}}, {}, {}});
  t.world.poke(t.client_process);
  t.world.run_for(5s);
  ASSERT_TRUE(t.client.closed.has_value());
  EXPECT_EQ(t.client.closed->why, StreamClosed::Why::unreachable);
}

TEST(World, AChangeOfAddressIsToldAndBreaksStreams) {
  TwoHosts t;
  t.world.listen(t.server_process, 443);
  t.client.commands.push_back(OpenStream{StreamId{5}, StreamKind::tcp, {{"203.0.113.1", 443}}, {}, {}});
  t.world.poke(t.client_process);
  t.world.run_for(100ms);
  t.world.change_addresses(t.client_host, {ip("192.168.1.77")});
  t.world.run_for(10ms);
  EXPECT_EQ(t.client.networks.back().at(0), ip("192.168.1.77"));
  EXPECT_EQ(t.client.closed->why, StreamClosed::Why::failed);
  t.client_sends("from the new address");
  t.world.run_for(100ms);
  EXPECT_EQ(t.client.got.size(), 1u);
}

TEST(World, TimersFireAtTheirDeadline) {
  TwoHosts t;
  Time due = t.world.now() + 123ms;
  t.client.deadline = due;
  t.world.run_for(1s);
  ASSERT_EQ(t.client.timers.size(), 1u);
  EXPECT_EQ(t.client.timers[0], due);
}

}  // namespace
}  // namespace godesk::sim
