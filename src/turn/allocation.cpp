#include "turn/allocation.h"

#include <algorithm>
#include <set>

namespace godesk::turn {

bool Permissions::fits(const std::vector<IpAddress>& ips, std::size_t max) const {
  std::set<IpAddress> fresh(ips.begin(), ips.end());
  std::erase_if(fresh, [&](const IpAddress& ip) { return until_.contains(ip); });
  return until_.size() + fresh.size() <= max;
}

Channels::Verdict Channels::bind(Time now, std::uint16_t number, const Endpoint& peer, std::size_t max) {
  sweep(now);
  auto numbered = by_number_.find(number);
  auto known = by_peer_.find(peer);
  if (numbered != by_number_.end() && numbered->second.peer != peer) return Verdict::conflict;
  if (known != by_peer_.end() && known->second != number) return Verdict::conflict;
  if (numbered == by_number_.end() && by_number_.size() >= max) return Verdict::full;
  by_number_[number] = {peer, now + kLifetime};
  by_peer_[peer] = number;
  return Verdict::bound;
}

std::optional<Endpoint> Channels::peer_of(Time now, std::uint16_t number) const {
  auto it = by_number_.find(number);
  if (it == by_number_.end() || now >= it->second.until) return std::nullopt;
  return it->second.peer;
}

std::optional<std::uint16_t> Channels::number_of(Time now, const Endpoint& peer) const {
  auto it = by_peer_.find(peer);
  if (it == by_peer_.end() || now >= by_number_.at(it->second).until) return std::nullopt;
  return it->second;
}

void Channels::sweep(Time now) {
  for (auto it = by_number_.begin(); it != by_number_.end();) {
    if (now < it->second.until) {
      ++it;
      continue;
    }
    by_peer_.erase(it->second.peer);
    it = by_number_.erase(it);
  }
}

const RelaySocket* Allocation::socket(Family family) const {
  auto it = std::find_if(sockets.begin(), sockets.end(),
                         [&](const RelaySocket& s) { return s.relayed.family() == family; });
  return it == sockets.end() ? nullptr : &*it;
}

bool Allocation::will_have(Family family) const {
  return socket(family) != nullptr ||
         std::any_of(orders.begin(), orders.end(), [&](const Order& o) { return o.family == family; });
}

}  // namespace godesk::turn
