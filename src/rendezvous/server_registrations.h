// Which live connection stands for which device, and what happens when two claim to.
//
//   1. ask(): a key without a row gets a random free ID; Registered.
//   2. If another live connection holds the key, that one is pinged. pong(): it lives, the newcomer is
//      rejected. Silence for takeover_limit, or its end: the newcomer takes its place.
#pragma once

#include "rendezvous/server_connections.h"

namespace godesk::rendezvous {

class ServerRegistrations {
 public:
  ServerRegistrations(const ServerConfig& config, Registry& registry, Random& random,
                      ServerConnections& connections);

  void ask(Time now, ServerConnection& host, const wire::Register& message);
  void pong(ServerConnection& host);
  void left(Time now, const ServerConnection& host);
  void on_timer(Time now);
  Time deadline() const { return takeover_due_.next(); }

  ServerConnection* host_of(const auth::DeviceId& id);
  ServerConnection* host_of(const crypto::PublicKey& key);
  std::size_t size() const { return by_id_.size(); }

 private:
  void admit(Time now, ServerConnection& host);
  void reject(ServerConnection& host, wire::Rejected::Why why, std::uint64_t ServerCounters::*reason);
  void take_over(Time now, ServerConnection& holder, ServerConnection& newcomer);
  std::optional<auth::DeviceId> id_for(Time now, ServerConnection& host);
  std::optional<auth::DeviceId> new_id(const crypto::PublicKey& key);

  const ServerConfig& config_;
  Registry& registry_;
  Random& random_;
  ServerConnections& connections_;
  Limiter<IpAddress> new_ids_;
  std::map<crypto::PublicKey, StreamId> by_key_;
  std::map<auth::DeviceId, StreamId> by_id_;
  std::map<crypto::PublicKey, StreamId> newcomers_;  // one for each takeover
  Schedule<crypto::PublicKey> takeover_due_;
};

}  // namespace godesk::rendezvous
