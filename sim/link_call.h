// Two links in the virtual world, for scenarios: a relay that is also a STUN server on the internet, tickets
// of one session, a signalling path with a delay, and numbered packets as QUIC's.
#pragma once

#include <algorithm>

#include "base/queue.h"
#include "base/wrapper.h"
#include "link/link.h"
#include "sim/world.h"
#include "stun/demux.h"
#include "stun/stun.h"
#include "turn/server.h"

namespace godesk::sim {

/// What the ID server's tickets say: everybody belongs to session 1.
class OneSession final : public turn::Credentials {
 public:
  std::optional<turn::Grant> find(std::string_view username, std::string_view realm) const override {
    if (username.starts_with("stranger") || spent.contains(std::string(username))) return std::nullopt;
    turn::Grant grant;
    grant.kind = turn::Grant::Kind::ticket;
    grant.session = 1;
    grant.expiry = expiry;
    grant.key = stun::long_term_key(username, realm, "secret");
    if (const auto port = ports.find(username); port != ports.end()) grant.port = port->second;
    return grant;
  }
  std::optional<WallTime> expiry;                           // of every ticket
  std::set<std::string> spent;                              // user names that are of no use any more
  std::map<std::string, std::uint16_t, std::less<>> ports;  // that tickets name
};

/// A turn::Server as a process of its own, with the sockets that it listens on.
class TurnProcess : public Wrapper {
 public:
  TurnProcess(turn::Server::Config config, SeededRandom random)
      : random_(random), server_(std::move(config), credentials_, ids_, random_, log_) {}

  std::optional<Command> next_command() override {
    if (auto own = pop(commands_)) return own;
    return server_.next_command();
  }
  const turn::Server& server() const { return server_; }

 protected:
  void listen(const Endpoint& at) {
    const SocketId socket = ids_.socket();
    commands_.push_back(OpenSocket{socket, at});
    server_.add_udp_listener(socket, at);
  }

  OneSession credentials_;

 private:
  Machine& inner() override { return server_; }
  const Machine& inner() const override { return server_; }
  void settle() override {}

  NullLog log_;
  SeededRandom random_;
  Ids ids_;
  std::deque<Command> commands_;
  turn::Server server_;
};

/// A relay process: UDP and TCP on 3478, TLS on 443 (which the world carries).
class RelayProcess final : public TurnProcess {
 public:
  RelayProcess(IpAddress v4, std::optional<IpAddress> v6, SeededRandom random,
               std::chrono::seconds ticket_life = 24h)
      : TurnProcess(config(v4, v6, ticket_life), random) {
    listen({v4, 3478});
    if (v6) listen({*v6, 3478});
  }

  /// Tickets are of no use for Allocate from `at` on.
  void expire_tickets(Time at) {
    credentials_.expiry = WallTime{} + std::chrono::floor<std::chrono::seconds>(at - Time{});
  }
  void spend(std::set<std::string> usernames) { credentials_.spent = std::move(usernames); }
  /// What `username` will be given, as the ID server tells it ahead.
  std::optional<Endpoint> propose(const std::string& username) {
    const auto relayed = server().propose();
    if (relayed) credentials_.ports[username] = relayed->port;
    return relayed;
  }

 private:
  static turn::Server::Config config(const IpAddress& v4, const std::optional<IpAddress>& v6,
                                     std::chrono::seconds ticket_life) {
    turn::Server::Config c;
    c.ticket_life = ticket_life;
    c.relay.v4 = turn::RelayAddress{v4, v4};
    if (v6) c.relay.v6 = turn::RelayAddress{*v6, *v6};
    return c;
  }
};

/// One end: a link and all that it said.
struct LinkEnd {
  LinkEnd(link::Config config, SeededRandom chance)
      : random(chance), link(std::move(config), ids, random, log) {}

  NullLog log;
  Ids ids;
  SeededRandom random;
  link::Link link;
  ProcessId process{};
  NodeId host{};
  std::vector<std::pair<Time, link::PathInfo>> paths;
  std::vector<Time> lost;
  std::optional<link::DeadReason> dead;
  int epochs_wanted = 0;
  std::uint16_t peer_epoch = 0;
  std::map<std::uint32_t, Time> heard;  // by number: the first copy
  std::size_t copies = 0;
  std::size_t signals = 0;
  std::vector<link::PairVerdict> learned;

  bool direct() const { return link.has_path() && paths.back().second.kind == link::Kind::direct; }
  bool relayed() const { return link.has_path() && paths.back().second.kind == link::Kind::relay; }
  const link::PathInfo& path() const { return paths.back().second; }
};

class LinkCall {
 public:
  explicit LinkCall(std::uint64_t seed) : world(seed) {
    relay_host = world.net.add_host(NetworkId::internet, {relay4(), relay6()}, fast(), fast());
    start_relay();
  }
  static IpAddress ip(const char* text) { return *IpAddress::parse(text); }
  static IpAddress relay4() { return ip("203.0.113.1"); }
  static IpAddress relay6() { return ip("2001:db8:ffff::1"); }
  static LinkConfig fast() { return {.delay = 200us}; }
  static LinkConfig access() { return {.delay = 12ms}; }

  void start_relay() {
    relays_.push_back(std::make_unique<RelayProcess>(relay4(), relay6(), world.fork_random(), ticket_life));
    relays_.back()->spend(spent);
    relay = world.run(relay_host, *relays_.back());
    if (tcp_listens) world.listen(relay, 3478);
    world.listen(relay, 443);
  }
  void stop_relay() { world.stop(relay); }
  const turn::Server& relay_server() const { return relays_.back()->server(); }
  std::optional<Endpoint> propose(const std::string& username) { return relays_.back()->propose(username); }
  void expire_tickets(Duration in) { relays_.back()->expire_tickets(world.now() + in); }

  /// `address`: by which family this end names the servers.
  static link::Config config(link::Role role, const IpAddress& address) {
    link::Config c;
    c.role = role;
    link::RelayServer r;
    r.udp = r.tcp = HostPort{address.to_string(), 3478};
    r.tls = HostPort{address.to_string(), 443};
    r.username = role == link::Role::caller ? "caller" : "host";
    r.password = "secret";
    c.relays = {r};
    c.stun = {HostPort{relay4().to_string(), 3478}, HostPort{relay6().to_string(), 3478}};
    return c;
  }
  link::Config default_config(link::Role role, NodeId at) const {
    bool v4 = false;
    for (const IpAddress& a : world.net.addresses(at)) v4 |= a.is_v4();
    return config(role, v4 ? relay4() : relay6());
  }

  void place(NodeId caller_host, NodeId host_host) {
    place(caller_host, host_host, default_config(link::Role::caller, caller_host),
          default_config(link::Role::host, host_host));
  }
  void place(NodeId caller_host, NodeId host_host, link::Config caller_config, link::Config host_config) {
    introduce(caller_config, caller_host, host_config, host_host);
    caller.emplace(std::move(caller_config), world.fork_random());
    host.emplace(std::move(host_config), world.fork_random());
    start(*caller, *host, caller_host);
    start(*host, *caller, host_host);
  }

  void allow_direct() {
    for (LinkEnd* end : {&*caller, &*host}) {
      end->link.allow_direct(world.now());
      world.poke(end->process);
    }
  }
  void send(LinkEnd& from, std::uint32_t number) {
    Writer w;
    w.u8(0x40).u32(number).zeros(200);
    from.link.send(world.now(), w.buffer(), urgency);
    world.poke(from.process);
  }
  /// A packet each way every 20 ms, until `stop_stream_at`.
  void stream(Duration how_long) {
    stop_stream_at = world.now() + how_long;
    tick();
  }
  bool both_have_path() const { return caller->link.has_path() && host->link.has_path(); }
  bool both_direct() const { return caller->direct() && host->direct(); }
  bool both_relayed() const { return caller->relayed() && host->relayed(); }
  bool run_until(const std::function<bool()>& done, Duration limit) { return world.run_until(done, limit); }
  /// A packet each way arrives.
  bool talk(Duration limit = 1s) {
    const std::uint32_t n = ++talk_;
    send(*caller, n);
    send(*host, n);
    return run_until([&] { return caller->heard.contains(n) && host->heard.contains(n); }, limit);
  }
  /// The longest silence in what `end` heard since `from`.
  Duration longest_gap(const LinkEnd& end, Time from) const {
    std::vector<Time> times = {from};
    for (const auto& [number, at] : end.heard)
      if (at >= from) times.push_back(at);
    std::sort(times.begin(), times.end());
    Duration longest{};
    for (std::size_t i = 1; i < times.size(); ++i) longest = std::max(longest, times[i] - times[i - 1]);
    return longest;
  }

  World world;
  NodeId relay_host{};
  ProcessId relay{};
  std::optional<LinkEnd> caller, host;
  link::Urgency urgency = link::Urgency::bulk;   // of all packets
  Duration signal_delay = 30ms, late_to_host{};  // one way; the second is added to one of the two
  bool signals_flow = true;
  bool tcp_listens = true;
  std::chrono::seconds ticket_life = 24h;  // of relays started from now on
  std::set<std::string> spent;             // user names that those do not take
  Time stop_stream_at{};

  /// What the ID server says of either side's address to the other.
  void introduce(link::Config& a, NodeId at_a, link::Config& b, NodeId at_b) {
    auto seen = [&](NodeId at) {
      auto route = world.net.route(at, relay4());
      return route ? route->seen_as : IpAddress{};
    };
    SeededRandom random = world.fork_random();
    const stun::Opening opening_a = random.bytes<16>(), opening_b = random.bytes<16>();
    a.seen = stun::Seen{opening_a, stun::seen_mark(opening_b, seen(at_b))};
    b.seen = stun::Seen{opening_b, stun::seen_mark(opening_a, seen(at_a))};
  }

 private:
  void start(LinkEnd& end, LinkEnd& other, NodeId at) {
    end.host = at;
    end.process = world.run(at, end.link, [this, &end, &other](Time now) { drain(end, other, now); });
    end.link.start(world.now());
    world.poke(end.process);
  }
  void drain(LinkEnd& end, LinkEnd& other, Time now) {
    while (auto event = end.link.next_event()) {
      if (auto* signal = std::get_if<link::Signal>(&*event)) {
        ++end.signals;
        if (!signals_flow) continue;
        const Duration late = &other == &*host ? late_to_host : 0ms;
        world.at(now + signal_delay + late, [this, &other, bytes = signal->bytes] {
          other.link.on_signal(world.now(), bytes);
          world.poke(other.process);
        });
      } else if (auto* received = std::get_if<link::Received>(&*event)) {
        Reader r(received->bytes);
        r.u8();
        end.heard.emplace(r.u32(), now);
        ++end.copies;
        end.peer_epoch = received->epoch;
      } else if (auto* changed = std::get_if<link::PathChanged>(&*event)) {
        end.paths.emplace_back(now, changed->path);
      } else if (auto* learned = std::get_if<link::PairLearned>(&*event)) {
        end.learned.push_back(learned->verdict);
      } else if (std::get_if<link::PathLost>(&*event)) {
        end.lost.push_back(now);
      } else if (std::get_if<link::EpochWanted>(&*event)) {
        ++end.epochs_wanted;
      } else if (auto* dead = std::get_if<link::Dead>(&*event)) {
        end.dead = dead->reason;
      }
    }
  }
  void tick() {
    if (world.now() >= stop_stream_at) return;
    const std::uint32_t n = ++talk_;
    send(*caller, n);
    send(*host, n);
    world.at(world.now() + 20ms, [this] { tick(); });
  }

  std::vector<std::unique_ptr<RelayProcess>> relays_;
  std::uint32_t talk_ = 0;
};

}  // namespace godesk::sim
