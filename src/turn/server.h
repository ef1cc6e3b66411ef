// The relay: a TURN server (RFC 8656) and STUN server (RFC 8489, 5780) over UDP, TCP and TLS.
//
//   1. The wiring gives it UDP listeners (add_udp_listener) and accepted connections (on_stream opened).
//   2. Binding requests are answered; Allocate is authenticated against `Credentials`, and a socket with a
//      random port is opened for each relayed address.
//   3. CreatePermission, ChannelBind and every datagram to a peer are judged: by the address policy, and for
//      tickets by the session (SECURITY 4). Traffic between two allocations here never leaves the process.
//   4. Datagrams from peers reach the client if it holds a permission, as ChannelData or Data indication.
//   5. Allocations end by Refresh 0, by expiry, with their connection, or by a ban: of a session that for ten
//      seconds on end sends twice what its ticket allows, as nobody does who heeds loss.
//
// It never sends to an address the policy refuses, never answers an unproved UDP source with more than 100
// bytes or more than 20 times a second, and keeps nothing without a bound.
#pragma once

#include <deque>
#include <map>

#include "base/log.h"
#include "base/machine.h"
#include "base/random.h"
#include "stun/binding_server.h"
#include "stun/framing.h"
#include "turn/address_policy.h"
#include "turn/allocation.h"
#include "turn/nonce.h"
#include "turn/quota.h"
#include "turn/stream_gate.h"

namespace godesk::turn {

class Server final : public Machine {
 public:
  struct Config {
    std::string realm = "godesk";  // at most 32 bytes, so that challenges stay below 100
    RelayPorts::Config relay{};
    AddressPolicy::Config policy{};
    /// Wall time, for the expiry of tickets: `wall` was it at `wall_at`.
    WallTime wall{};
    Time wall_at{};
    std::chrono::seconds default_lifetime = 600s, max_lifetime = 3600s;
    std::chrono::seconds ticket_life = 24h;  // no Refresh reaches beyond
    std::uint16_t min_fixed_port = 1024;     // fixed users reach no port below
    Quota prefix_quota{Bytes{50'000'000}, 100'000};
    std::size_t max_allocations = 4096;
    std::size_t max_allocations_per_prefix = 256;
    std::size_t max_permissions = 64;  // per allocation
    std::size_t max_channels = 64;     // per allocation
    std::size_t max_reservations = 256;
    std::size_t max_streams = 4096;
    std::size_t max_streams_per_prefix = 256;
    std::size_t max_bans = 4096;  // the oldest is forgotten
    std::size_t ban_after = 10;   // seconds on end with as much refused as is allowed
    Duration idle_stream = 30s;   // a connection without allocation is closed
    StreamGate::Config gate{};
    stun::SourceLimiter::Config limiter{};
  };

  /// What was dropped or refused, by reason. Datagrams unless said otherwise.
  struct Drops {
    std::uint64_t not_turn = 0;          // neither STUN nor ChannelData, or malformed
    std::uint64_t unexpected = 0;        // answers, indications and methods nobody serves
    std::uint64_t rate_limited = 0;      // an unproved source has had its answers
    std::uint64_t too_long_answer = 0;   // an unverified challenge would have been longer than the request
    std::uint64_t no_allocation = 0;     // to relay, but this client has no allocation
    std::uint64_t no_channel = 0;        // ChannelData of a channel that is not bound
    std::uint64_t no_permission = 0;     // from a peer without permission, or to one
    std::uint64_t forbidden = 0;         // the policy or the session forbids the peer
    std::uint64_t no_such_peer = 0;      // a relayed address here that belongs to nobody
    std::uint64_t wrong_family = 0;      // no relayed address of the peer's family
    std::uint64_t quota = 0;             // bytes or packets of the credential or source prefix
    std::uint64_t queue_full = 0;        // 100 ms are queued on the client's connection
    std::uint64_t streams_refused = 0;   // connections above the bounds
    std::uint64_t streams_poisoned = 0;  // connections that spoke garbage
  };
  struct Stats {
    std::size_t allocations = 0, streams = 0;
    std::uint64_t relayed_packets = 0, relayed_bytes = 0;
  };

  /// `credentials` outlives the server.
  Server(Config config, const Credentials& credentials, Ids& ids, Random& random, LogSink& log);

  /// `seen_as`: the listener's address as clients know it; unspecified if not known.
  void add_udp_listener(SocketId socket, const Endpoint& seen_as);
  /// A relayed IPv4 address that is free at this moment: whoever brings a ticket with its port gets it,
  /// unless it was taken meanwhile. Known ahead, it saves a pair a round trip each.
  std::optional<Endpoint> propose() const { return ports_.propose(Family::v4); }
  /// Whether `ip` may be written into a ticket because a client names it as its own relay (SECURITY 4).
  bool may_be_peer_relay(const IpAddress& ip) const;
  /// Frees every allocation of the session at once and lets none of it come again.
  void ban(Time now, std::uint64_t session);
  /// Realm and nonce ahead save a client at `source` the first round trip.
  std::string issue_nonce(Time now, const IpAddress& source) const { return nonces_.issue(now, source); }
  const std::string& realm() const { return config_.realm; }
  const Drops& drops() const { return drops_; }
  Stats stats() const;

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  struct Stream {
    Endpoint remote;
    stun::Framer framer{stun::kLastOldChannel};
    StreamGate gate;
    Time idle_since{};
    bool has_allocation = false;
  };
  struct Reservation {
    RelaySocket socket;
    Time until{};
  };
  struct Refusal {
    int code = 0;
    bool challenge = false;  // say realm and nonce
  };
  using Streams = std::map<StreamId, Stream>;
  using Allocations = std::map<AllocationId, Allocation>;

  // server_streams.cpp
  void accept(Time now, StreamId id, const StreamOpened& opened);
  void receive_frames(Time now, StreamId id, Stream& stream);
  void drop_stream(Time now, StreamId id);
  void forget_stream(Time now, Streams::iterator it);

  // server.cpp: what kind of message, and the ends of allocations
  void on_client_bytes(Time now, const ClientLeg& leg, ByteView bytes);
  void on_message(Time now, const ClientLeg& leg, const stun::Message& message);
  void on_binding(Time now, const ClientLeg& leg, const stun::Message& message);
  void remove(Time now, AllocationId id);
  void wake(Time now);
  void sweep(Time now);
  Allocation* allocation_of(const ClientLeg& leg);
  const Allocation* allocation_at(const Endpoint& relayed) const;

  // server_auth.cpp
  void on_request(Time now, const ClientLeg& leg, const stun::Message& message);
  std::optional<Refusal> judge_challenge(Time now, const ClientLeg& leg, const stun::Message& message) const;
  void on_owned_request(Time now, Allocation& allocation, const stun::Message& message);
  void on_strange_request(Time now, const ClientLeg& leg, const stun::Message& message);
  void refuse_unverified(Time now, const ClientLeg& leg, const stun::Message& message, Refusal refusal);
  void refuse(Time now, const ClientLeg& leg, const stun::Message& message, ByteView key, int code);
  void answer(Time now, const ClientLeg& leg, stun::Builder builder, ByteView key, bool sha256);
  void reply(Time now, const ClientLeg& leg, Buffer bytes);
  WallTime wall(Time now) const;

  // server_allocate.cpp
  void on_allocate(Time now, const ClientLeg& leg, const stun::Message& message, Grant grant);
  int read_allocate(const stun::Message& message, AllocateRequest& request) const;
  int admits(Time now, const ClientLeg& leg, const std::string& username, const Grant& grant) const;
  int order_sockets(Allocation& allocation);
  bool order_socket(Allocation& allocation, Family family, RelayPorts::Shape shape);
  void own(Allocation& allocation, const RelaySocket& socket);
  void on_filled(Time now, const RelayPorts::Filled& filled);
  void finish_allocate(Time now, Allocation& allocation);
  void answer_allocate(Time now, const Allocation& allocation);
  void reserve(Time now, Allocation& allocation, const RelaySocket& socket);
  std::chrono::seconds lifetime_for(Time now, const Allocation& allocation,
                                    std::optional<std::chrono::seconds> asked) const;

  // server_peers.cpp: Refresh, CreatePermission, ChannelBind, and who may reach whom
  void succeed(Time now, const Allocation& allocation, const stun::Message& message);
  void on_refresh(Time now, Allocation& allocation, const stun::Message& message);
  void on_create_permission(Time now, Allocation& allocation, const stun::Message& message);
  void on_channel_bind(Time now, Allocation& allocation, const stun::Message& message);
  int judge_name(const Allocation& allocation, const IpAddress& peer) const;
  bool may_reach(const Allocation& allocation, const Endpoint& peer) const;

  // server_relay.cpp: the data path
  void on_send(Time now, const ClientLeg& leg, const stun::Message& message);
  void on_channel_data(Time now, const ClientLeg& leg, ByteView bytes);
  void relay_out(Time now, Allocation& allocation, const Endpoint& peer, ByteView payload);
  void hop(Time now, const Endpoint& sender, Allocation& receiver, ByteView payload);
  void relay_in(Time now, Allocation& allocation, const Endpoint& from, ByteView payload);
  void deliver(Time now, Allocation& allocation, const Endpoint& from, ByteView payload);
  bool within_quota(Time now, const Allocation& allocation, std::size_t bytes);
  void count_excess(Time now, Allocation& allocation, std::size_t bytes);
  void ban_floods(Time now);

  Config config_;
  const Credentials& credentials_;
  Random& random_;
  LogSink& log_;
  Nonces nonces_;
  AddressPolicy policy_;
  RelayPorts ports_;
  stun::SourceLimiter limiter_;
  stun::BindingServer binding_;

  std::uint64_t last_allocation_ = 0;
  Allocations allocations_;
  std::map<ClientLeg, AllocationId> by_client_;
  std::map<Endpoint, AllocationId> by_relayed_;
  std::map<SocketId, AllocationId> by_socket_;
  std::map<RelayPorts::OrderId, AllocationId> by_order_;
  std::map<std::uint64_t, Reservation> reservations_;
  Buckets<std::string> by_user_;
  Buckets<IpAddress> by_prefix_;
  Streams streams_;
  std::map<IpAddress, std::size_t> streams_by_prefix_;
  std::deque<std::uint64_t> bans_;
  Time next_sweep_ = kNever;

  std::deque<Command> commands_;
  std::deque<Transmit> transmits_;
  Drops drops_;
  Stats stats_;
};

}  // namespace godesk::turn
