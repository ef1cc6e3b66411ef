// The five verbs: how every part of the core meets the world, and the only way in or out of it.
//
//   1. Something happened: call exactly one on_*() with the time it happened.
//   2. Drain: next_command() until empty, next_transmit() until empty, and again until neither gives anything
//      (a datagram may leave from a socket that a command opens, and a command may close what a transmit
//      used); then next_event() of the concrete machine.
//   3. Call on_timer() at next_deadline(), or earlier; early calls do nothing.
//
// A machine never reads a clock, a socket or an entropy source, never blocks and never throws on what
// the network sent. os/driver pumps a machine on real sockets, sim/ pumps it in virtual time.
// Machines nest: an outer machine owns inner ones, hands down what is theirs (by SocketId or StreamId) and
// passes up what they give. Ids are drawn from one `Ids` per outermost machine, so they never collide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"

namespace godesk {

enum class SocketId : std::uint32_t {};  // a UDP socket
enum class StreamId : std::uint32_t {};  // a TCP connection, with or without TLS or WebSocket on it

/// Hands out socket and stream ids, 1 upwards. One per outermost machine, shared by reference.
class Ids {
 public:
  SocketId socket() { return SocketId{++last_}; }
  StreamId stream() { return StreamId{++last_}; }
  /// Ids made by the pump for accepted streams come from the upper half and never collide.
  static StreamId accepted(std::uint32_t n) { return StreamId{0x80000000u | n}; }

 private:
  std::uint32_t last_ = 0;
};

// ---- out: bytes to carry

struct Datagram {
  SocketId socket{};
  Endpoint to;
  Buffer bytes;
  /// Routers that may pass it on, this one packet; none: as the system has it. One that opens the own NAT's
  /// hole and dies before it reaches the peer's.
  std::optional<std::uint8_t> ttl{};
};
struct StreamBytes {
  StreamId stream{};
  Buffer bytes;  // on a WebSocket: exactly one binary message
};
using Transmit = std::variant<Datagram, StreamBytes>;

// ---- out: things to open and close

/// Answered by SocketEvent::opened or failed. Port 0 means any.
struct OpenSocket {
  SocketId socket{};
  Endpoint local;
};
struct CloseSocket {
  SocketId socket{};
};

struct HostPort {
  std::string host;  // a name or a bare IP literal
  std::uint16_t port = 0;
  auto operator<=>(const HostPort&) const = default;
};

/// What to put between the TCP bytes and the machine.
enum class StreamKind {
  tcp,          // bytes as they come
  tls,          // TLS; the peer's certificate is not judged (what it carries is sealed, or proves itself)
  tls_vouched,  // TLS; the certificate must be vouched for by the OS trust store
  websocket,    // WebSocket in TLS, certificate not judged; one StreamBytes is one binary message
  websocket_vouched,  // the same, certificate judged by the OS trust store
};

/// Answered by StreamEvent::opened or closed. The targets are resolved and raced (RFC 8305) in the order
/// given. HTTP proxies are used by os/ when configured; `StreamOpened::proxied` then says so.
struct OpenStream {
  StreamId stream{};
  StreamKind kind = StreamKind::tcp;
  std::vector<HostPort> targets;
  std::string alpn;  // offered in TLS if not empty
  std::string path;  // HTTP path of a WebSocket
};
/// Bytes handed over before are still sent, then the stream ends. No event follows.
struct CloseStream {
  StreamId stream{};
};
/// Answered once by on_resolved with the same host. Literals answer themselves.
struct Resolve {
  std::string host;
};
using Command = std::variant<OpenSocket, CloseSocket, OpenStream, CloseStream, Resolve>;

// ---- in: what became of them

struct SocketOpened {
  Endpoint local;  // with the real port
};
struct SocketFailed {
  std::string why;
};
using SocketEvent = std::variant<SocketOpened, SocketFailed>;

struct StreamOpened {
  Endpoint local, remote;
  Buffer tls_exporter;  // 32 bytes, label EXPORTER-Channel-Binding (RFC 9266); empty without TLS
  bool proxied = false;
};
struct StreamData {
  ByteView bytes;  // on a WebSocket: exactly one binary message
};
struct StreamWritable {};  // the send queue ran empty after backlog() was not zero
struct StreamClosed {
  enum class Why {
    ended,        // the peer closed
    unreachable,  // no target answered
    untrusted,    // tls_vouched/websocket_vouched: the certificate is not vouched for
    failed,       // anything else, `detail` says what
  };
  Why why = Why::ended;
  std::string detail;
};
using StreamEvent = std::variant<StreamOpened, StreamData, StreamWritable, StreamClosed>;

/// The verbs. Outermost machines implement all; inner ones only what they need, with the same names.
class Machine {
 public:
  virtual ~Machine() = default;

  /// The addresses of this computer's interfaces, at start and whenever they change.
  virtual void on_network(Time, const std::vector<IpAddress>& /*addresses*/) {}
  virtual void on_datagram(Time, SocketId, const Endpoint& /*from*/, ByteView) {}
  virtual void on_socket(Time, SocketId, const SocketEvent&) {}
  virtual void on_stream(Time, StreamId, const StreamEvent&) {}
  /// Bytes of `stream` that were handed over and not yet accepted by the kernel. Told after each write.
  virtual void on_backlog(Time, StreamId, std::size_t /*bytes*/) {}
  virtual void on_resolved(Time, const std::string& /*host*/, const std::vector<IpAddress>&) {}
  virtual void on_timer(Time) = 0;

  virtual std::optional<Command> next_command() = 0;
  virtual std::optional<Transmit> next_transmit() = 0;
  virtual Time next_deadline() const = 0;
};

}  // namespace godesk
