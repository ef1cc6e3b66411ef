// Allocate (RFC 8656 7.2): judged at once, answered when its sockets are open.
#include <algorithm>

#include "turn/server.h"

namespace godesk::turn {

using stun::Attr;
using stun::Class;
using stun::Method;
namespace code = stun::code;

namespace {

constexpr Duration kReservation = 30s;

bool names_family(const stun::Message& m) {
  return m.has(Attr::requested_address_family) || m.has(Attr::additional_address_family);
}

}  // namespace

/// 0, or the error code.
int Server::read_allocate(const stun::Message& m, AllocateRequest& r) const {
  r.transaction = m.transaction();
  r.sha256 = m.has(Attr::message_integrity_sha256);
  r.lifetime = m.lifetime().value_or(config_.default_lifetime);
  auto transport = m.requested_transport();
  if (!transport) return code::kBadRequest;
  if (*transport != stun::kTransportUdp) return code::kUnsupportedTransport;
  if (m.has(Attr::reservation_token)) {
    r.reservation = m.reservation_token();
    r.wanted.reset();
    return !r.reservation || m.has(Attr::even_port) || names_family(m) ? code::kBadRequest : 0;
  }
  if (m.has(Attr::even_port)) {
    auto pair = m.even_port();
    if (!pair) return code::kBadRequest;
    r.shape = *pair ? RelayPorts::Shape::even_pair : RelayPorts::Shape::even;
  }
  if (m.has(Attr::additional_address_family)) {
    const bool v6 = m.family(Attr::additional_address_family) == Family::v6;
    if (!v6 || m.has(Attr::requested_address_family) || r.shape == RelayPorts::Shape::even_pair)
      return code::kBadRequest;
    r.additional_v6 = true;
  }
  if (m.has(Attr::requested_address_family)) {
    r.wanted = m.family(Attr::requested_address_family);
    if (!r.wanted) return code::kFamilyNotSupported;
  }
  return ports_.has(*r.wanted) ? 0 : code::kFamilyNotSupported;
}

int Server::admits(Time, const ClientLeg& leg, const std::string& username, const Grant& grant) const {
  const bool banned = grant.kind == Grant::Kind::ticket &&
                      std::find(bans_.begin(), bans_.end(), grant.session) != bans_.end();
  if (banned) return code::kForbidden;
  if (by_user_.allocations(username) >= grant.max_allocations) return code::kQuotaReached;
  const IpAddress prefix = stun::SourceLimiter::prefix_of(leg.remote.ip);
  if (by_prefix_.allocations(prefix) >= config_.max_allocations_per_prefix) return code::kQuotaReached;
  return allocations_.size() < config_.max_allocations ? 0 : code::kInsufficientCapacity;
}

void Server::on_allocate(Time now, const ClientLeg& leg, const stun::Message& message, Grant grant) {
  Allocation a;
  a.username = std::string(*message.username());
  int error = read_allocate(message, a.request);
  if (error == 0) error = admits(now, leg, a.username, grant);
  if (error != 0) return refuse(now, leg, message, grant.key, error);

  const AllocationId id{++last_allocation_};
  a.id = id;
  a.client = leg;
  a.prefix = stun::SourceLimiter::prefix_of(leg.remote.ip);
  a.expiry = now + kReservation;  // for its sockets to open
  if (grant.kind == Grant::Kind::ticket) a.end = now + config_.ticket_life;
  a.grant = std::move(grant);
  by_user_.add(a.username, a.grant.quota);
  by_prefix_.add(a.prefix, config_.prefix_quota);
  by_client_[leg] = id;
  if (auto stream = streams_.find(StreamId{leg.id}); leg.stream && stream != streams_.end())
    stream->second.has_allocation = true;
  Allocation& kept = allocations_.emplace(id, std::move(a)).first->second;
  wake(now);

  error = order_sockets(kept);
  if (error != 0) {
    refuse(now, leg, message, kept.grant.key, error);
    return remove(now, id);
  }
  if (kept.orders.empty()) finish_allocate(now, kept);
}

/// 0, or the error code.
int Server::order_sockets(Allocation& a) {
  if (a.request.reservation) {
    auto it = reservations_.find(*a.request.reservation);
    if (it == reservations_.end()) return code::kInsufficientCapacity;
    own(a, it->second.socket);
    reservations_.erase(it);
    return 0;
  }
  if (!order_socket(a, *a.request.wanted, a.request.shape)) return code::kInsufficientCapacity;
  if (!a.request.additional_v6) return 0;
  if (!ports_.has(Family::v6)) {
    a.additional_error = code::kFamilyNotSupported;
  } else if (!order_socket(a, Family::v6, RelayPorts::Shape::any)) {
    a.additional_error = code::kInsufficientCapacity;
  }
  return 0;
}

bool Server::order_socket(Allocation& a, Family family, RelayPorts::Shape shape) {
  const std::uint16_t preferred = shape == RelayPorts::Shape::any ? a.grant.port : std::uint16_t{0};
  auto order = ports_.order(family, shape, preferred);
  if (!order) return false;
  a.orders.push_back({*order, family});
  by_order_[*order] = a.id;
  return true;
}

void Server::own(Allocation& a, const RelaySocket& socket) {
  a.sockets.push_back(socket);
  by_relayed_[socket.relayed] = a.id;
  by_socket_[socket.socket] = a.id;
}

void Server::on_filled(Time now, const RelayPorts::Filled& filled) {
  auto owner = by_order_.find(filled.order);
  if (owner == by_order_.end()) return;
  Allocation& a = allocations_.at(owner->second);
  by_order_.erase(owner);
  auto order = std::find_if(a.orders.begin(), a.orders.end(), [&](auto& o) { return o.id == filled.order; });
  const Family family = order->family;
  a.orders.erase(order);
  if (filled.socket) own(a, *filled.socket);
  if (filled.next) reserve(now, a, *filled.next);
  if (!filled.socket && family == a.request.wanted) {
    stun::Builder b(Class::error, Method::allocate, a.request.transaction);
    b.error(code::kInsufficientCapacity, "");
    answer(now, a.client, std::move(b), a.grant.key, a.request.sha256);
    return remove(now, a.id);
  }
  if (!filled.socket) a.additional_error = code::kInsufficientCapacity;
  if (a.orders.empty()) finish_allocate(now, a);
}

void Server::reserve(Time now, Allocation& a, const RelaySocket& socket) {
  if (reservations_.size() >= config_.max_reservations) return ports_.release(socket);
  a.reserved = random_.u64();
  reservations_[*a.reserved] = {socket, now + kReservation};
}

std::chrono::seconds Server::lifetime_for(Time now, const Allocation& a,
                                          std::optional<std::chrono::seconds> asked) const {
  const auto wanted =
      std::clamp(asked.value_or(config_.default_lifetime), config_.default_lifetime, config_.max_lifetime);
  if (a.end == kNever) return wanted;
  return std::clamp(std::chrono::floor<std::chrono::seconds>(a.end - now), 0s, wanted);
}

void Server::finish_allocate(Time now, Allocation& a) {
  a.ready = true;
  a.request.lifetime = lifetime_for(now, a, a.request.lifetime);
  a.expiry = now + a.request.lifetime;
  answer_allocate(now, a);
  if (log_.wants(LogLevel::debug))
    log_.write(LogLevel::debug, "turn: allocated for " + a.client.remote.to_string());
}

void Server::answer_allocate(Time now, const Allocation& a) {
  stun::Builder b(Class::success, Method::allocate, a.request.transaction);
  for (Family family : {Family::v4, Family::v6})
    if (const RelaySocket* s = a.socket(family)) b.relayed(s->relayed);
  b.lifetime(a.request.lifetime).mapped(Endpoint{a.client.remote.ip.unmapped(), a.client.remote.port});
  if (a.reserved) b.u64(Attr::reservation_token, *a.reserved);
  if (a.additional_error != 0) b.address_error(Family::v6, a.additional_error);
  answer(now, a.client, std::move(b), a.grant.key, a.request.sha256);
}

}  // namespace godesk::turn
