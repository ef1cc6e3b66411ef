// One end-to-end encrypted QUIC connection over somebody else's datagrams (RFC 9000, 9221; ngtcp2, GnuTLS).
//
//   1. The caller makes a client; the host makes a server from the first datagram (quic/accept.h).
//   2. on_packet() for what the link brings, on_timer() at next_deadline().
//   3. After every call that changes something (also write and send_datagram): next_packet() until it is
//      empty, then next_event() until it is empty.
//   4. `Connected` comes first: TLS 1.3, AES-256-GCM, X25519 and raw Ed25519 keys on both ends, nothing
//      else can be negotiated. From then on streams and datagrams flow. `Closed` comes last; keep the
//      object until done().
//
// The path below is hidden: QUIC sees one constant address pair. The link swaps what is beneath it at will;
// only when the old path was dead does the client migrate(), which starts a new epoch, and thereby its
// congestion control and rate, afresh, and wakes the server with a challenge. A server whose window was full
// can answer none: it is woken when the link says again what it said last (link/unheard.h). The server's rate
// starts afresh when on_packet() tells it the epoch; its library is never shown a second path, and takes one
// that is several times as long for a queue until it has forgotten the old round trip, for ten seconds.
//
// Sending order within the congestion window: what the library must repeat; urgent datagrams and
// streams of the urgent lane, in packets of their own; bulk datagrams; other streams by strict priority.
//
// Marking: a packet with urgent content is urgent. A packet with neither urgent nor bulk content (an
// acknowledgement, probe, or repetition) is urgent up to kSmallPacket bytes and during the handshake, else
// bulk: a large one repeats a bulk stream, a small one may repeat a key stroke, and doubling it is cheap.
// While packets get lost (quic/loss_memory.h), all up to kSmallPacket bytes are urgent: a small picture, or
// the end of a large one, that nothing follows.
//
// Never reads a clock or a socket; draws randomness from its argument (TLS keys are GnuTLS's own);
// never throws or aborts on network input; never sends data before the peer's key is proven; no 0-RTT, no
// resumption, no unidirectional streams, no qlog. Use by one thread at a time. Config and object may not be
// copied or moved once made.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "quic/accept.h"
#include "quic/types.h"

namespace godesk::quic {

inline constexpr std::size_t kMinPathMtu = 1200;
inline constexpr std::size_t kMaxPathMtu = 1452;
inline constexpr std::size_t kSmallPacket = 300;
inline constexpr std::uint16_t kFirstEpoch = 1;

class ConnectionCore;

class Connection {
 public:
  /// A client; the first next_packet() is the Initial. `random` and `log` must outlive the connection.
  /// Throws std::runtime_error if the TLS library does not work at all.
  Connection(Config config, Time now, Random& random, LogSink& log);
  /// A server for that first datagram, which is then given to on_packet() like any other.
  Connection(Config config, const AcceptInfo& first, Time now, Random& random, LogSink& log);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // ---- the world

  /// A datagram from the link. `epoch`: on the server the one the client has announced to the link for this
  /// path, by an authenticated message; only newer ones count (16-bit serial numbers). Ignored on the client.
  void on_packet(Time now, ByteView datagram, std::uint16_t epoch = kFirstEpoch);
  void on_timer(Time now);
  Time next_deadline() const;
  /// At most the path MTU long. Honours pacing: empty now does not mean empty at next_deadline().
  std::optional<Packet> next_packet(Time now);
  std::optional<Event> next_event();

  // ---- the path

  /// The UDP payload the path carries, clamped to [1200, 1452]; at first 1200. Takes effect at once,
  /// downwards too: streams are cut anew, queued datagrams that no longer fit are dropped and counted.
  void set_path_mtu(std::size_t bytes);
  /// Client only (else ignored): the old path is dead; a new epoch begins. If the peer has no spare
  /// connection id yet it happens at a later deadline; epoch() tells when.
  void migrate(Time now);
  /// Of the packets that next_packet() gives now.
  std::uint16_t epoch() const;

  // ---- streams: bidirectional, ordered, reliable

  /// Nothing before `Connected`, after `Closed`, or when the peer's stream limit is reached (try later).
  std::optional<StreamHandle> open_stream(Priority priority);
  /// Streams that the peer opened start at priority 1.
  void set_priority(StreamHandle stream, Priority priority);
  /// Copies all of `bytes`, or takes nothing and returns false: unknown, finished or given up stream,
  /// or send buffer full. Bytes of one stream leave in order; `fin` ends our side.
  bool write(StreamHandle stream, ByteView bytes, bool fin = false);
  /// Bytes written and not yet put into a packet; without an argument, of all streams.
  std::size_t unsent(StreamHandle stream) const;
  std::size_t unsent() const;
  /// Bytes put into packets and not yet acknowledged.
  std::size_t unacked(StreamHandle stream) const;
  /// Gives up the stream; what is queued is discarded. The peer sees StreamReset, or, if nothing had left
  /// yet, an empty stream with `fin`.
  void reset_stream(StreamHandle stream, std::uint64_t code);
  /// Tells the peer that nobody reads this stream any more: its writes are refused from then on, and both
  /// ends see StreamReset.
  void stop_stream(StreamHandle stream, std::uint64_t code);

  // ---- datagrams: unordered, unreliable, congestion controlled

  /// False if larger than max_datagram_size(), or not connected. A full queue drops its oldest.
  bool send_datagram(ByteView bytes, Urgency urgency);
  /// 0 before `Connected`. Changes with the path MTU: what is at most kMinPathMtu - 32 = 1168 always fits.
  std::size_t max_datagram_size() const;

  // ---- the session

  /// RFC 9266-style binding of a login to this very connection: TLS exporter, label "EXPORTER-GoDesk-login",
  /// 32 bytes, the same on both ends. Nothing before `Connected`: only then is the peer's key proven.
  std::optional<Buffer> channel_binding() const;
  /// Raises the peer's limits from Config::initial_limits to Config::limits (once it is logged in).
  void grant_full_limits();
  TlsFacts tls() const;
  Stats stats() const;
  Role role() const;

  /// Ends the connection: next_packet() gives a CONNECTION_CLOSE, next_event() gives Closed{local}.
  void close(Time now, std::uint64_t code, std::string_view reason);
  /// Closed, and nothing more to send: the object may go. (A closed connection repeats its CONNECTION_CLOSE
  /// to a peer that did not hear it, for 3 probe timeouts.)
  bool done() const;

 private:
  friend struct ConnectionTestAccess;  // tests build peers that offer other TLS parameters
  explicit Connection(std::unique_ptr<ConnectionCore> core);

  std::unique_ptr<ConnectionCore> core_;
};

}  // namespace godesk::quic
