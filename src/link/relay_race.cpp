#include "link/relay_race.h"

#include <algorithm>
#include <array>

#include "base/queue.h"

namespace godesk::link {
namespace {

constexpr std::array<Duration, 5> kBackOff = {500ms, 1s, 2s, 4s, 5s};
constexpr Duration kInNeed = 1s;
constexpr Duration kStable = 10s;  // an allocation that lived so long was no failure
constexpr int kUnknownAllocation = 437;

Transport transport_of(turn::Leg leg, bool proxied) {
  if (proxied) return Transport::proxy;
  switch (leg) {
    case turn::Leg::udp:
      return Transport::udp;
    case turn::Leg::tcp:
      return Transport::tcp;
    case turn::Leg::tls:
      return Transport::tls;
    case turn::Leg::websocket:
      return Transport::websocket;
  }
  return Transport::udp;
}

bool is_refusal(turn::Client::Reason reason) {
  return reason == turn::Client::Reason::unauthorized || reason == turn::Client::Reason::forbidden;
}

}  // namespace

RelayRace::RelayRace(Config config, Ids& ids, Random& random, LogSink& log)
    : config_(std::move(config)), ids_(ids), random_(random), log_(log) {}

// ---- rounds

void RelayRace::start(Time now) { begin_round(now); }

void RelayRace::begin_round(Time now) {
  if (closed_) return;
  next_round_ = kNever;
  refused_ = fresh_ = resting_ = false;
  waiting_.clear();
  const RelayServer& s = config_.server;
  if (s.udp) waiting_.emplace_back(turn::Leg::udp, *s.udp);
  if (s.udp_443) waiting_.emplace_back(turn::Leg::udp, *s.udp_443);
  if (s.tcp) waiting_.emplace_back(turn::Leg::tcp, *s.tcp);
  if (s.tls) waiting_.emplace_back(turn::Leg::tls, *s.tls);
  if (s.websocket) waiting_.emplace_back(turn::Leg::websocket, *s.websocket);
  start_next_leg(now);
}

void RelayRace::start_next_leg(Time now) {
  next_leg_ = kNever;
  auto leg = pop(waiting_);
  if (!leg) return;
  auto is_second_udp = [&](const std::pair<turn::Leg, HostPort>& l) {
    return l.first == turn::Leg::udp && config_.server.udp_443 == l.second;
  };
  turn::Client::Config c;
  c.transport = leg->first;
  c.server = leg->second;
  c.username = config_.server.username;
  c.password = config_.server.password;
  c.realm = config_.server.realm;
  c.nonce = config_.server.nonce;
  c.both_families = true;
  c.connect_timeout = need_ ? config_.round_in_need : config_.round;
  c.max_peers = config_.max_peers;
  runners_.push_back({leg->first, std::make_unique<turn::Client>(std::move(c), ids_, random_, log_)});
  nest_.add(*runners_.back().client);
  // The peer is on the same relay, in all likelihood: its first packet shall find the way open.
  if (config_.server.relayed) runners_.back().client->permit(now, config_.server.relayed->ip);
  runners_.back().client->start(now);
  if (waiting_.empty()) return;
  next_leg_ = now + until_next(is_second_udp(*leg) || is_second_udp(waiting_.front()));
}

std::optional<Endpoint> RelayRace::expected() const {
  return relay_ || failed_rounds_ > 0 || closed_ ? std::nullopt : config_.server.relayed;
}

/// The second UDP port has half a stagger before it and after it. A WebSocket is for networks that open TLS
/// and let nothing but HTTP through: TLS alone has its time first.
Duration RelayRace::until_next(bool second_udp) const {
  if (second_udp) return config_.stagger / 2;
  return waiting_.front().first == turn::Leg::websocket ? config_.websocket_after : config_.stagger;
}

void RelayRace::plan_next_round(Time now) {
  if (closed_) return;
  const Duration wait = kBackOff[std::min(failed_rounds_, kBackOff.size() - 1)];
  next_round_ = fresh_ ? now : now + (need_ ? std::min(wait, kInNeed) : wait);
  ++failed_rounds_;
}

void RelayRace::set_need(Time now, bool need) {
  if (std::exchange(need_, need) || !need) return;
  if (next_round_ != kNever) next_round_ = std::min(next_round_, now + kInNeed);
}

void RelayRace::restart(Time now) {
  if (closed_) return;
  const bool was_up = up_.has_value();
  lose(now);
  if (was_up) events_.push_back(Down{true, false});
  begin_round(now);
}

void RelayRace::set_server(Time now, RelayServer server) {
  config_.server = std::move(server);
  fresh_ = true;
  if (!up_ && runners_.empty() && !resting_) begin_round(now);
}

void RelayRace::lose(Time now) {
  while (!runners_.empty()) drop(now, runners_.back().client.get());
  waiting_.clear();
  next_leg_ = probed_at_ = kNever;
  up_.reset();
  bound_.clear();
  refused_peers_.clear();
}

void RelayRace::rest(Time now) {
  lose(now);
  next_round_ = kNever;
  resting_ = true;
}

void RelayRace::close(Time now) {
  lose(now);
  closed_ = true;
  next_round_ = kNever;
}

void RelayRace::drop(Time now, const turn::Client* client) {
  auto it = std::find_if(runners_.begin(), runners_.end(),
                         [&](const Runner& r) { return r.client.get() == client; });
  if (it == runners_.end()) return;
  it->client->close(now);
  nest_.remove(*it->client);
  runners_.erase(it);
}

// ---- what the legs say

void RelayRace::collect(Time now) {
  std::vector<std::pair<const turn::Client*, turn::Client::Event>> heard;
  for (Runner& r : runners_)
    while (auto event = r.client->next_event()) heard.emplace_back(r.client.get(), std::move(*event));
  for (auto& [client, event] : heard) {
    const bool here = std::any_of(runners_.begin(), runners_.end(),
                                  [&, c = client](const Runner& r) { return r.client.get() == c; });
    if (here) on_client_event(now, client, event);
  }
}

void RelayRace::on_client_event(Time now, const turn::Client* client, const turn::Client::Event& event) {
  if (auto* allocated = std::get_if<turn::Client::Allocated>(&event)) {
    on_allocated(now, client, *allocated);
  } else if (auto* data = std::get_if<turn::Client::Received>(&event)) {
    events_.push_back(Data{data->peer, data->bytes});
  } else if (auto* failed = std::get_if<turn::Client::PermissionFailed>(&event)) {
    if (failed->code == kUnknownAllocation) return on_failed(now, client, turn::Client::Reason::mismatch);
    bound_.erase(failed->peer);
    // A peer on the same relay may just be late; the next check asks again.
    const bool late = config_.server.relayed && failed->peer.ip == config_.server.relayed->ip;
    if (!late) refused_peers_.insert(failed->peer);
  } else if (auto* end = std::get_if<turn::Client::Failed>(&event)) {
    on_failed(now, client, end->reason);
  }
}

void RelayRace::on_allocated(Time now, const turn::Client* winner, const turn::Client::Allocated& allocated) {
  auto won = std::find_if(runners_.begin(), runners_.end(),
                          [&](const Runner& r) { return r.client.get() == winner; });
  std::iter_swap(runners_.begin(), won);
  const Transport transport = transport_of(runners_.front().leg, allocated.proxied);
  while (runners_.size() > 1) drop(now, runners_.back().client.get());
  waiting_.clear();
  next_leg_ = kNever;
  up_ = Up{allocated, transport};
  up_since_ = now;
  relay_ = allocated.relayed.front().ip;
  distance_ = allocated.rtt;
  events_.push_back(*up_);
}

void RelayRace::on_failed(Time now, const turn::Client* client, turn::Client::Reason reason) {
  refused_ |= is_refusal(reason);
  if (up_) {
    if (now - up_since_ >= kStable) failed_rounds_ = 0;
    const bool at_once = failed_rounds_ == 0;
    lose(now);
    events_.push_back(Down{true, refused_});
    if (at_once) {
      failed_rounds_ = 1;
      return begin_round(now);
    }
    return plan_next_round(now);
  }
  drop(now, client);
  if (!waiting_.empty()) return start_next_leg(now);
  if (!runners_.empty()) return;
  events_.push_back(Down{false, refused_});
  plan_next_round(now);
}

// ---- peers

void RelayRace::bind(Time now, const Endpoint& peer) {
  if (!up_ || bound_.contains(peer) || refused_peers_.contains(peer) ||
      bound_.size() + refused_peers_.size() >= config_.max_peers)
    return;
  const auto& relayed = up_->allocated.relayed;
  const bool reachable = std::any_of(relayed.begin(), relayed.end(), [&](const Endpoint& own) {
    return own.family() == peer.family() && own != peer;
  });
  if (!reachable) return;
  bound_.insert(peer);
  winner()->bind_channel(now, peer);
  collect(now);
}

void RelayRace::send(Time now, const Endpoint& peer, ByteView bytes) {
  if (up_ && !refused_peers_.contains(peer)) winner()->send(now, peer, bytes);
}

// ---- doubt

void RelayRace::probe(Time now) {
  if (!up_ || probed_at_ != kNever) return;
  probed_at_ = now;
  winner()->refresh(now);
}

void RelayRace::network_changed(Time now, const std::vector<IpAddress>& addresses) {
  if (resting_) return;
  if (!up_) return restart(now);
  const IpAddress& own = up_->allocated.local.ip;
  const bool gone =
      !own.is_unspecified() && std::find(addresses.begin(), addresses.end(), own) == addresses.end();
  if (gone) return restart(now);
  // A probe that is out already may have had no way to go.
  probed_at_ = kNever;
  probe(now);
}

// ---- the verbs

std::optional<RelayRace::Event> RelayRace::next_event() { return pop(events_); }

void RelayRace::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  nest_.on_datagram(now, socket, from, bytes);
  collect(now);
}

void RelayRace::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  nest_.on_socket(now, socket, event);
  collect(now);
}

void RelayRace::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  nest_.on_stream(now, stream, event);
  collect(now);
}

void RelayRace::on_backlog(Time now, StreamId stream, std::size_t bytes) {
  nest_.on_backlog(now, stream, bytes);
}

void RelayRace::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  nest_.on_resolved(now, host, addresses);
  collect(now);
}

void RelayRace::on_timer(Time now) {
  nest_.on_timer(now);
  collect(now);
  if (now >= next_leg_) start_next_leg(now);
  if (now >= next_round_) begin_round(now);
  if (probed_at_ == kNever || !up_) return;
  if (winner()->confirmed_at() >= probed_at_) {
    probed_at_ = kNever;
  } else if (now >= probed_at_ + config_.probe_timeout) {
    on_failed(now, winner(), turn::Client::Reason::lost);
  }
}

Time RelayRace::next_deadline() const {
  const Time probe = probed_at_ == kNever ? kNever : probed_at_ + config_.probe_timeout;
  return std::min({nest_.next_deadline(), next_leg_, next_round_, probe});
}

}  // namespace godesk::link
