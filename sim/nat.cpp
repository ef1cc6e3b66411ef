#include "sim/nat.h"

namespace godesk::sim {
namespace {
constexpr std::uint16_t kLowest = 1024;
}

Endpoint Nat::masked(const Endpoint& remote, oracle::Dependence depends) {
  switch (depends) {
    case oracle::Dependence::endpoint_independent:
      return {};
    case oracle::Dependence::address_dependent:
      return {remote.ip, 0};
    case oracle::Dependence::address_and_port_dependent:
      return remote;
  }
  return {};
}

std::optional<Endpoint> Nat::outbound(Time now, const Endpoint& inside, const Endpoint& to) {
  expire(now);
  Key key{inside, masked(to, config_.kind.mapping)};
  auto known = by_key_.find(key);
  if (known == by_key_.end()) {
    auto port = allocate(inside.port);
    if (!port) return std::nullopt;
    known = by_key_.emplace(key, *port).first;
    by_port_[*port].key = key;
  }
  Binding& binding = by_port_[known->second];
  binding.expires = now + config_.expiry;
  binding.permitted[masked(to, config_.kind.filtering)] = binding.expires;
  return Endpoint{outside_, known->second};
}

std::optional<Endpoint> Nat::inbound(Time now, std::uint16_t outside_port, const Endpoint& from) {
  expire(now);
  auto found = by_port_.find(outside_port);
  if (found == by_port_.end()) return std::nullopt;
  Binding& binding = found->second;
  auto permitted = binding.permitted.find(masked(from, config_.kind.filtering));
  if (permitted == binding.permitted.end() || permitted->second <= now) return std::nullopt;
  if (config_.inbound_refreshes) permitted->second = binding.expires = now + config_.expiry;
  return binding.key.first;
}

std::optional<std::uint16_t> Nat::allocate(std::uint16_t inside_port) {
  if (by_port_.size() >= 60000) return std::nullopt;
  std::uint16_t port = inside_port;
  if (config_.ports == PortAllocation::sequential) port = next_port_;
  if (config_.ports == PortAllocation::random)
    port = static_cast<std::uint16_t>(kLowest + random_->below(65536 - kLowest));
  while (port < kLowest || taken(port)) ++port;
  next_port_ = static_cast<std::uint16_t>(port + 1);
  return port;
}

void Nat::expire(Time now) {
  for (auto it = by_port_.begin(); it != by_port_.end();) {
    if (it->second.expires > now) {
      ++it;
      continue;
    }
    by_key_.erase(it->second.key);
    it = by_port_.erase(it);
  }
}

}  // namespace godesk::sim
