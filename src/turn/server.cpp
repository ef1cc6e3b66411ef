#include "turn/server.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk::turn {

using stun::Class;
using stun::Method;

Server::Server(Config config, const Credentials& credentials, Ids& ids, Random& random, LogSink& log)
    : config_(std::move(config)),
      credentials_(credentials),
      random_(random),
      log_(log),
      nonces_(random),
      policy_(config_.policy),
      ports_(config_.relay, ids, random),
      limiter_(config_.limiter),
      binding_(limiter_) {
  for (const auto& relay : {config_.relay.v4, config_.relay.v6}) {
    if (!relay) continue;
    policy_.add_own(relay->bind);
    policy_.add_own(relay->advertised);
  }
}

void Server::add_udp_listener(SocketId socket, const Endpoint& seen_as) {
  binding_.add_listener(socket, seen_as);
  policy_.add_own(seen_as.ip);
}

void Server::on_network(Time, const std::vector<IpAddress>& addresses) { policy_.set_own(addresses); }

bool Server::may_be_peer_relay(const IpAddress& ip) const {
  auto normal = normalise(ip);
  return normal == ip && policy_.allows(ip) && !ports_.is_relay_ip(ip);
}

Server::Stats Server::stats() const {
  Stats s = stats_;
  s.allocations = allocations_.size();
  s.streams = streams_.size();
  return s;
}

// ---- what came

void Server::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  auto relay = by_socket_.find(socket);
  if (relay == by_socket_.end()) return on_client_bytes(now, ClientLeg::udp(socket, from), bytes);
  auto it = allocations_.find(relay->second);
  if (it != allocations_.end()) relay_in(now, it->second, Endpoint{from.ip.unmapped(), from.port}, bytes);
}

void Server::on_client_bytes(Time now, const ClientLeg& leg, ByteView bytes) {
  const bool channel = !bytes.empty() && bytes[0] >= 0x40 && bytes[0] <= stun::kLastOldChannel >> 8;
  if (channel) return on_channel_data(now, leg, bytes);
  auto message = stun::Message::parse(bytes);
  if (message.ok()) return on_message(now, leg, *message);
  ++drops_.not_turn;
}

void Server::on_message(Time now, const ClientLeg& leg, const stun::Message& message) {
  if (message.is(Class::request, Method::binding)) return on_binding(now, leg, message);
  if (message.is(Class::indication, Method::send)) return on_send(now, leg, message);
  if (message.cls() == Class::request) return on_request(now, leg, message);
  ++drops_.unexpected;
}

void Server::on_binding(Time now, const ClientLeg& leg, const stun::Message& message) {
  if (leg.stream) {
    if (auto bytes = stun::BindingServer::answer_stream(leg.remote, message))
      reply(now, leg, std::move(*bytes));
    return;
  }
  if (binding_.postpone(now, SocketId{leg.id}, leg.remote, message)) return wake(now);
  auto answer = binding_.answer(now, SocketId{leg.id}, leg.remote, message);
  if (!answer) {
    ++drops_.rate_limited;
    return;
  }
  transmits_.push_back(Datagram{answer->from, leg.remote, std::move(answer->bytes)});
}

void Server::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  if (auto filled = ports_.on_socket(socket, event)) on_filled(now, *filled);
}

// ---- allocations and their ends

Allocation* Server::allocation_of(const ClientLeg& leg) {
  auto it = by_client_.find(leg);
  return it == by_client_.end() ? nullptr : &allocations_.at(it->second);
}

const Allocation* Server::allocation_at(const Endpoint& relayed) const {
  auto it = by_relayed_.find(relayed);
  if (it == by_relayed_.end()) return nullptr;
  const Allocation& allocation = allocations_.at(it->second);
  return allocation.ready ? &allocation : nullptr;
}

void Server::remove(Time now, AllocationId id) {
  auto it = allocations_.find(id);
  if (it == allocations_.end()) return;
  const Allocation& a = it->second;
  by_client_.erase(a.client);
  for (const RelaySocket& s : a.sockets) {
    by_relayed_.erase(s.relayed);
    by_socket_.erase(s.socket);
    ports_.release(s);
  }
  for (const Allocation::Order& order : a.orders) {
    by_order_.erase(order.id);
    ports_.cancel(order.id);
  }
  by_user_.remove(a.username);
  by_prefix_.remove(a.prefix);
  if (auto stream = streams_.find(StreamId{a.client.id}); a.client.stream && stream != streams_.end()) {
    stream->second.has_allocation = false;
    stream->second.idle_since = now;
  }
  allocations_.erase(it);
}

void Server::ban(Time now, std::uint64_t session) {
  bans_.push_back(session);
  if (bans_.size() > config_.max_bans) bans_.pop_front();
  std::vector<AllocationId> banned;
  for (const auto& [id, a] : allocations_)
    if (a.grant.kind == Grant::Kind::ticket && a.grant.session == session) banned.push_back(id);
  for (AllocationId id : banned) remove(now, id);
}

/// Everything with an end is looked at once a second, as long as there is anything.
void Server::wake(Time now) {
  if (next_sweep_ == kNever) next_sweep_ = now + 1s;
}

void Server::sweep(Time now) {
  ban_floods(now);
  std::vector<AllocationId> over;
  for (auto& [id, a] : allocations_) {
    if (now >= a.expiry) over.push_back(id);
    a.permissions.sweep(now);
    a.channels.sweep(now);
  }
  for (AllocationId id : over) remove(now, id);
  for (auto it = reservations_.begin(); it != reservations_.end();) {
    if (now < it->second.until) {
      ++it;
      continue;
    }
    ports_.release(it->second.socket);
    it = reservations_.erase(it);
  }
  std::vector<StreamId> idle;
  for (const auto& [id, s] : streams_)
    if (!s.has_allocation && now - s.idle_since >= config_.idle_stream) idle.push_back(id);
  for (StreamId id : idle) drop_stream(now, id);
}

void Server::on_timer(Time now) {
  if (now < next_sweep_) return;
  sweep(now);
  for (auto& late : binding_.take_due(now))
    transmits_.push_back(Datagram{late.from, late.to, std::move(late.bytes)});
  next_sweep_ = kNever;
  if (binding_.has_late() || !allocations_.empty() || !reservations_.empty() || !streams_.empty()) wake(now);
}

std::optional<Command> Server::next_command() {
  if (auto command = ports_.next_command()) return command;
  return pop(commands_);
}

std::optional<Transmit> Server::next_transmit() { return pop(transmits_); }

Time Server::next_deadline() const { return next_sweep_; }

}  // namespace godesk::turn
