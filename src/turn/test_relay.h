// A relay and its clients in a TestWorld, for the tests of client and server.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "turn/client.h"
#include "turn/server.h"
#include "turn/test_world.h"

namespace godesk::turn {

inline Endpoint at(const std::string& text) { return Endpoint::parse(text).value(); }
inline IpAddress ip(const std::string& text) { return IpAddress::parse(text).value(); }

/// Fixed user "user", and tickets named "s<session>-<anything>", all with password "pass".
struct TestCredentials final : Credentials {
  std::optional<Grant> find(std::string_view username, std::string_view realm) const override {
    const bool ticket = username.size() > 2 && username[0] == 's' && username[2] == '-';
    if (username != "user" && !ticket) return std::nullopt;
    Grant g;
    g.key = stun::long_term_key(username, realm, "pass");
    g.max_allocations = ticket ? 2 : 1000;
    g.quota = quota;
    if (!ticket) return g;
    g.kind = Grant::Kind::ticket;
    g.session = static_cast<std::uint64_t>(username[1]);
    g.expiry = expiry;
    g.peer_relays = peer_relays;
    g.port = port;
    return g;
  }
  std::optional<WallTime> expiry;
  std::vector<IpAddress> peer_relays;
  std::uint16_t port = 0;
  Quota quota;
};

/// A client with its events sorted.
struct TestClient {
  TestClient(TestWorld& w, Client::Config config, const std::string& address)
      : world(w), random(++seeds), client(std::move(config), ids, random, log) {
    world.attach(client, {ip(address), ip("2001:db8::" + std::to_string(seeds % 1000))});
  }
  ~TestClient() { world.detach(client); }
  void collect() {
    while (auto e = client.next_event()) {
      if (auto* a = std::get_if<Client::Allocated>(&*e)) allocated = *a;
      if (auto* r = std::get_if<Client::Received>(&*e)) received.push_back(*r);
      if (auto* c = std::get_if<Client::ChannelReady>(&*e)) channels.push_back(c->peer);
      if (auto* p = std::get_if<Client::PermissionFailed>(&*e)) failures.push_back(*p);
      if (auto* f = std::get_if<Client::Failed>(&*e)) failed = *f;
    }
  }
  Endpoint relayed(std::size_t i = 0) const { return allocated.value().relayed.at(i); }
  int failure() const { return failures.empty() ? -1 : failures.back().code; }

  static inline std::uint64_t seeds = 100;
  TestWorld& world;
  Ids ids;
  NullLog log;
  TestRandom random;
  Client client;
  std::optional<Client::Allocated> allocated;
  std::optional<Client::Failed> failed;
  std::vector<Client::Received> received;
  std::vector<Endpoint> channels;
  std::vector<Client::PermissionFailed> failures;
};

struct Relay : testing::Test {
  static constexpr const char* kServer = "198.51.100.1";

  static Server::Config server_config() {
    Server::Config c;
    c.relay.v4 = RelayAddress{ip(kServer), ip(kServer)};
    c.relay.v6 = RelayAddress{ip("2001:db8::ff"), ip("2001:db8::ff")};
    c.wall = WallTime{1'700'000'000s};
    return c;
  }
  explicit Relay(Server::Config config = server_config())
      : server(std::move(config), credentials, ids, random, log) {
    world.now = Time{} + 10h;
    world.attach(server, {ip(kServer), ip("2001:db8::ff")});
    world.bind(server, udp_id, at("198.51.100.1:3478"));
    world.listen(server, at("198.51.100.1:3478"));
    server.add_udp_listener(udp_id, at("198.51.100.1:3478"));
    server.on_network(world.now, {ip(kServer), ip("2001:db8::ff"), ip("198.51.100.2")});
  }
  ~Relay() override { clients.clear(); }

  static Client::Config client_config(const std::string& username = "user", Leg leg = Leg::udp) {
    Client::Config c;
    c.transport = leg;
    c.server = {kServer, 3478};
    c.username = username;
    c.password = "pass";
    return c;
  }
  TestClient& add(Client::Config config = client_config()) {
    const std::string address = "203.0.113." + std::to_string(++last_host);
    clients.push_back(std::make_unique<TestClient>(world, std::move(config), address));
    clients.back()->client.start(world.now);
    run(200ms);
    return *clients.back();
  }
  TestClient& add(const std::string& username, Leg leg = Leg::udp) {
    return add(client_config(username, leg));
  }
  void run(Duration span) {
    world.run(span);
    for (auto& c : clients) c->collect();
  }
  int permit(TestClient& c, const std::string& peer) {
    c.failures.clear();
    c.client.permit(world.now, ip(peer));
    run(50ms);
    return c.failure();
  }
  int bind(TestClient& c, const Endpoint& peer) {
    c.failures.clear();
    c.client.bind_channel(world.now, peer);
    run(50ms);
    return c.failure();
  }
  void send(TestClient& c, const Endpoint& peer, const std::string& text) {
    c.client.send(world.now, peer, bytes_of(text));
    run(50ms);
  }

  TestWorld world;
  TestCredentials credentials;
  Ids ids;
  TestRandom random{42};
  NullLog log;
  SocketId udp_id = ids.socket();
  Server server;
  int last_host = 0;
  std::vector<std::unique_ptr<TestClient>> clients;
};

}  // namespace godesk::turn
