#include "sim/nat.h"

#include "sim/chance.h"

namespace godesk::sim {
namespace {

constexpr std::int64_t kLowest = 1024, kPorts = 65536 - kLowest;
constexpr std::size_t kMaxBindings = 60000;
constexpr Duration kStrangersStay = 30s;  // conntrack's time for what was not answered

/// Within 1024..65535, going round.
std::uint16_t wrapped(std::int64_t port) {
  const std::int64_t offset = (port - kLowest) % kPorts;
  return static_cast<std::uint16_t>(kLowest + (offset < 0 ? offset + kPorts : offset));
}

}  // namespace

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

Duration Nat::life(const Binding& binding) const {
  return !binding.answered && config_.unanswered_expiry > 0ns ? config_.unanswered_expiry : config_.expiry;
}

std::optional<Endpoint> Nat::outbound(Time now, const Endpoint& inside, const Endpoint& to) {
  expire(now);
  if (!guard_.admits(now, inside, to, config_.expiry)) return std::nullopt;
  const Key key{inside, masked(to, config_.kind.mapping)};
  auto known = by_key_.find(key);
  if (known == by_key_.end()) {
    auto port = allocate(now, inside.port, to);
    if (!port) return std::nullopt;
    Binding fresh;
    fresh.key = key;
    known = by_key_.emplace(key, by_port_.emplace(*port, std::move(fresh))).first;
  }
  Binding& binding = known->second->second;
  binding.expires = now + life(binding);
  first_expiry_ = std::min(first_expiry_, binding.expires);
  binding.permitted[masked(to, config_.kind.filtering)] = binding.expires;
  return Endpoint{outside_, known->second->first};
}

std::optional<Endpoint> Nat::inbound(Time now, std::uint16_t outside_port, const Endpoint& from) {
  expire(now);
  const Endpoint filtered = masked(from, config_.kind.filtering);
  auto [at, end] = by_port_.equal_range(outside_port);
  for (; at != end; ++at) {
    Binding& binding = at->second;
    auto permitted = binding.permitted.find(filtered);
    if (permitted == binding.permitted.end() || permitted->second <= now) continue;
    if (guard_.severed(now, binding.key.first.ip, from.ip)) return std::nullopt;
    if (!binding.answered) {
      const Duration more = config_.expiry - life(binding);
      binding.answered = true, binding.expires += more, permitted->second += more;
    }
    if (config_.inbound_refreshes) permitted->second = binding.expires = now + config_.expiry;
    return binding.key.first;
  }
  if (config_.strangers_bind) strangers_[{outside_port, from}] = now + kStrangersStay;
  return std::nullopt;
}

bool Nat::claimed(Time now, std::uint16_t port, const Endpoint& by) const {
  const auto stranger = strangers_.find({port, by});
  return stranger != strangers_.end() && now < stranger->second;
}

std::optional<std::uint16_t> Nat::allocate(Time now, std::uint16_t inside_port, const Endpoint& to) {
  if (by_port_.size() >= kMaxBindings) return std::nullopt;
  switch (config_.ports) {
    case PortAllocation::overloading:
      return inside_port;
    case PortAllocation::sequential:
      return next_in_sequence(now);
    case PortAllocation::random:
      return any_free(kLowest, kPorts);
    case PortAllocation::block:
      return any_free(config_.block_base, config_.block_size);
    case PortAllocation::preserving:
      break;
  }
  std::uint16_t port = wrapped(inside_port);
  while (taken(port) || claimed(now, port, to)) port = wrapped(port + 1);
  return port;
}

std::optional<std::uint16_t> Nat::next_in_sequence(Time now) {
  const double seconds = counted_at_ ? to_ms(now - *counted_at_) / 1000.0 : 0;
  counted_at_ = now;
  const auto others = static_cast<std::int64_t>(poisson(*random_, config_.foreign_flows * seconds));
  next_port_ = wrapped(next_port_ + others * config_.step);
  while (taken(static_cast<std::uint16_t>(next_port_))) next_port_ = wrapped(next_port_ + config_.step);
  const auto port = static_cast<std::uint16_t>(next_port_);
  next_port_ = wrapped(next_port_ + config_.step);
  return port;
}

/// A random one; beyond it the next free one, going round.
std::optional<std::uint16_t> Nat::any_free(std::uint32_t base, std::uint32_t size) {
  const std::uint32_t start = random_->below(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    const auto port = static_cast<std::uint16_t>(base + (start + i) % size);
    if (!taken(port)) return port;
  }
  return std::nullopt;
}

void Nat::expire(Time now) {
  if (now < first_expiry_) return;
  first_expiry_ = kNever;
  for (auto it = by_port_.begin(); it != by_port_.end();) {
    if (it->second.expires > now) {
      first_expiry_ = std::min(first_expiry_, it->second.expires);
      ++it;
      continue;
    }
    by_key_.erase(it->second.key);
    it = by_port_.erase(it);
  }
}

}  // namespace godesk::sim
