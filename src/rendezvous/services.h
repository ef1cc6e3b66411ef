// What a server offers to one client: where to ask for the own address, and where to be relayed.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/machine.h"
#include "stun/seen.h"

namespace godesk::rendezvous {

/// One meeting of a viewer and a host, drawn at random by the server. It is also the session that the
/// relay credentials of both sides are bound to (auth::Ticket::session, SECURITY 4): traffic between the two,
/// and to nobody else.
struct IntroId {
  std::uint64_t number = 0;
  auto operator<=>(const IntroId&) const = default;
};

/// One TURN server with credentials for one client. The addresses are alternatives: race them.
struct Relay {
  std::optional<HostPort> udp, tcp, tls;  // at least one
  std::optional<HostPort> websocket{};    // TURN in a WebSocket: our own server only
  std::optional<HostPort> udp_443{};      // UDP on the port that firewalls leave open for QUIC
  std::string username, password;         // time-limited; never logged
  std::string realm;
  std::string nonce;  // may be empty; bound to the address from which the server sees the client
  bool here = false;  // runs beside the ID server, under the same addresses
  /// The address that an allocation under these credentials gets, unless somebody was quicker: it can be told
  /// to the other side before it is asked for. Only of relays that let nobody but the pair through.
  std::optional<Endpoint> relayed{};
  bool operator==(const Relay&) const = default;
};

struct Services {
  std::vector<HostPort> stun;  // UDP
  std::vector<Relay> relays;   // outside introductions without credentials: where they are, to measure
  Buffer refresh_token;        // proof of the introduction, for Client::refresh; empty outside introductions
  std::optional<stun::Seen> seen{};  // of this side's address and the other's; only at the introduction
  /// At the introduction of an authorised caller: what the other side had told the server ahead of its
  /// addresses, opaque here, and how long to wait before using it, so that both begin at the same instant.
  Buffer greeting{};
  Duration start_in{};
  bool operator==(const Services&) const = default;
};

/// An address of 4 or 16 bytes.
std::optional<IpAddress> ip_from(ByteView bytes);

/// The server's configured addresses may not be the way by which this client reaches it (NAT, several
/// networks), while `used` evidently is one: puts it first in `stun`, and a copy of the first relay that
/// runs `here` with it first in `relays`, unless they name it already. What a relay here will give out is
/// told ahead of this way alone.
void prefer_address(Services& services, const IpAddress& used);

}  // namespace godesk::rendezvous
