#include "link/link.h"

#include <algorithm>

#include "base/queue.h"
#include "link/link_impl.h"
#include "stun/demux.h"

namespace godesk::link {
namespace {

constexpr std::size_t kMaxReceived = 4096, kMaxTransmits = 4096;
constexpr std::size_t kMaxAhead = 8;  // packets before a path is proved

/// A relay on this machine hands out loopback addresses, and then the peer is here too.
bool all_on_loopback(const Config& c) {
  if (c.loopback || uses_loopback(c)) return true;
  return !c.interfaces.empty() && std::all_of(c.interfaces.begin(), c.interfaces.end(),
                                              [](const IpAddress& ip) { return ip.is_loopback(); });
}

ice::Config ice_config(const Config& c) {
  ice::Config out;
  out.controlling = c.role == Role::caller;
  out.relay_only = c.relay_only;
  out.loopback = all_on_loopback(c);
  // Sending stops 5 s after the last answer (SECURITY 6): where a check is lost, Paths asks again in time.
  out.consent_interval = 3500ms;
  out.consent_expiry = 5s;
  return out;
}

HostSockets::Config sockets_config(const Config& c) {
  HostSockets::Config out;
  out.stun = c.stun;
  out.loopback = c.loopback;
  return out;
}

Paths::Config paths_config(const Config& c) {
  Paths::Config out;
  out.caller = c.role == Role::caller;
  out.dead_after = c.dead_after;
  return out;
}

}  // namespace

Link::Impl::Impl(Config config, Ids& ids, Random& random, LogSink& log)
    : config_(std::move(config)),
      ids_(ids),
      random_(random),
      log_(log),
      agent_(ice_config(config_), random, log),
      sockets_(sockets_config(config_), ids, random),
      punch_budget_(config_.punch_budget ? config_.punch_budget : std::make_shared<PunchBudget>()),
      punch_({config_.role == Role::caller, config_.seen, config_.remembered}, ids, random, *punch_budget_),
      paths_(paths_config(config_)),
      addresses_(config_.interfaces) {}

// ---- begin and end

void Link::Impl::start(Time now) {
  if (started_) return;
  started_ = true;
  now_ = started_at_ = no_path_since_ = now;
  if (config_.early_direct) allowed_ = true, allowed_at_ = now;
  if (config_.relays.empty() && !allowed_) return die(now, DeadReason::no_path);
  for (const RelayServer& server : config_.relays) add_race(now, server);
  if (uses_sockets()) {
    take_nat64(now);
    sockets_.set_addresses(now, addresses_);
    if (prepared_) gather(now);
    gathered_at_ = now;
  }
  if (prepared_) told_ = greet();
  if (!config_.greeting.empty()) greet_at_ = now + config_.start_in;
  hear_greeting(now);
  settle(now);
}

void Link::Impl::allow_direct(Time now) {
  if (trusted_ || dead_) return;
  trusted_ = true;
  if (!allowed_) {
    allowed_ = true;
    allowed_after_path_ = ever_path_;
    allowed_at_ = now;
  }
  ice::Limits wide;
  wide.max_remotes = config_.max_remote_candidates;
  wide.max_peer_reflexive = config_.max_peer_reflexive;
  wide.max_unanswered = 100;
  agent_.set_limits(now, wide);
  if (!started_) return;
  if (uses_sockets()) {
    for (const auto& host : sockets_.all())
      if (host.local) show_socket(now, host.socket, *host.local);
    constexpr Duration kStale = 10s;
    if (now - gathered_at_ > kStale) gather(now);
  }
  apply_remote(now);
  settle(now);
}

void Link::Impl::watch_the_end(Time now) {
  if (has_path() || !started_) return;
  if (!ever_path_) {
    const bool all_refused = !races_.empty() && refused_.size() == races_.size();
    if (all_refused && !allowed_) return die(now, DeadReason::relay_refused);
    if (now - started_at_ >= config_.connect_timeout)
      die(now, all_refused ? DeadReason::relay_refused : DeadReason::no_path);
  } else if (now - no_path_since_ >= config_.lost_timeout) {
    die(now, DeadReason::path_lost);
  }
}

void Link::Impl::die(Time now, DeadReason reason) {
  close(now);
  events_.push_back(Dead{reason});
}

void Link::Impl::close(Time now) {
  dead_ = true;
  for (auto& race : races_) race->close(now);
  punch_.stop();
}

// ---- packets

void Link::Impl::send(Time now, ByteView packet, Urgency urgency) {
  now_ = now;
  if (dead_) return drop(DropReason::no_path);
  const Paths::Route route = paths_.route(now);
  meter_.count(now, packet.size());
  unheard_.sent(now, packet, route.everything ? route.second : std::nullopt);
  if (!route.first) return send_ahead(now, packet);
  if (send_on(now, *route.first, packet)) sent_on(now, *route.first, packet.size());
  if (!route.second) return;
  if (route.everything) {
    if (send_on(now, *route.second, packet)) sent_on(now, *route.second, packet.size());
  } else if (urgency == Urgency::urgent && packet.size() <= paths_.mtu(*route.second) &&
             copies_.take(now, packet.size())) {
    // No doubt arises from it: the peer may choose another path for its own copies.
    send_on(now, *route.second, packet);
  }
}

/// Where both sides were given their addresses on one relay of our own server, which lets nobody else have
/// them: no victim can be named there, so that a few packets need not wait for the answer to the first check.
std::optional<ice::PairInfo> Link::Impl::pair_ahead() const {
  if (ever_path_ || dead_ || sent_ahead_ >= kMaxAhead) return std::nullopt;
  for (const ice::PairInfo& pair : agent_.pairs()) {
    const Leg* via = leg(pair.leg);
    const bool ours = via && via->race && via->race->server().relayed && via->race->up();
    if (ours && pair.remote.ip == via->address.ip && peer_relays_.contains(pair.remote)) return pair;
  }
  return std::nullopt;
}

void Link::Impl::send_ahead(Time now, ByteView packet) {
  const auto pair = pair_ahead();
  if (!pair) return drop(DropReason::no_path);
  ++sent_ahead_;
  send_on(now, pair->id, packet);
}

/// The peer is as far from the relay as we are, as far as one can tell.
std::optional<Duration> Link::Impl::ahead() const {
  const auto pair = pair_ahead();
  if (!pair) return std::nullopt;
  return 2 * leg(pair->leg)->race->distance();
}

bool Link::Impl::send_on(Time now, ice::PairId pair, ByteView packet) {
  auto info = agent_.pair_info(pair);
  const Leg* via = info ? leg(info->leg) : nullptr;
  return via && put(now, *via, info->remote, packet);
}

/// From now on an answer is waited for.
void Link::Impl::sent_on(Time now, ice::PairId pair, std::size_t bytes) {
  agent_.on_sent(now, pair);
  paths_.sent(now, pair, bytes);
}

bool Link::Impl::put(Time now, const Leg& via, const Endpoint& to, ByteView bytes) {
  if (via.race) {
    via.race->send(now, to, bytes);
    return true;
  }
  if (transmits_.size() >= kMaxTransmits) {
    drop(DropReason::queue_full);
    return false;
  }
  transmits_.push_back(Datagram{*via.socket, to, to_buffer(bytes)});
  return true;
}

void Link::Impl::on_packet(Time now, const Leg& via, const Endpoint& from, ByteView bytes) {
  const stun::Kind kind = stun::kind_of(bytes);
  if (kind == stun::Kind::unknown) return drop(DropReason::unknown_kind);
  if (kind == stun::Kind::stun) {
    const auto verdict = agent_.on_datagram(now, via.id, from, bytes);
    if (verdict == ice::Verdict::handled) return;
    if (verdict == ice::Verdict::not_mine && via.socket && sockets_.on_stun(now, *via.socket, from, bytes))
      return;
    return drop(DropReason::bad_stun);
  }
  // A first byte of 64..79 is a channel only on a relay's own socket, where the TURN client took it already.
  // What the peer's own relay forwards may overtake the check that would make it known; QUIC judges it
  // anyway.
  const bool from_its_relay = via.race && peer_relays_.contains(from);
  if (!from_its_relay && !agent_.knows(via.id, from)) return drop(DropReason::unknown_source);
  agent_.on_received(now, via.id, from);
  receive(to_buffer(bytes));
}

void Link::Impl::receive(Buffer packet) {
  if (events_.size() >= kMaxReceived) return drop(DropReason::queue_full);
  events_.push_back(Received{std::move(packet), peer_epoch_});
}

void Link::Impl::flush_checks(Time now) {
  while (auto check = agent_.next_transmit()) {
    const Leg* via = leg(check->leg);
    if (!via) continue;
    if (via->race) {
      if (!may_relay_to(check->to)) continue;
      via->race->bind(now, check->to);
    }
    put(now, *via, check->to, check->bytes);
  }
}

void Link::Impl::set_epoch(std::uint16_t epoch) {
  if (epoch == epoch_) return;
  epoch_ = epoch;
  agent_.set_epoch(epoch);
  // Ahead of the first packet of the new epoch, as far as one path can promise it.
  if (epoch > 1 && paths_.current()) agent_.ping(now_, *paths_.current());
  flush_checks(now_);
}

// ---- the verbs

void Link::Impl::settle(Time now) {
  now_ = now;
  if (!started_) ++greeting_version_;
  if (!started_ || dead_) return;
  take_from_sockets(now);
  take_from_races(now);
  take_from_agent(now);
  retire(now);
  paths_.refresh(now, agent_.pairs());
  choose_relays(now);
  carry_out(now, paths_.decide(now, meter_.rate(now)));
  repeat_unheard(now);
  const Punch::Facts facts = punch_facts();
  punch(now, facts);
  flush_checks(now);
  judge_punching(now);
  tell_path(now);
  tell_signal(now, facts);
  for (auto& race : races_) race->set_need(now, ever_path_ && !has_path());
  ask_for_relays(now);
  watch_the_end(now);
}

void Link::Impl::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  if (dead_) return;
  if (const Leg* via = leg(socket)) {
    on_packet(now, *via, from, bytes);
  } else if (sockets_.owns(socket)) {
    // Not shown to the peer yet: only a STUN server's answer is heard.
    if (!sockets_.on_stun(now, socket, from, bytes)) drop(DropReason::unknown_source);
  } else if (punch_.prober().owns(socket)) {
    on_punch_packet(now, socket, from, bytes);
  } else {
    nest_.on_datagram(now, socket, from, bytes);
  }
  settle(now);
}

void Link::Impl::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  if (sockets_.owns(socket)) {
    sockets_.on_socket(now, socket, event);
  } else if (punch_.prober().owns(socket)) {
    punch_.on_socket(now, socket, event);
  } else {
    nest_.on_socket(now, socket, event);
  }
  settle(now);
}

void Link::Impl::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  nest_.on_stream(now, stream, event);
  settle(now);
}

void Link::Impl::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  for (const HostPort& server : config_.stun)
    if (server.host == host)
      for (const IpAddress& ip : addresses) servers_.insert({ip, server.port});
  if (uses_sockets()) sockets_.on_resolved(now, host, addresses);
  nest_.on_resolved(now, host, addresses);
  settle(now);
}

void Link::Impl::on_timer(Time now) {
  if (dead_) return;
  if (!started_) return keep(now);
  sockets_.on_timer(now);
  nest_.on_timer(now);
  punch_.on_timer(now);
  agent_.on_timer(now);
  if (now >= gather_again_) gather(now);
  if (now >= revive_at_) revive(now);
  hear_greeting(now);
  settle(now);
}

std::optional<Event> Link::Impl::next_event() { return pop(events_); }

std::optional<Command> Link::Impl::next_command() {
  if (auto command = sockets_.next_command()) return command;
  if (auto command = punch_.next_command()) return command;
  if (auto command = pop(closing_)) return command;
  return nest_.next_command();
}

std::optional<Transmit> Link::Impl::next_transmit() {
  if (auto own = pop(transmits_)) return own;
  if (auto question = sockets_.next_transmit()) return question;
  if (auto guess = punch_.next_transmit()) return guess;
  return nest_.next_transmit();
}

Time Link::Impl::next_deadline() const {
  if (dead_) return kNever;
  if (!started_) return std::min(sockets_.next_deadline(), keep_at_);
  Time next = std::min({greet_at_, nest_.next_deadline(), sockets_.next_deadline(), agent_.next_deadline(),
                        punch_.next_deadline(), paths_.next_deadline(), gather_again_, revive_at_,
                        signal_again_, relays_due(), relay_choice_due()});
  if (!has_path())
    next = std::min(
        next, ever_path_ ? no_path_since_ + config_.lost_timeout : started_at_ + config_.connect_timeout);
  return next;
}

// ---- Link

Link::Link(Config config, Ids& ids, Random& random, LogSink& log)
    : impl_(std::make_unique<Impl>(std::move(config), ids, random, log)) {}
Link::~Link() = default;

void Link::prepare(Time now) { impl_->prepare(now); }
std::optional<Buffer> Link::greeting() const { return impl_->greeting(); }
bool Link::gathering() const { return impl_->gathering(); }
bool Link::keeps_mapping() const { return impl_->keeps_mapping(); }
unsigned Link::greeting_version() const { return impl_->greeting_version(); }
void Link::introduce(Config introduced) { impl_->introduce(std::move(introduced)); }
void Link::start(Time now) { impl_->start(now); }
void Link::send(Time now, ByteView packet, Urgency urgency) { impl_->send(now, packet, urgency); }
void Link::on_signal(Time now, ByteView bytes) { impl_->on_signal(now, bytes); }
void Link::allow_direct(Time now) { impl_->allow_direct(now); }
void Link::set_profile(Time now, const ice::NatProfile& profile) { impl_->set_profile(now, profile); }
Link::PunchCost Link::punch_cost() const { return impl_->punch_cost(); }
void Link::set_epoch(std::uint16_t epoch) { impl_->set_epoch(epoch); }
void Link::close(Time now) { impl_->close(now); }
void Link::set_relays(Time now, std::vector<RelayServer> relays) {
  impl_->set_relays(now, std::move(relays));
}
std::optional<Event> Link::next_event() { return impl_->next_event(); }
std::size_t Link::mtu() const { return impl_->mtu(); }
bool Link::has_path() const { return impl_->has_path(); }
std::optional<Duration> Link::ahead() const { return impl_->ahead(); }
bool Link::direct_works() const { return impl_->direct_valid(); }
bool Link::owns(SocketId socket) const { return impl_->owns(socket); }
bool Link::owns(StreamId stream) const { return impl_->owns(stream); }
std::uint64_t Link::drops(DropReason reason) const { return impl_->drops(reason); }
void Link::on_network(Time now, const std::vector<IpAddress>& addresses) {
  impl_->on_network(now, addresses);
}
void Link::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  impl_->on_datagram(now, socket, from, bytes);
}
void Link::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  impl_->on_socket(now, socket, event);
}
void Link::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  impl_->on_stream(now, stream, event);
}
void Link::on_backlog(Time now, StreamId stream, std::size_t bytes) { impl_->on_backlog(now, stream, bytes); }
void Link::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  impl_->on_resolved(now, host, addresses);
}
void Link::on_timer(Time now) { impl_->on_timer(now); }
std::optional<Command> Link::next_command() { return impl_->next_command(); }
std::optional<Transmit> Link::next_transmit() { return impl_->next_transmit(); }
Time Link::next_deadline() const { return impl_->next_deadline(); }

}  // namespace godesk::link
