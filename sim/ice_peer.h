// Two ends of a call with nothing but ICE, for scenarios: one UDP socket per family, the reflexive address
// from a STUN responder, candidates trickled to the other end over a signalling path with a delay, plain text
// as data.
#pragma once

#include <map>

#include "base/queue.h"
#include "ice/agent.h"
#include "sim/world.h"
#include "stun/demux.h"

namespace godesk::sim {

/// Answers every Binding request with the source it came from.
class StunResponder final : public Machine {
 public:
  explicit StunResponder(std::vector<Endpoint> at) {
    std::uint32_t n = 0;
    for (const Endpoint& local : at) commands_.push_back(OpenSocket{SocketId{++n}, local});
  }
  void on_datagram(Time, SocketId socket, const Endpoint& from, ByteView bytes) override {
    auto message = stun::Message::parse(bytes);
    if (!message || !message->is(stun::Class::request, stun::Method::binding)) return;
    stun::Builder answer(stun::Class::success, stun::Method::binding, message->transaction());
    transmits_.push_back(Datagram{socket, from, answer.mapped(from).finish_with_fingerprint()});
  }
  void on_timer(Time) override {}
  std::optional<Command> next_command() override { return pop(commands_); }
  std::optional<godesk::Transmit> next_transmit() override { return pop(transmits_); }
  Time next_deadline() const override { return kNever; }

 private:
  std::deque<Command> commands_;
  std::deque<godesk::Transmit> transmits_;
};

class IcePeer final : public Machine {
 public:
  IcePeer(ice::Config config, SeededRandom random, std::vector<Endpoint> stun_servers)
      : random_(random), stun_servers_(std::move(stun_servers)), agent(std::move(config), random_, log_) {}

  /// The other end, and how long a signal takes to it.
  void call(World& world, IcePeer& other, Duration delay) {
    world_ = &world;
    other_ = &other;
    delay_ = delay;
    signal([c = agent.local_credentials()](IcePeer& p, Time now) { p.agent.set_remote_credentials(now, c); });
  }

  void on_network(Time now, const std::vector<IpAddress>& addresses) override {
    addresses_ = addresses;
    for (const auto& [leg, socket] : sockets_) {
      agent.remove_leg(now, leg);
      commands_.push_back(CloseSocket{socket});
    }
    sockets_.clear();
    asked_.clear();
    for (const IpAddress& ip : addresses) {
      SocketId socket{++last_};
      sockets_[ice::LegId{last_}] = socket;
      commands_.push_back(OpenSocket{socket, {ip, 0}});
    }
  }
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override {
    auto* opened = std::get_if<SocketOpened>(&event);
    if (!opened || !sockets_.contains(leg_of(socket))) return;
    bases_[socket] = opened->local;
    add(now, socket, ice::make_candidate(ice::CandidateType::host, opened->local, opened->local));
    gather(now, socket);
  }
  /// Asks what the socket's reflexive address is now.
  void gather(Time now, SocketId socket) {
    for (const Endpoint& server : stun_servers_)
      if (server.family() == bases_[socket].family()) asked_[random_.bytes<12>()] = {socket, server};
    ask_pending(now);
  }
  void gather_again(Time now) {
    for (const auto& [leg, socket] : sockets_) gather(now, socket);
    world_->poke(process);
  }
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override {
    ice::LegId leg = leg_of(socket);
    if (agent.on_datagram(now, leg, from, bytes) != ice::Verdict::not_mine) return;
    if (stun::kind_of(bytes) == stun::Kind::stun) return on_reflexive(now, socket, from, bytes);
    if (!agent.knows(leg, from)) return;
    agent.on_received(now, leg, from);
    received.emplace_back(text_of(bytes));
  }
  void on_timer(Time now) override {
    if (now >= ask_again_) ask_pending(now);
    agent.on_timer(now);
  }
  std::optional<Command> next_command() override { return pop(commands_); }
  std::optional<godesk::Transmit> next_transmit() override {
    if (auto own = pop(transmits_)) return own;
    auto check = agent.next_transmit();
    if (!check) return std::nullopt;
    return Datagram{sockets_.at(check->leg), check->to, std::move(check->bytes)};
  }
  Time next_deadline() const override { return std::min(ask_again_, agent.next_deadline()); }

  /// The controlling end names the first valid pair, as a session would.
  void drain_events(Time now) {
    while (auto event = agent.next_event()) {
      if (auto* valid = std::get_if<ice::PairValid>(&*event)) {
        if (first_valid == kNever) first_valid = now;
        if (agent.controlling() && !agent.selected()) agent.nominate(now, valid->pair);
      }
      if (std::holds_alternative<ice::ConsentLost>(*event)) ++consents_lost;
      events.push_back(*event);
    }
  }
  bool send(std::string_view text) {
    if (!agent.selected()) return false;
    auto info = agent.pair_info(*agent.selected());
    transmits_.push_back(Datagram{sockets_.at(info->leg), info->remote, to_buffer(bytes_of(text))});
    world_->poke(process);
    return true;
  }
  bool has_valid_pair() const {
    for (const ice::PairInfo& pair : agent.pairs())
      if (pair.state == ice::PairState::valid) return true;
    return false;
  }

 private:
  static ice::LegId leg_of(SocketId socket) { return ice::LegId{static_cast<std::uint32_t>(socket)}; }

  void add(Time now, SocketId socket, ice::Candidate candidate) {
    if (!agent.add_local(now, leg_of(socket), candidate)) return;
    candidate.related.reset();
    std::string text = ice::format(candidate);
    signal([text](IcePeer& p, Time at) {
      auto parsed = ice::parse_candidate(text);
      if (parsed) p.agent.add_remote(at, *parsed);
    });
  }
  void ask_pending(Time now) {
    for (const auto& [id, question] : asked_) {
      stun::Builder request(stun::Class::request, stun::Method::binding, id);
      transmits_.push_back(Datagram{question.socket, question.server, request.finish_with_fingerprint()});
    }
    ask_again_ = asked_.empty() ? kNever : now + 200ms;
  }
  void on_reflexive(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
    auto message = stun::Message::parse(bytes);
    if (!message || !message->mapped() || asked_.erase(message->transaction()) == 0) return;
    if (*message->mapped() == bases_[socket]) return;
    auto found = ice::make_candidate(ice::CandidateType::server_reflexive, *message->mapped(), bases_[socket],
                                     from.ip);
    found.related = bases_[socket];
    add(now, socket, found);
  }
  template <class What>
  void signal(What what) {
    world_->at(world_->now() + delay_, [this, what] {
      what(*other_, world_->now());
      world_->poke(other_->process);
    });
  }

  NullLog log_;
  SeededRandom random_;
  std::vector<Endpoint> stun_servers_;
  World* world_ = nullptr;
  IcePeer* other_ = nullptr;
  Duration delay_{};
  std::uint32_t last_ = 0;
  std::vector<IpAddress> addresses_;
  std::map<ice::LegId, SocketId> sockets_;
  std::map<SocketId, Endpoint> bases_;
  struct Question {
    SocketId socket{};
    Endpoint server;
  };
  std::map<stun::TransactionId, Question> asked_;  // repeated until answered
  Time ask_again_ = kNever;
  std::deque<Command> commands_;
  std::deque<godesk::Transmit> transmits_;

 public:
  ice::Agent agent;
  ProcessId process{};
  std::vector<std::string> received;
  std::vector<ice::Event> events;
  Time first_valid = kNever;
  int consents_lost = 0;
};

/// A world with a STUN responder on the internet and two callers, wherever a test puts them.
class IceCall {
 public:
  explicit IceCall(std::uint64_t seed) : world(seed), responder_({server4(), server6()}) {
    auto host = world.net.add_host(NetworkId::internet, {server4().ip, server6().ip}, fast(), fast());
    world.run(host, responder_);
  }
  static Endpoint server4() { return *Endpoint::parse("203.0.113.1:3478"); }
  static Endpoint server6() { return *Endpoint::parse("[2001:db8:ffff::1]:3478"); }
  static LinkConfig fast() { return {.delay = 200us}; }
  static LinkConfig access() { return {.delay = 12ms}; }

  /// `a` is the controlling end.
  void place(NodeId a_host, NodeId b_host, ice::Config config = roomy()) {
    config.controlling = true;
    a.emplace(config, world.fork_random(), std::vector{server4(), server6()});
    config.controlling = false;
    b.emplace(config, world.fork_random(), std::vector{server4(), server6()});
    hosts[0] = a_host, hosts[1] = b_host;
    a->call(world, *b, 40ms);
    b->call(world, *a, 40ms);
    a->process = world.run(a_host, *a, [this](Time now) { a->drain_events(now); });
    b->process = world.run(b_host, *b, [this](Time now) { b->drain_events(now); });
  }
  /// After login: limits that do not bind.
  static ice::Config roomy() {
    ice::Config config;
    config.limits = {32, 32, 200, 100};
    return config;
  }
  bool both_selected() const { return a->agent.selected() && b->agent.selected(); }
  /// Runs until both ends agreed on a pair, and data went both ways over it.
  bool connects(Duration limit) {
    if (!world.run_until([&] { return both_selected(); }, limit)) return false;
    return talk();
  }
  bool talk() {
    std::size_t at_a = a->received.size(), at_b = b->received.size();
    a->send("from a");
    b->send("from b");
    return world.run_until([&] { return a->received.size() > at_a && b->received.size() > at_b; }, 1s);
  }

  World world;
  std::optional<IcePeer> a, b;
  NodeId hosts[2] = {};

 private:
  StunResponder responder_;
};

}  // namespace godesk::sim
