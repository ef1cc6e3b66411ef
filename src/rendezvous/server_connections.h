// The server's table of control connections, and the proof of key that each must give.
//
// Nothing is removed in the middle of a turn: drop() marks, and the server removes at the end of the turn
// what next_dropped() names, after registrations and introductions have let go of it.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "rendezvous/limits.h"
#include "rendezvous/messages.h"
#include "rendezvous/outbox.h"
#include "rendezvous/server.h"

namespace godesk::rendezvous {

struct ServerConnection {
  StreamId stream{};
  IpAddress remote;  // as we see it, IPv4-mapped addresses as IPv4
  IpAddress prefix;  // /32 or /56 of it
  Buffer exporter;
  Time opened_at, last_heard;
  Duration rtt{};  // from our ServerHello to its Hello
  Bucket messages;
  bool dropped = false;

  bool proved = false;  // then role and key are true
  Role role = Role::viewer;
  crypto::PublicKey key;

  bool registering = false;          // host: waits for the end of a takeover
  std::optional<auth::DeviceId> id;  // host: registered
  bool willing = true;
  std::set<crypto::Digest32> authorised;  // host: callers it lets in by key, as hashes
  Buffer greeting;                        // host: for the next of them, then gone

  std::vector<IpAddress> own_relays;  // that it brings, as it says
  std::set<IntroId> introductions;
};

class ServerConnections {
 public:
  ServerConnections(const ServerConfig& config, ServerCounters& counters);

  void opened(Time now, StreamId stream, const StreamOpened& event);
  /// The message if it may be looked at: decoded, and within the rate. Else the connection is dropped.
  std::optional<ClientMessage> read(Time now, ServerConnection& connection, ByteView bytes);
  /// Sets role and key if the signature holds; else the connection is dropped.
  void hello(ServerConnection& connection, const wire::Hello& hello);
  void out_of_order(ServerConnection& connection);
  void on_timer(Time now);
  Time deadline() const { return due_.next(); }

  /// Live ones only.
  ServerConnection* find(StreamId stream);
  void send(const ServerConnection& connection, const ServerMessage& message);
  /// Counts it, closes the stream after what was sent before. Removed at the end of the turn.
  void drop(ServerConnection& connection, std::uint64_t ServerCounters::*reason);
  /// The peer closed the stream.
  void gone(ServerConnection& connection);
  std::optional<StreamId> next_dropped();
  /// Of a dropped one, until it is removed.
  ServerConnection& at(StreamId stream) { return table_.at(stream); }
  void remove(StreamId stream);

  bool has(StreamId stream) const { return table_.count(stream) != 0; }
  std::size_t size() const { return table_.size(); }
  Outbox& out() { return out_; }

 private:
  void refuse(StreamId stream, std::uint64_t ServerCounters::*reason);
  void forget_unproved(const ServerConnection& connection);

  const ServerConfig& config_;
  ServerCounters& counters_;
  Outbox out_;
  std::map<StreamId, ServerConnection> table_;
  std::map<IpAddress, std::size_t> unproved_by_prefix_;
  std::size_t unproved_ = 0;
  Schedule<StreamId> due_;
  std::deque<StreamId> dropped_;
};

}  // namespace godesk::rendezvous
