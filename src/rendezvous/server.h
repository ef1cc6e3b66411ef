// The rendezvous server: registers devices, answers "who is 123 456 789", introduces the two, and carries
// their signals. Every control connection is one WebSocket in TLS.
//
//   1. on_stream(opened): ServerHello proves our identity key for this very connection.
//   2. Hello proves the device's key within 10 s. Nothing is served before, and a bad proof is answered alike
//      whether the key is known or not.
//   3. A host registers: its key gets a random free ID, the same for ever. If a live connection holds that
//      key already, it is pinged: it stays if it answers within 2 s, else the newcomer takes its place.
//   4. A viewer finds an ID: within the limits for its prefix and for that ID the host is told the caller's
//      key, the viewer the host's, and both get relay credentials for this pair, all in the same instant.
//   5. Signals go from side to side until one ends the introduction, leaves, or 60 s have passed.
//   6. Whoever took part in an introduction gets new relay credentials for it (Refresh), for 24 hours each. A
//      viewer whose session lost every path asks that the host be told as well: both get credentials, and
//      signals are carried again.
//
// It never tells one side's address to the other, never says whether an ID is unknown, offline or
// unwilling, and never keeps what a signal said.
#pragma once

#include <memory>

#include "auth/identity.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/random.h"
#include "rendezvous/limits.h"
#include "rendezvous/registry.h"
#include "rendezvous/services.h"

namespace godesk::rendezvous {

/// Where relay credentials come from (auth/tickets behind it).
class TicketIssuer {
 public:
  virtual ~TicketIssuer() = default;
  /// Every relay with fresh credentials of kind `connect` for session `pair`, to be used by a client that
  /// the server sees at `client` (nonces are bound to it).
  /// `peer_relays`: what the other side names as its own relays; the ticket opens the way to those that the
  /// address policy allows.
  virtual std::vector<Relay> issue(Time now, const IntroId& pair, const IpAddress& client,
                                   const std::vector<IpAddress>& peer_relays) = 0;
};

struct ServerConfig {
  auth::Identity identity;
  /// What the wall clock shows at Time{}: refresh tokens outlive a restart of the server.
  WallTime wall_at_zero{};
  std::vector<HostPort> stun;  // our public addresses
  std::vector<Relay> relays;   // where they are; no credentials

  std::size_t max_connections = 20'000;
  std::size_t max_unproved = 1'000;          // connections that have not shown their key
  std::size_t max_unproved_per_prefix = 64;  // /32 or /56
  std::size_t max_introductions = 20'000;
  std::size_t max_introductions_per_viewer = 8;
  std::size_t max_introductions_per_host = 4;  // unfinished: the session has not taken over the signals
  std::size_t max_meetings_per_host = 36;  // the same, counted with those of sessions that lost their paths
  std::size_t max_backlog = 256 * 1024;    // bytes a client has not read; it is dropped
  std::size_t max_buckets = 50'000;        // prefixes and IDs with a limiter each; the fullest go first

  Duration hello_limit = 10s;
  Duration silence_limit = 60s;  // clients ping every 20 s, or 40
  Duration takeover_limit = 2s;  // a live device answers a ping in this time
  Duration introduction_limit = 60s;
  Duration refresh_limit = 24h;  // after the introduction

  Budget finds_per_prefix{20, 3s};
  Budget finds_per_target{5, 10s};
  Budget new_ids_per_prefix{200, 432s};
  Budget refreshes_per_device{60, 1s};
  Budget signals_per_introduction{128, 20ms};  // each direction
  Budget messages_per_connection{256, 20ms};
};

/// What was refused or dropped, by reason.
struct ServerCounters {
  std::uint64_t malformed = 0;        // did not decode; the connection is closed
  std::uint64_t out_of_order = 0;     // decoded, but not allowed in this state; closed
  std::uint64_t bad_proof = 0;        // Hello without the private key, or from another server or connection
  std::uint64_t hello_timeout = 0;    // nothing proved in time
  std::uint64_t silent = 0;           // no message for silence_limit
  std::uint64_t no_tls = 0;           // a stream without exporter
  std::uint64_t table_full = 0;       // connection refused
  std::uint64_t prefix_full = 0;      // connection refused: too many unproved from there
  std::uint64_t too_fast = 0;         // messages_per_connection; closed
  std::uint64_t slow_reader = 0;      // max_backlog; closed
  std::uint64_t new_id_limited = 0;   // registration refused
  std::uint64_t registry_failed = 0;  // registration refused
  std::uint64_t identity_in_use = 0;  // registration refused
  std::uint64_t taken_over = 0;       // a dead connection's place was taken
  std::uint64_t find_prefix_limited = 0;
  std::uint64_t find_target_limited = 0;
  std::uint64_t find_unfinished = 0;  // max_introductions_per_*
  std::uint64_t find_not_found = 0;   // unknown, offline or unwilling
  std::uint64_t signal_unknown = 0;   // for an introduction that is not (any more) the sender's
  std::uint64_t signal_too_fast = 0;
  std::uint64_t refresh_refused = 0;  // limited, too old, or a token that is not ours
};

class Server final : public Machine {
 public:
  /// The references must outlive the server.
  Server(ServerConfig config, Registry& registry, TicketIssuer& tickets, Random& random, LogSink& log);
  ~Server() override;

  const ServerCounters& counters() const;
  std::size_t connections() const;
  std::size_t registered() const;
  std::size_t introductions() const;
  bool owns(StreamId stream) const;

  /// `opened` for each accepted WebSocket; `remote` is the client as we see it.
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace godesk::rendezvous
