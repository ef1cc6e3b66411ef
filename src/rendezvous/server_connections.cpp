#include "rendezvous/server_connections.h"

#include "auth/rendezvous_signature.h"

namespace godesk::rendezvous {
namespace {

/// What one household or customer has (SECURITY 7).
IpAddress prefix_of(const IpAddress& ip) { return ip.prefix(ip.is_v4() ? 32 : 56); }

auth::RendezvousRole signing_role(Role role) {
  return role == Role::host ? auth::RendezvousRole::host : auth::RendezvousRole::viewer;
}

}  // namespace

ServerConnections::ServerConnections(const ServerConfig& config, ServerCounters& counters)
    : config_(config), counters_(counters) {}

void ServerConnections::opened(Time now, StreamId stream, const StreamOpened& event) {
  if (has(stream)) return;
  const IpAddress remote = event.remote.ip.unmapped();
  const IpAddress prefix = prefix_of(remote);
  const auto signature = auth::sign_rendezvous(config_.identity, auth::RendezvousRole::server,
                                               config_.identity.public_key, event.tls_exporter);
  if (!signature) return refuse(stream, &ServerCounters::no_tls);
  if (table_.size() >= config_.max_connections || unproved_ >= config_.max_unproved)
    return refuse(stream, &ServerCounters::table_full);
  if (unproved_by_prefix_[prefix] >= config_.max_unproved_per_prefix)
    return refuse(stream, &ServerCounters::prefix_full);

  ServerConnection& connection = table_[stream];
  connection.stream = stream;
  connection.remote = remote;
  connection.prefix = prefix;
  connection.exporter = event.tls_exporter;
  connection.opened_at = connection.last_heard = now;
  ++unproved_;
  ++unproved_by_prefix_[prefix];
  due_.set(stream, now + config_.hello_limit);
  send(connection, wire::ServerHello{config_.identity.public_key, *signature});
}

void ServerConnections::refuse(StreamId stream, std::uint64_t ServerCounters::*reason) {
  ++(counters_.*reason);
  out_.command(CloseStream{stream});
}

std::optional<ClientMessage> ServerConnections::read(Time now, ServerConnection& connection, ByteView bytes) {
  connection.last_heard = now;
  if (connection.messages.take(now, config_.messages_per_connection) > 0s) {
    drop(connection, &ServerCounters::too_fast);
    return std::nullopt;
  }
  auto message = decode_client_message(bytes);
  if (!message) {
    drop(connection, &ServerCounters::malformed);
    return std::nullopt;
  }
  return std::move(*message);
}

void ServerConnections::hello(ServerConnection& connection, const wire::Hello& hello) {
  if (connection.proved) return out_of_order(connection);
  // Nothing about the key is looked up before the signature holds: a known key is answered like any other.
  if (!auth::verify_rendezvous(hello.key, signing_role(hello.role), config_.identity.public_key,
                               connection.exporter, hello.signature)) {
    send(connection, wire::Rejected{wire::Rejected::Why::bad_proof});
    return drop(connection, &ServerCounters::bad_proof);
  }
  forget_unproved(connection);
  connection.proved = true;
  connection.role = hello.role;
  connection.key = hello.key;
  connection.rtt = connection.last_heard - connection.opened_at;
  due_.set(connection.stream, connection.last_heard + config_.silence_limit);
}

void ServerConnections::out_of_order(ServerConnection& connection) {
  drop(connection, &ServerCounters::out_of_order);
}

void ServerConnections::on_timer(Time now) {
  while (const auto stream = due_.pop(now)) {
    ServerConnection& connection = at(*stream);
    const Time silent_at = connection.last_heard + config_.silence_limit;
    if (!connection.proved)
      drop(connection, &ServerCounters::hello_timeout);
    else if (now >= silent_at)
      drop(connection, &ServerCounters::silent);
    else
      due_.set(*stream, silent_at);
  }
}

ServerConnection* ServerConnections::find(StreamId stream) {
  const auto found = table_.find(stream);
  return found == table_.end() || found->second.dropped ? nullptr : &found->second;
}

void ServerConnections::send(const ServerConnection& connection, const ServerMessage& message) {
  if (!connection.dropped) out_.send(connection.stream, encode(message));
}

void ServerConnections::drop(ServerConnection& connection, std::uint64_t ServerCounters::*reason) {
  if (connection.dropped) return;
  ++(counters_.*reason);
  out_.command(CloseStream{connection.stream});
  gone(connection);
}

void ServerConnections::gone(ServerConnection& connection) {
  if (connection.dropped) return;
  connection.dropped = true;
  due_.erase(connection.stream);
  dropped_.push_back(connection.stream);
}

std::optional<StreamId> ServerConnections::next_dropped() { return pop(dropped_); }

void ServerConnections::remove(StreamId stream) {
  const ServerConnection& connection = at(stream);
  if (!connection.proved) forget_unproved(connection);
  table_.erase(stream);
}

void ServerConnections::forget_unproved(const ServerConnection& connection) {
  --unproved_;
  if (--unproved_by_prefix_[connection.prefix] == 0) unproved_by_prefix_.erase(connection.prefix);
}

}  // namespace godesk::rendezvous
