// The data path of the relay: client to peer, peer to client, and allocation to allocation.
#include "turn/server.h"

namespace godesk::turn {

using stun::Attr;

void Server::on_send(Time now, const ClientLeg& leg, const stun::Message& message) {
  Allocation* a = allocation_of(leg);
  if (a == nullptr || !a->ready) {
    ++drops_.no_allocation;
    return;
  }
  auto named = message.peer();
  auto data = message.data();
  if (!named || !data || message.dont_fragment() || !message.unknown_required().empty()) {
    ++drops_.unexpected;
    return;
  }
  auto ip = normalise(named->ip);
  if (!ip) {
    ++drops_.forbidden;
    return;
  }
  if (!a->permissions.has(now, *ip)) {
    ++drops_.no_permission;
    return;
  }
  relay_out(now, *a, Endpoint{*ip, named->port}, *data);
}

void Server::on_channel_data(Time now, const ClientLeg& leg, ByteView bytes) {
  Allocation* a = allocation_of(leg);
  if (a == nullptr || !a->ready) {
    ++drops_.no_allocation;
    return;
  }
  auto data = stun::parse_channel_data(bytes, stun::kLastOldChannel);
  if (!data) {
    ++drops_.not_turn;
    return;
  }
  auto peer = a->channels.peer_of(now, data->channel);
  if (!peer) {
    ++drops_.no_channel;
    return;
  }
  relay_out(now, *a, *peer, data->payload);
}

void Server::relay_out(Time now, Allocation& a, const Endpoint& peer, ByteView payload) {
  const RelaySocket* socket = a.socket(peer.family());
  if (socket == nullptr) {
    ++drops_.wrong_family;
    return;
  }
  auto here = by_relayed_.find(peer);
  if (here == by_relayed_.end() && ports_.is_relay_ip(peer.ip) && !policy_.allows(peer.ip)) {
    ++drops_.no_such_peer;
    return;
  }
  if (!may_reach(a, peer)) {
    ++drops_.forbidden;
    return;
  }
  count_excess(now, a, payload.size());
  if (!within_quota(now, a, payload.size())) return;
  if (here != by_relayed_.end()) return hop(now, socket->relayed, allocations_.at(here->second), payload);
  ++stats_.relayed_packets;
  stats_.relayed_bytes += payload.size();
  transmits_.push_back(Datagram{socket->socket, peer, to_buffer(payload)});
}

/// As if it had come from the network, from the sender's relayed address: the receiver's rules apply.
void Server::hop(Time now, const Endpoint& sender, Allocation& receiver, ByteView payload) {
  if (!may_reach(receiver, sender)) {
    ++drops_.forbidden;
    return;
  }
  deliver(now, receiver, sender, payload);
}

void Server::relay_in(Time now, Allocation& a, const Endpoint& from, ByteView payload) {
  // Our own relayed addresses speak by hop(); whoever says so from outside is somebody else.
  if (ports_.is_relay_ip(from.ip) && !policy_.allows(from.ip)) {
    ++drops_.forbidden;
    return;
  }
  deliver(now, a, from, payload);
}

void Server::deliver(Time now, Allocation& a, const Endpoint& from, ByteView payload) {
  if (!a.ready || !a.permissions.has(now, from.ip)) {
    ++drops_.no_permission;
    return;
  }
  if (!within_quota(now, a, payload.size())) return;
  Buffer wire;
  if (auto number = a.channels.number_of(now, from)) {
    wire = stun::channel_data(*number, payload, a.client.stream);
  } else {
    constexpr std::size_t kIndicationOverhead = 64;
    if (payload.size() + kIndicationOverhead > 65535) {
      ++drops_.unexpected;
      return;
    }
    stun::Builder b(stun::Class::indication, stun::Method::data, random_.bytes<12>());
    wire = b.peer(from).bytes(Attr::data, payload).finish_with_fingerprint();
  }
  if (a.client.stream) {
    auto stream = streams_.find(StreamId{a.client.id});
    if (stream == streams_.end() || !stream->second.gate.admits(now, wire.size())) {
      ++drops_.queue_full;
      return;
    }
  }
  ++stats_.relayed_packets;
  stats_.relayed_bytes += payload.size();
  reply(now, a.client, std::move(wire));
}

/// Of what this client sends itself: what others send to it, or from its network, is not its doing.
void Server::count_excess(Time now, Allocation& a, std::size_t bytes) {
  Bucket* user = by_user_.find(a.username);
  if (user == nullptr || user->has(now, bytes)) return;
  a.excess.bytes += static_cast<std::int64_t>(bytes);
  ++a.excess.packets;
}

/// Once a second.
void Server::ban_floods(Time now) {
  std::vector<std::uint64_t> floods;
  for (auto& [id, a] : allocations_) {
    const bool flood = a.excess.bytes >= a.grant.quota.bytes_per_second.n ||
                       a.excess.packets >= a.grant.quota.packets_per_second;
    a.excess = {0, 0, flood ? a.excess.seconds + 1 : 0};
    const bool ticket = a.grant.kind == Grant::Kind::ticket;
    if (ticket && a.excess.seconds >= config_.ban_after) floods.push_back(a.grant.session);
  }
  for (std::uint64_t session : floods) {
    log_.write(LogLevel::warning, "turn: a session that floods the relay is banned");
    ban(now, session);
  }
}

bool Server::within_quota(Time now, const Allocation& a, std::size_t bytes) {
  Bucket* user = by_user_.find(a.username);
  Bucket* prefix = by_prefix_.find(a.prefix);
  if (user == nullptr || prefix == nullptr || !user->has(now, bytes) || !prefix->has(now, bytes)) {
    ++drops_.quota;
    return false;
  }
  user->take(bytes);
  prefix->take(bytes);
  return true;
}

}  // namespace godesk::turn
