#include "rendezvous/server_registrations.h"

namespace godesk::rendezvous {
namespace {

/// Draws before giving up. With a tenth of all IDs taken, the chance to need more is 10^-32.
constexpr int kMaxDraws = 32;

}  // namespace

ServerRegistrations::ServerRegistrations(const ServerConfig& config, Registry& registry, Random& random,
                                         ServerConnections& connections)
    : config_(config),
      registry_(registry),
      random_(random),
      connections_(connections),
      new_ids_(config.new_ids_per_prefix, config.max_buckets) {}

void ServerRegistrations::ask(Time now, ServerConnection& host, const wire::Register& message) {
  host.willing = message.willing;
  host.own_relays = message.own_relays;
  host.authorised = {message.authorised.begin(), message.authorised.end()};
  host.greeting = message.greeting;
  if (host.id || host.registering) return;
  const auto holder = by_key_.find(host.key);
  if (holder == by_key_.end()) return admit(now, host);
  take_over(now, connections_.at(holder->second), host);
}

void ServerRegistrations::take_over(Time now, ServerConnection& holder, ServerConnection& newcomer) {
  newcomer.registering = true;
  const auto [earlier, first] = newcomers_.try_emplace(holder.key, newcomer.stream);
  if (!first) {
    // The earlier newcomer may be what a flapping network left behind; the latest is the likeliest to live.
    const StreamId stream = std::exchange(earlier->second, newcomer.stream);
    if (auto* other = connections_.find(stream))
      reject(*other, wire::Rejected::Why::identity_in_use, &ServerCounters::identity_in_use);
    return;
  }
  takeover_due_.set(holder.key, now + config_.takeover_limit);
  connections_.send(holder, wire::Ping{});
}

void ServerRegistrations::pong(ServerConnection& host) {
  if (!host.id) return;
  const auto found = newcomers_.find(host.key);
  if (found == newcomers_.end()) return;
  auto* newcomer = connections_.find(found->second);
  newcomers_.erase(found);
  takeover_due_.erase(host.key);
  if (newcomer) reject(*newcomer, wire::Rejected::Why::identity_in_use, &ServerCounters::identity_in_use);
}

void ServerRegistrations::on_timer(Time now) {
  while (const auto key = takeover_due_.pop(now)) {
    const auto holder = by_key_.find(*key);
    // What ends the holder admits the newcomer: left().
    if (holder != by_key_.end())
      connections_.drop(connections_.at(holder->second), &ServerCounters::taken_over);
  }
}

void ServerRegistrations::left(Time now, const ServerConnection& host) {
  const auto found = newcomers_.find(host.key);
  if (found != newcomers_.end() && found->second == host.stream) {
    newcomers_.erase(found);
    takeover_due_.erase(host.key);
    return;
  }
  if (!host.id) return;
  by_id_.erase(*host.id);
  by_key_.erase(host.key);
  if (found == newcomers_.end()) return;
  auto* newcomer = connections_.find(found->second);
  newcomers_.erase(found);
  takeover_due_.erase(host.key);
  if (newcomer) admit(now, *newcomer);
}

void ServerRegistrations::admit(Time now, ServerConnection& host) {
  host.registering = false;
  const auto id = id_for(now, host);
  if (!id) return;
  host.id = *id;
  by_id_[*id] = host.stream;
  by_key_[host.key] = host.stream;
  connections_.send(host, wire::Registered{*id, Services{config_.stun, config_.relays, {}}});
}

void ServerRegistrations::reject(ServerConnection& host, wire::Rejected::Why why,
                                 std::uint64_t ServerCounters::*reason) {
  connections_.send(host, wire::Rejected{why});
  connections_.drop(host, reason);
}

std::optional<auth::DeviceId> ServerRegistrations::id_for(Time now, ServerConnection& host) {
  if (const auto device = registry_.find(host.key)) return device->id;
  if (new_ids_.take(now, host.prefix) > 0s) {
    reject(host, wire::Rejected::Why::refused, &ServerCounters::new_id_limited);
    return std::nullopt;
  }
  const auto id = new_id(host.key);
  if (!id) reject(host, wire::Rejected::Why::refused, &ServerCounters::registry_failed);
  return id;
}

std::optional<auth::DeviceId> ServerRegistrations::new_id(const crypto::PublicKey& key) {
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    const auto id = auth::DeviceId::random(random_);
    const auto outcome = registry_.insert(id, key);
    if (outcome == Registry::Insert::done) return id;
    if (outcome != Registry::Insert::id_taken) return std::nullopt;
  }
  return std::nullopt;
}

ServerConnection* ServerRegistrations::host_of(const auth::DeviceId& id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : connections_.find(found->second);
}

ServerConnection* ServerRegistrations::host_of(const crypto::PublicKey& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : connections_.find(found->second);
}

}  // namespace godesk::rendezvous
