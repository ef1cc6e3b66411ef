#include "turn/client_peers.h"

#include <algorithm>

#include "stun/framing.h"

namespace godesk::turn {

bool ClientPeers::permit(const IpAddress& ip) {
  if (permissions_.contains(ip)) return true;
  if (permissions_.size() + channels_.size() >= max_) return false;
  permissions_.emplace(ip, Permission{});
  return true;
}

bool ClientPeers::bind(const Endpoint& peer) {
  if (channels_.contains(peer)) return true;
  if (permissions_.size() + channels_.size() >= max_) return false;
  // A number stays with its peer for good: the server may still hold the old binding (RFC 8656 12).
  auto known = std::find_if(numbers_.begin(), numbers_.end(), [&](auto& n) { return n.second == peer; });
  if (known == numbers_.end()) {
    if (next_number_ > stun::kLastChannel) return false;
    known = numbers_.emplace(next_number_++, peer).first;
  }
  Channel channel;
  channel.number = known->first;
  channels_.emplace(peer, channel);
  return true;
}

std::vector<Request> ClientPeers::due(Time now) {
  std::vector<Request> requests;
  for (auto& [ip, permission] : permissions_) {
    if (permission.next > now) continue;
    permission.next = kNever;
    requests.push_back({.method = stun::Method::create_permission, .peer = Endpoint{ip, 0}});
  }
  for (auto& [peer, channel] : channels_) {
    if (channel.next > now) continue;
    channel.next = kNever;
    if (channel.with_permission)
      requests.push_back({.method = stun::Method::create_permission, .peer = Endpoint{peer.ip, 0}});
    channel.with_permission = false;
    requests.push_back({.method = stun::Method::channel_bind, .peer = peer, .channel = channel.number});
  }
  return requests;
}

std::vector<Request> ClientPeers::early() {
  std::vector<Request> requests;
  for (auto& [ip, permission] : permissions_) {
    permission.next = kNever;
    requests.push_back({.method = stun::Method::create_permission, .peer = Endpoint{ip, 0}, .early = true});
  }
  return requests;
}

void ClientPeers::again(const Request& request) {
  auto it = permissions_.find(request.peer.ip);
  if (it != permissions_.end()) it->second.next = {};
}

bool ClientPeers::granted(Time now, const Request& request) {
  if (request.method == stun::Method::create_permission) {
    auto it = permissions_.find(request.peer.ip);
    if (it != permissions_.end()) it->second.next = now + kRenewal;
    return false;
  }
  auto it = channels_.find(request.peer);
  if (it == channels_.end()) return false;
  it->second.next = now + kRenewal;
  return !std::exchange(it->second.ready, true);
}

bool ClientPeers::failed(const Request& request) {
  if (request.method == stun::Method::create_permission) return permissions_.erase(request.peer.ip) > 0;
  return channels_.erase(request.peer) > 0;
}

std::optional<std::uint16_t> ClientPeers::channel_to(const Endpoint& peer) const {
  auto it = channels_.find(peer);
  if (it == channels_.end() || !it->second.ready) return std::nullopt;
  return it->second.number;
}

std::optional<Endpoint> ClientPeers::peer_of(std::uint16_t channel) const {
  auto it = numbers_.find(channel);
  if (it == numbers_.end() || !channels_.contains(it->second)) return std::nullopt;
  return it->second;
}

Time ClientPeers::next_deadline() const {
  Time next = kNever;
  for (auto& [ip, permission] : permissions_) next = std::min(next, permission.next);
  for (auto& [peer, channel] : channels_) next = std::min(next, channel.next);
  return next;
}

}  // namespace godesk::turn
