// One allocation on a TURN server, over one leg (RFC 8656; any TURN server).
//
//   1. start(): resolves and opens the leg, then Allocate: one round trip when realm and nonce were given
//      ahead, two when the server has to say them first. IPv4 is always asked for, IPv6 in addition.
//   2. Event Allocated names the relayed addresses; from now on the allocation is refreshed.
//   3. permit() or bind_channel() for each peer, also before Allocated; both are refreshed until close().
//      What was permitted before start() is asked for right behind Allocate, where realm and nonce are
//      known.
//   4. send() and event Received carry datagrams: ChannelData once ChannelReady was told, indications before.
//   5. close() frees the allocation at the server. Event Failed says that nothing more will come.
//
// Over TCP and TLS a datagram is dropped when the oldest queued one has waited 100 ms: late is worse than
// lost for what runs above. It never follows ALTERNATE-SERVER, never falls back to another leg (link races
// legs) and never logs credentials.
#pragma once

#include <deque>
#include <string>

#include "base/log.h"
#include "base/machine.h"
#include "base/random.h"
#include "stun/framing.h"
#include "turn/client_peers.h"
#include "turn/client_requests.h"
#include "turn/stream_gate.h"

namespace godesk::turn {

enum class Leg : std::uint8_t {
  udp,
  tcp,
  tls,
  websocket,  // the bytes of tls as binary messages at kWebSocketPath: our own server only
};

class Client final : public Machine {
 public:
  struct Config {
    Leg transport = Leg::udp;
    HostPort server;
    std::string username, password;
    std::string realm{}, nonce{};  // given ahead, or both empty
    std::chrono::seconds lifetime = 600s;
    bool both_families = false;      // an IPv6 relayed address too, where the server has one
    Duration connect_timeout = 10s;  // from start() to Allocated
    Duration address_timeout = 1s;   // UDP: silence after which the name's next address is tried
    StreamGate::Config gate{};       // TCP, TLS
    std::size_t max_peers = 64;      // permissions and channels
  };

  /// Why there is no allocation, or none any more.
  enum class Reason {
    unreachable,   // name unknown, socket or stream failed, or nobody answered
    unauthorized,  // 401 to our credentials, or 441
    forbidden,     // 403
    mismatch,      // 437: the server knows another allocation here, or none any more
    quota,         // 486
    capacity,      // 508
    no_family,     // 440: no relayed address of an asked family
    redirected,    // 300: this server wants us to use another one; we do not
    refused,       // any other error code
    lost,          // the stream ended, or the server stopped answering Refresh, after Allocated
    garbage,       // what came is no TURN
  };

  struct Allocated {
    std::vector<Endpoint> relayed;  // one per family
    Endpoint reflexive;             // this leg as the server sees it
    Endpoint local;                 // may be unspecified for UDP
    Endpoint server;
    Duration rtt{};
    bool proxied = false;
  };
  struct Received {
    Endpoint peer;
    Buffer bytes;
    bool channel = false;  // came as ChannelData
  };
  struct ChannelReady {
    Endpoint peer;
  };
  /// The peer is forgotten; ask again to try again. `code` 0: no answer. Port 0: a permit().
  struct PermissionFailed {
    Endpoint peer;
    int code = 0;
  };
  struct Failed {
    Reason reason{};
    int code = 0;  // of the STUN error, else 0
  };
  using Event = std::variant<Allocated, Received, ChannelReady, PermissionFailed, Failed>;

  /// Datagrams and frames that were not delivered.
  struct Drops {
    std::uint64_t malformed = 0;        // no STUN, no ChannelData, or without what it needs
    std::uint64_t wrong_source = 0;     // not from the server
    std::uint64_t unmatched = 0;        // an answer to nothing we asked, or one that fails integrity
    std::uint64_t unknown_channel = 0;  // ChannelData of a channel we did not bind
    std::uint64_t queue_full = 0;       // outgoing: 100 ms or too many bytes were queued
    std::uint64_t not_allocated = 0;    // outgoing: before Allocated or after the end
  };

  Client(Config config, Ids& ids, Random& random, LogSink& log);

  void start(Time now);
  /// Let datagrams from `peer` (any port) through.
  void permit(Time now, const IpAddress& peer);
  /// Permission and channel at once; answered by ChannelReady or PermissionFailed.
  void bind_channel(Time now, const Endpoint& peer);
  void send(Time now, const Endpoint& peer, ByteView bytes);
  /// Asks for a Refresh now, to learn whether the server still holds the allocation; confirmed_at() moves
  /// when it does, Failed says that it does not.
  void refresh(Time now);
  Time confirmed_at() const { return confirmed_at_; }
  /// When the allocation ends for good: the server grants less time than it did; kNever while it does not.
  Time ends_at() const { return ends_at_; }
  /// Idempotent; no event follows. Drain afterwards: the last Refresh and the closing command.
  void close(Time now);

  std::optional<Event> next_event();
  bool allocated() const { return state_ == State::allocated; }
  const Drops& drops() const { return drops_; }

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  enum class State { idle, opening, allocating, allocated, closed };

  bool on_udp() const { return config_.transport == Leg::udp; }
  void try_next_address(Time now);
  void open_stream();
  void leg_opened(Time now, const Endpoint& local, const Endpoint& server, bool proxied);
  void ask(Time now, Request request);
  void flush_requests(Time now);
  void receive_frames(Time now);
  void on_message(Time now, ByteView bytes);
  void on_channel_data(ByteView bytes);
  void on_data_indication(const stun::Message& message);
  void on_outcome(Time now, const Outcome& outcome);
  void on_allocate(Time now, const Outcome& outcome);
  void on_refresh(Time now, const Outcome& outcome);
  void on_peer(Time now, const Outcome& outcome);
  void ask_for_peers(Time now);
  void schedule_refresh(Time now, std::chrono::seconds lifetime);
  void put(Buffer bytes);
  void fail(Time now, Reason reason, int code);
  void leave();

  Config config_;
  Ids& ids_;
  Random& random_;
  LogSink& log_;
  State state_ = State::idle;
  SocketId socket_{};
  StreamId stream_{};
  std::deque<IpAddress> addresses_;  // still to try
  Endpoint local_, server_;
  bool proxied_ = false;
  Time give_up_ = kNever, next_address_ = kNever, refresh_ = kNever;
  std::chrono::seconds granted_{};  // the first lifetime
  Time ends_at_ = kNever;
  Time confirmed_at_{};  // when the server last said that the allocation stands

  Requests requests_;
  ClientPeers peers_;
  stun::Framer framer_;
  StreamGate gate_;
  std::deque<Command> commands_;
  std::deque<Command> closing_;  // given after the last transmit
  std::deque<Transmit> transmits_;
  std::deque<Event> events_;
  Drops drops_;
};

std::string_view name(Client::Reason reason);

}  // namespace godesk::turn
