// What QUIC runs over: one path for datagrams to one peer, whatever carries them today and a second later.
//
// Two kinds exist: `Link` (ICE and TURN) and `PlainPath` (direct IP, no server). QUIC above sees only
// packets, an epoch and an MTU; the application sees only `PathInfo`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/machine.h"
#include "ice/nat_profile.h"
#include "link/pair_verdict.h"

namespace godesk::link {

enum class Kind : std::uint8_t {
  direct,  // no server between the two
  relay,   // a TURN server carries the datagrams of at least one side
};
std::string_view name(Kind kind);

/// How this side reaches its next hop.
enum class Transport : std::uint8_t {
  udp,
  tcp,        // TURN over TCP
  tls,        // TURN over TLS
  websocket,  // TURN inside a WebSocket
  proxy,      // any of the above through an HTTP CONNECT proxy
};
std::string_view name(Transport transport);

/// By which knowledge a direct path was found.
enum class How : std::uint8_t {
  lan,             // both addresses are local ones: one network
  reflexive,       // the address a STUN server saw
  ipv6,            // global IPv6 on both sides
  nat64,           // an IPv4 address behind the network's NAT64 prefix
  predicted,       // a predicted port of a symmetric NAT
  birthday,        // many sockets against many ports
  peer_reflexive,  // an address seen only in the peer's own check
  direct_ip,       // given by the user
};
std::string_view name(How how);

/// Why a relay carries the session.
enum class Why : std::uint8_t {
  connecting,      // no direct path was tried yet
  login,           // addresses are private until the login is through
  punching,        // direct checks are under way
  udp_blocked,     // this network lets no UDP out
  hard_nat,        // checks ended without an answer
  both_symmetric,  // both NATs choose a new random port for every destination
  family,          // one side has IPv6 only, the other IPv4 only
  relay_only,      // the user asked for it, here or there
  direct_lost,     // the direct path died; it is tried again
};
std::string_view name(Why why);

struct PathInfo {
  Kind kind = Kind::relay;
  Transport transport = Transport::udp;  // of one's own leg
  Family family = Family::v4;            // of one's own leg
  Endpoint local;
  Endpoint remote;              // the peer (direct) or one's own relay (relay)
  std::optional<Duration> rtt;  // to the peer, when measured
  std::optional<How> how;       // direct only
  std::optional<Why> why;       // relay only

  /// True when nothing differs but the RTT: such a change is not worth an event.
  bool same_but_rtt(const PathInfo& other) const;
};

/// What a packet is worth.
enum class Urgency : std::uint8_t {
  urgent,  // input, cursor, audio, and more where packets get lost: worth sending twice
  bulk,    // all else
};

/// Why the carrier can carry nothing any more.
enum class DeadReason : std::uint8_t {
  no_path,        // no candidate pair ever answered in time
  path_lost,      // every path died and none came back in time
  relay_refused,  // every relay refused the credentials and no direct path is allowed
};
std::string_view name(DeadReason reason);

/// One TURN server and one's credentials for it. Legs that are absent are not tried.
struct RelayServer {
  std::optional<HostPort> udp, tcp, tls;
  std::string username, password;
  std::string realm, nonce;  // given ahead, so that Allocate takes one round trip; may be empty
  std::optional<HostPort> websocket{}, udp_443{};
  /// Our own server: what it gives out to us, most likely, and opens to nobody but the peer
  /// (rendezvous::Relay).
  std::optional<Endpoint> relayed{};
};

/// A packet from the peer (still sealed by QUIC). `epoch` grows when the peer made a new QUIC path of it.
struct Received {
  Buffer bytes;
  std::uint16_t epoch = 0;
};
/// Opaque bytes for the peer's carrier, to be carried by whoever can: the ID server before
/// login, the session after.
struct Signal {
  Buffer bytes;
};
/// The first path works, or another one is used, or its reason changed.
struct PathChanged {
  PathInfo path;
};
/// No path works at this moment; the link goes on looking until it says Dead. PathChanged ends it.
struct PathLost {};
/// The old path was dead for so long that QUIC should start its congestion state anew.
struct EpochWanted {};
/// The relay credentials end soon, or are refused: set_relays() is wanted. Told again until it is called.
struct RelaysWanted {};
/// At the caller: found out of the two networks, to be remembered for the next session of this pair.
struct PairLearned {
  PairVerdict verdict;
};
struct Dead {
  DeadReason reason;
};
using Event =
    std::variant<Received, Signal, PathChanged, PathLost, EpochWanted, RelaysWanted, PairLearned, Dead>;

class Carrier : public Machine {
 public:
  virtual void start(Time now) = 0;
  /// One QUIC packet to the peer. Dropped when no path works yet: QUIC repeats.
  virtual void send(Time now, ByteView packet, Urgency urgency) = 0;
  /// Bytes of the peer's Signal event. Malformed ones are counted and dropped.
  virtual void on_signal(Time now, ByteView bytes) = 0;
  /// The login is through: addresses may be shown to the peer and its addresses may be tried (SECURITY 5).
  virtual void allow_direct(Time now) = 0;
  /// What was measured of the own network, or measured anew. Told to the peer only after allow_direct().
  virtual void set_profile(Time, const ice::NatProfile&) {}
  /// Fresh relay credentials. What is allocated stays until its successor works; what is not is tried at
  /// once, and the peer is told again where we are.
  virtual void set_relays(Time, std::vector<RelayServer>) {}
  /// QUIC's epoch on this side, announced to the peer in checks.
  virtual void set_epoch(std::uint16_t epoch) = 0;
  /// Nothing more is carried, and what was borrowed (allocations at relays) is given back at once; no event
  /// follows. Idempotent. Drain afterwards.
  virtual void close(Time now) = 0;
  virtual std::optional<Event> next_event() = 0;
  /// Packets may be sent, a few, though no path is proved: they get a round trip ahead. About how long they
  /// take there and back.
  virtual std::optional<Duration> ahead() const { return std::nullopt; }
  /// Largest packet the current path carries.
  virtual std::size_t mtu() const = 0;
  virtual bool has_path() const = 0;
};

}  // namespace godesk::link
