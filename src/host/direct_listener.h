// Direct IP: callers who know this computer's address and need no server.
//
//   1. start(): one UDP socket per family on the port.
//   2. A first datagram without a Retry token is answered with a Retry and forgotten: no state before the
//      caller proved that it receives at its address.
//   3. With a valid token it is a Newcomer; the host makes a session for it over a link::PlainPath, and from
//      then on hands datagrams of that address to that session.
//
// Never: answers anything but a QUIC Initial, or sends more than it received.
#pragma once

#include <deque>
#include <optional>

#include "base/machine.h"
#include "base/random.h"
#include "quic/accept.h"

namespace godesk::host {

class DirectListener {
 public:
  DirectListener(std::uint16_t port, Ids& ids, Random& random);

  void start();
  bool owns(SocketId socket) const { return socket == v4_.id || socket == v6_.id; }

  enum class State { opening, open, failed };
  /// `failed`: no family could be bound; `why()` is the last reason.
  State state() const;
  const std::string& why() const { return why_; }
  void on_socket(SocketId socket, const SocketEvent& event);

  /// Who proved its address, and what its connection starts from.
  struct Newcomer {
    SocketId socket{};
    Endpoint local, from;
    quic::AcceptInfo first;
  };
  /// A datagram of an address that has no session yet.
  std::optional<Newcomer> on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes);

  std::optional<Command> next_command();
  std::optional<Transmit> next_transmit();

 private:
  struct Socket {
    SocketId id{};
    Endpoint local;
    State state = State::opening;
  };
  Socket& socket_of(SocketId id) { return id == v4_.id ? v4_ : v6_; }

  Random& random_;
  quic::RetrySecret secret_;
  Socket v4_, v6_;
  std::string why_;
  std::deque<Command> commands_;
  std::deque<Transmit> transmits_;
};

}  // namespace godesk::host
