// For this room's tests: a server and its clients in virtual time, joined by streams in memory.
#pragma once

#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "auth/rendezvous_signature.h"
#include "rendezvous/client.h"
#include "rendezvous/messages.h"
#include "rendezvous/server.h"

namespace godesk::rendezvous::test {

class Seeded final : public Random {
 public:
  explicit Seeded(std::uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override {
    for (auto& byte : out) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<std::uint8_t>(state_ >> 56);
    }
  }

 private:
  std::uint64_t state_;
};

/// Credentials that tell for which pair and address they were made.
class FakeTickets final : public TicketIssuer {
 public:
  std::vector<Relay> issue(Time, const IntroId& pair, const IpAddress& client,
                           const std::vector<IpAddress>& peer_relays) override {
    asked_for = peer_relays;
    Relay relay;
    relay.udp = relay.tcp = HostPort{"198.51.100.10", 3478};
    relay.tls = HostPort{"198.51.100.10", 443};
    relay.username = "1:" + std::to_string(pair.number);
    relay.password = "secret";
    relay.realm = "godesk";
    relay.nonce = client.to_string();
    relay.here = true;
    return {relay};
  }
  std::vector<IpAddress> asked_for;  // the last time
};

inline auth::Identity identity(std::uint64_t seed) {
  Seeded random(seed);
  return auth::make_identity(random);
}
inline IpAddress ip(const char* text) { return *IpAddress::parse(text); }

inline ServerConfig server_config() {
  ServerConfig config;
  config.identity = identity(1);
  config.wall_at_zero = WallTime{1'800'000'000s};
  config.stun = {{"198.51.100.10", 3478}};
  return config;
}
inline Join join_of(const auth::Identity& server) {
  Join join;
  join.hosts = {"198.51.100.10"};
  join.key = key_hash(server.public_key);
  return join;
}

/// The last event of type T, or null.
template <class T>
const T* last(const std::vector<ClientEvent>& events) {
  for (auto it = events.rbegin(); it != events.rend(); ++it)
    if (const auto* event = std::get_if<T>(&*it)) return event;
  return nullptr;
}
template <class T>
std::size_t count(const std::vector<ClientEvent>& events) {
  std::size_t n = 0;
  for (const auto& event : events) n += std::holds_alternative<T>(event);
  return n;
}

/// Speaks to a Server message by message, as honest or not as the test wants.
class Raw {
 public:
  Raw(Server& server, StreamId stream, const char* address = "192.0.2.1")
      : server_(server), stream_(stream), exporter(Seeded(static_cast<std::uint32_t>(stream)).bytes<32>()) {
    address_ = ip(address);
  }

  void open(Time now) {
    StreamOpened opened;
    opened.remote = {address_, 5000};
    opened.tls_exporter = to_buffer(exporter);
    server_.on_stream(now, stream_, opened);
  }
  void send(Time now, ByteView bytes) { server_.on_stream(now, stream_, StreamData{bytes}); }
  void send(Time now, const ClientMessage& message) { send(now, ByteView(encode(message))); }
  wire::Hello hello(Role role, const auth::Identity& who, const crypto::PublicKey& server) const {
    const auto as = role == Role::host ? auth::RendezvousRole::host : auth::RendezvousRole::viewer;
    return {role, who.public_key, *auth::sign_rendezvous(who, as, server, exporter)};
  }
  void greet(Time now, Role role, const auth::Identity& who) {
    open(now);
    send(now, hello(role, who, identity(1).public_key));
  }
  void close(Time now) { server_.on_stream(now, stream_, StreamClosed{}); }
  StreamId stream() const { return stream_; }

 private:
  Server& server_;
  StreamId stream_;
  IpAddress address_;

 public:
  std::array<std::uint8_t, 32> exporter;
};

/// Drains a server spoken to by Raw.
struct Drained {
  std::map<StreamId, std::vector<Buffer>> sent;
  std::map<StreamId, bool> closed;

  explicit Drained(Server& server) {
    for (bool more = true; more;) {
      more = false;
      while (auto command = server.next_command()) {
        closed[std::get<CloseStream>(*command).stream] = true;
        more = true;
      }
      while (auto transmit = server.next_transmit()) {
        auto& bytes = std::get<StreamBytes>(*transmit);
        EXPECT_FALSE(closed[bytes.stream]) << "bytes after the close";
        sent[bytes.stream].push_back(std::move(bytes.bytes));
        more = true;
      }
    }
  }
  /// The last message to `raw` of type T.
  template <class T>
  std::optional<T> last(const Raw& raw) {
    const auto& all = sent[raw.stream()];
    for (auto it = all.rbegin(); it != all.rend(); ++it) {
      auto message = decode_server_message(*it);
      EXPECT_TRUE(message.ok());
      if (message && std::holds_alternative<T>(*message)) return std::get<T>(*message);
    }
    return std::nullopt;
  }
  bool was_closed(const Raw& raw) { return closed[raw.stream()]; }
};

/// A real client, and the wire it is on.
struct Peer {
  Peer(ClientConfig config, const char* from) : random(77), address(ip(from)) {
    client = std::make_unique<Client>(std::move(config), ids, random, log);
  }
  template <class T>
  const T* last() const {
    return test::last<T>(events);
  }
  template <class T>
  std::size_t count() const {
    return test::count<T>(events);
  }

  Ids ids;
  Seeded random;
  NullLog log;
  IpAddress address;
  std::unique_ptr<Client> client;
  std::vector<ClientEvent> events;
  std::vector<Time> attempts;
  std::vector<OpenStream> opened;
  StreamId near{}, far{};
  bool muted = false;    // the wire carries nothing, and nobody is told
  bool spliced = false;  // someone in between ends TLS: the exporters differ
};

class World {
 public:
  World() { restart(); }

  Peer& host(std::uint64_t seed, const char* from = "192.0.2.1") { return add(Role::host, seed, from); }
  Peer& viewer(std::uint64_t seed, const char* from = "203.0.113.1") { return add(Role::viewer, seed, from); }
  Peer& add(Role role, std::uint64_t seed, const char* from) {
    ClientConfig wanted;
    wanted.role = role;
    wanted.identity = identity(seed);
    wanted.server = join_of(identity(1));
    return add(std::move(wanted), from);
  }
  Peer& add(ClientConfig wanted, const char* from = "192.0.2.1") {
    peers.push_back(std::make_unique<Peer>(std::move(wanted), from));
    peers.back()->client->start(now);
    settle();
    return *peers.back();
  }

  /// SIGKILL: every stream is reset, later attempts are refused.
  void kill() {
    server.reset();
    for (auto& peer : peers)
      if (std::exchange(peer->far, StreamId{}) != StreamId{} && !peer->muted)
        peer->client->on_stream(now, peer->near, StreamClosed{});
    settle();
  }
  void restart() { server = std::make_unique<Server>(config, registry, tickets, random, log); }

  void settle() {
    for (int turn = 0; turn < 1000; ++turn)
      if (!turn_once()) return;
    FAIL() << "never quiet";
  }
  void run(Duration d) {
    settle();
    for (const Time end = now + d; now < end;) {
      Time next = server ? server->next_deadline() : kNever;
      for (auto& peer : peers) next = std::min(next, peer->client->next_deadline());
      now = std::min(end, std::max(now, next));
      if (server) server->on_timer(now);
      for (auto& peer : peers) peer->client->on_timer(now);
      settle();
    }
  }

  Time now{1s};
  ServerConfig config = server_config();
  Seeded random{5};
  NullLog log;
  MemoryRegistry registry;
  FakeTickets tickets;
  std::unique_ptr<Server> server;
  std::vector<std::unique_ptr<Peer>> peers;
  std::map<std::string, std::vector<IpAddress>> names;  // others never resolve

 private:
  bool turn_once() {
    bool busy = false;
    for (auto& peer : peers) busy = drain(*peer) || busy;
    return server && drain_server() ? true : busy;
  }

  bool drain(Peer& peer) {
    bool busy = false;
    while (auto command = peer.client->next_command()) busy = obey(peer, *command);
    while (auto transmit = peer.client->next_transmit()) {
      busy = true;
      const auto& bytes = std::get<StreamBytes>(*transmit);
      if (server && !peer.muted && bytes.stream == peer.near && peer.far != StreamId{})
        server->on_stream(now, peer.far, StreamData{bytes.bytes});
    }
    while (auto event = peer.client->next_event()) peer.events.push_back(std::move(*event));
    return busy;
  }

  bool obey(Peer& peer, const Command& command) {
    if (const auto* close = std::get_if<CloseStream>(&command)) {
      if (close->stream != peer.near) return true;
      const StreamId far = std::exchange(peer.far, StreamId{});
      if (server && far != StreamId{} && !peer.muted) server->on_stream(now, far, StreamClosed{});
      return true;
    }
    if (const auto* resolve = std::get_if<Resolve>(&command)) {
      if (names.count(resolve->host)) peer.client->on_resolved(now, resolve->host, names[resolve->host]);
      return true;
    }
    const auto& open = std::get<OpenStream>(command);
    peer.attempts.push_back(now);
    peer.opened.push_back(open);
    peer.near = open.stream;
    peer.far = StreamId{};
    if (!server) {
      peer.client->on_stream(now, open.stream, StreamClosed{StreamClosed::Why::unreachable, ""});
      return true;
    }
    if (peer.muted) return true;
    peer.far = Ids::accepted(++accepted_);
    StreamOpened here, there;
    here.remote = {ip("198.51.100.10"), 443};
    there.remote = {peer.address, 4000};
    here.tls_exporter = there.tls_exporter = to_buffer(random.bytes<32>());
    if (peer.spliced) there.tls_exporter = to_buffer(random.bytes<32>());
    peer.client->on_stream(now, peer.near, here);
    server->on_stream(now, peer.far, there);
    return true;
  }

  bool drain_server() {
    bool busy = false;
    while (auto command = server->next_command()) {
      busy = true;
      if (Peer* peer = peer_at(std::get<CloseStream>(*command).stream)) {
        peer->far = StreamId{};
        if (!peer->muted) peer->client->on_stream(now, peer->near, StreamClosed{});
      }
    }
    while (auto transmit = server->next_transmit()) {
      busy = true;
      const auto& bytes = std::get<StreamBytes>(*transmit);
      if (Peer* peer = peer_at(bytes.stream); peer && !peer->muted)
        peer->client->on_stream(now, peer->near, StreamData{bytes.bytes});
    }
    return busy;
  }

  Peer* peer_at(StreamId far) {
    for (auto& peer : peers)
      if (peer->far == far) return peer.get();
    return nullptr;
  }

  std::uint32_t accepted_ = 0;
};

}  // namespace godesk::rendezvous::test
