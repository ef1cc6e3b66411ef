// The pump: carries one outermost `Machine` on real sockets, streams and timers
// (base/machine.h has the verbs).
//
//   1. A wake-up (readable socket, timer, posted function) reads the clock once; that is now() for all of it.
//   2. Each thing that happened is one turn: the on_*() call; next_command() and next_transmit() until both
//      are empty; on_backlog() of every stream whose queue changed; the after_turn hook, where the
//      application drains next_event() and may call the machine; and the drain again until nothing is left.
//   3. When nothing more is ready, the timer is set to next_deadline() and the driver sleeps.
//
// Everything runs on the thread that calls run(); only post() and stop() may be called from others.
// It never throws for what the network sent, never reads more than one turn needs, and bounds what strangers
// can make it hold (DriverConfig). on_network() is told all addresses of interfaces that are up, loopback
// last; IPv6 link-local ones are left out, because an Endpoint carries no zone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/machine.h"
#include "base/result.h"
#include "os/certificate.h"
#include "os/proxy.h"

namespace godesk::os {

struct DriverConfig {
  /// Datagrams leave with "don't fragment", whatever the kernel believes about the path; what is
  /// too long is dropped.
  bool dont_fragment = true;
  std::size_t max_accepted = 4096;            // streams accepted and not yet gone
  std::size_t max_accepted_per_prefix = 256;  // of these, from one IPv4 address or one IPv6 /56
  Duration handshake_timeout = 10s;           // accepted stream: TLS, first byte, WebSocket upgrade
  Duration idle_timeout = 15min;              // accepted stream: nothing came for so long
  Duration connect_timeout = 8s;              // OpenStream: all layers of one target
  Duration race_delay = 250ms;                // OpenStream: between two targets (RFC 8305 section 5)
  Duration close_timeout = 5s;                // CloseStream: for flushing and the peer's farewell
  std::size_t max_queued = 4u << 20;          // bytes waiting on one stream; one more closes it
  std::size_t max_message = 64u << 10;        // one WebSocket message; a longer one closes the stream
  ProxySettings proxy;                        // ProxySettings::from_environment(), or none
};

/// A stream that came in and is ready, told just before the machine gets its StreamOpened.
struct Accepted {
  enum class Kind { tcp, tls, websocket };
  StreamId stream{};
  Kind kind = Kind::tcp;
  Endpoint local, remote;
  std::string path{};  // of a WebSocket
};

struct ListenFailure {
  int error = 0;  // errno
  std::string why;
};

class Driver {
 public:
  using OnAccept = std::function<void(const Accepted&)>;

  /// `machine` and `log` must outlive the driver.
  Driver(Machine& machine, LogSink& log, DriverConfig config = {});
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// The time of the current turn; outside of one, of the last.
  Time now() const;

  /// Binds at once, before or during run(). `socket` is one the application drew from the machine's Ids; no
  /// on_socket() follows. Port 0 means any. Returns the address with the real port.
  Result<Endpoint, ListenFailure> listen_udp(SocketId socket, const Endpoint& local);
  /// Accepted streams are plain TCP.
  Result<Endpoint, ListenFailure> listen_tcp(const Endpoint& local, OnAccept);
  /// Accepted streams are TLS with `identity`, then what ALPN says ("stun.turn",
  /// "stun.nat-discovery", "http/1.1"), else what the first byte says: 0x00-0x03 STUN or TURN, a
  /// letter HTTP. HTTP must be a WebSocket upgrade of one of `websocket_paths` on TLS 1.3; anything else is
  /// answered with an HTTP error and closed.
  Result<Endpoint, ListenFailure> listen_tls(const Endpoint& local, const TlsIdentity& identity,
                                             std::vector<std::string> websocket_paths, OnAccept);

  /// Called after each turn's drain. May call the machine: then it must return true, and the machine's output
  /// is drained before the turn ends.
  void after_turn(std::function<bool()>);
  /// Calls back, as a turn of its own, whenever `fd` is readable. The descriptor stays the caller's.
  void watch(int fd, std::function<void()>);
  void unwatch(int fd);
  /// Calls back once, as a turn of its own.
  void at(Time, std::function<void()>);
  /// The same as soon as possible; from any thread.
  void post(std::function<void()>);
  /// SIGINT or SIGTERM. Without a hook they stop the driver.
  void on_signal(std::function<void()>);

  /// Tells the machine its network, drains it, and pumps until stop().
  void run();
  /// From any thread; run() returns as soon as the current turn is over.
  void stop();
  /// Stops once all streams have sent what they hold and those closed are gone, or after `limit`.
  void stop_when_flushed(Duration limit);

  /// Datagrams that could not be sent (too long, no route, full buffer), and received ones cut short.
  struct Counts {
    std::uint64_t unsent = 0;
    std::uint64_t truncated = 0;
    std::uint64_t refused_streams = 0;    // over max_accepted or max_accepted_per_prefix
    std::uint64_t failed_handshakes = 0;  // accepted streams that never became ready
  };
  Counts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godesk::os
