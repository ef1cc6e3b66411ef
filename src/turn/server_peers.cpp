// Refresh, CreatePermission and ChannelBind (RFC 8656 8, 10, 12), and who may reach whom (SECURITY 4).
#include <algorithm>

#include "turn/server.h"

namespace godesk::turn {

using stun::Attr;
using stun::Class;
using stun::Method;
namespace code = stun::code;

namespace {

bool names(const std::vector<IpAddress>& relays, const IpAddress& ip) {
  return std::find(relays.begin(), relays.end(), ip) != relays.end();
}

}  // namespace

void Server::succeed(Time now, const Allocation& a, const stun::Message& message) {
  stun::Builder b(Class::success, message.method(), message.transaction());
  answer(now, a.client, std::move(b), a.grant.key, message.has(Attr::message_integrity_sha256));
}

void Server::on_refresh(Time now, Allocation& a, const stun::Message& message) {
  auto family = message.family(Attr::requested_address_family);
  if (message.has(Attr::requested_address_family) && (!family || a.socket(*family) == nullptr))
    return refuse(now, a.client, message, a.grant.key, code::kPeerFamilyMismatch);
  const bool ends = message.lifetime() == 0s;
  const auto lifetime = ends ? 0s : lifetime_for(now, a, message.lifetime());
  if (!ends && lifetime == 0s) return refuse(now, a.client, message, a.grant.key, code::kUnauthenticated);
  a.expiry = now + lifetime;
  stun::Builder b(Class::success, Method::refresh, message.transaction());
  b.lifetime(lifetime);
  answer(now, a.client, std::move(b), a.grant.key, message.has(Attr::message_integrity_sha256));
  if (ends) remove(now, a.id);
}

/// 0, or why this address may not even be named.
int Server::judge_name(const Allocation& a, const IpAddress& peer) const {
  // Relayed addresses of this relay are judged one by one when used; nothing else there is ever reached.
  const bool ticket = a.grant.kind == Grant::Kind::ticket;
  const bool allowed =
      ports_.is_relay_ip(peer) || (ticket ? names(a.grant.peer_relays, peer) : policy_.allows(peer));
  if (!allowed) return code::kForbidden;
  return a.will_have(peer.family()) ? 0 : code::kPeerFamilyMismatch;
}

bool Server::may_reach(const Allocation& a, const Endpoint& peer) const {
  const bool ticket = a.grant.kind == Grant::Kind::ticket;
  if (const Allocation* other = allocation_at(peer)) {
    const bool pair = other->grant.kind == Grant::Kind::ticket && other->grant.session == a.grant.session;
    return !ticket || pair;
  }
  if (peer.port < config_.min_fixed_port) return false;
  if (!ticket) return policy_.allows(peer.ip);
  return names(a.grant.peer_relays, peer.ip) && (!ports_.is_relay_ip(peer.ip) || policy_.allows(peer.ip));
}

void Server::on_create_permission(Time now, Allocation& a, const stun::Message& message) {
  std::vector<IpAddress> ips;
  int error = 0;
  for (const Endpoint& peer : message.peers()) {
    auto ip = normalise(peer.ip);
    const int verdict = ip ? judge_name(a, *ip) : code::kForbidden;
    if (verdict == 0) {
      ips.push_back(*ip);
    } else if (error == 0) {
      error = verdict;
    }
  }
  const auto named = std::count_if(message.attributes().begin(), message.attributes().end(),
                                   [](auto& x) { return x.type == Attr::xor_peer_address; });
  if (named == 0 || static_cast<std::size_t>(named) != message.peers().size()) error = code::kBadRequest;
  if (error == code::kForbidden) ++drops_.forbidden;
  if (error == 0 && !a.permissions.fits(ips, config_.max_permissions)) error = code::kInsufficientCapacity;
  if (error != 0) return refuse(now, a.client, message, a.grant.key, error);
  for (const IpAddress& ip : ips) a.permissions.install(now, ip);
  succeed(now, a, message);
}

void Server::on_channel_bind(Time now, Allocation& a, const stun::Message& message) {
  auto number = message.channel_number();
  auto named = message.peer();
  auto ip = named ? normalise(named->ip) : std::nullopt;
  auto judge = [&] {
    if (!number || *number < stun::kFirstChannel || *number > stun::kLastOldChannel || !named)
      return code::kBadRequest;
    if (!ip) return code::kForbidden;
    if (int verdict = judge_name(a, *ip); verdict != 0) return verdict;
    if (!may_reach(a, Endpoint{*ip, named->port})) return code::kForbidden;
    if (!a.permissions.fits({*ip}, config_.max_permissions)) return code::kInsufficientCapacity;
    switch (a.channels.bind(now, *number, Endpoint{*ip, named->port}, config_.max_channels)) {
      case Channels::Verdict::conflict:
        return code::kBadRequest;
      case Channels::Verdict::full:
        return code::kInsufficientCapacity;
      case Channels::Verdict::bound:
        break;
    }
    return 0;
  };
  const int error = judge();
  if (error == code::kForbidden) ++drops_.forbidden;
  if (error != 0) return refuse(now, a.client, message, a.grant.key, error);
  a.permissions.install(now, *ip);
  succeed(now, a, message);
}

}  // namespace godesk::turn
