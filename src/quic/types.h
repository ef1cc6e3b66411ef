// The values that go into and come out of a QUIC connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/time.h"
#include "base/units.h"

namespace godesk::quic {

/// A raw Ed25519 key, public half or seed (RFC 8032).
using RawKey = std::array<std::uint8_t, 32>;

enum class Role {
  client,  // the caller: starts the handshake and is the only one who may migrate
  server,  // the host
};

/// Names a bidirectional stream on both ends alike (the QUIC stream id).
enum class StreamHandle : std::int64_t {};

/// Lower sends first, strictly: nothing of 1 leaves while 0 can send. Priority 0 is the urgent lane.
using Priority = std::uint8_t;
inline constexpr Priority kUrgentLane = 0;

/// How the link should treat a packet. One packet never carries new data of both kinds.
enum class Urgency {
  urgent,  // input, cursor, audio, acknowledgements, handshake: small, worth sending twice
  bulk,    // everything else
};

struct Packet {
  Buffer bytes;
  Urgency urgency = Urgency::bulk;
  bool acks_only = false;  // neither stream nor datagram bytes of ours went into it for the first time
};

enum class CongestionControl {
  bbr,    // BBR2 of ngtcp2 0.12, BBR of ngtcp2 1.x: keeps its rate under random loss
  cubic,  // for links where fairness to others counts more
};

/// What the peer may make us hold.
struct Limits {
  std::uint64_t connection_window = 16u << 20;  // bytes in flight towards us, all streams
  std::uint64_t stream_window = 8u << 20;       // the same, per stream
  std::uint64_t streams = 128;                  // streams the peer may have open at once
};

struct Config {
  RawKey seed{}, public_key{};          // one's own Ed25519 key pair
  std::optional<RawKey> expected_peer;  // refuse any other key; unset: any key, told in `Connected`
  std::string alpn = "godesk/1";
  Duration idle_timeout = 60s;  // of silence, on both ends
  Duration keep_alive = 15s;    // a PING after so much silence; 0: none
  /// For how long a few small packets may go unacknowledged by one who has nothing new to say: the answer to
  /// them then says it too. Below max_ack_delay (25 ms); 0: as the library likes.
  Duration ack_hold{};
  Duration initial_rtt = 333ms;      // what the path is thought to take before anything was measured
  Duration handshake_timeout = 10s;  // from construction to `Connected`
  Limits limits;
  /// What is granted at the handshake; `grant_full_limits()` raises it to `limits`. Unset: `limits` at once.
  std::optional<Limits> initial_limits;
  CongestionControl congestion = CongestionControl::bbr;
  std::size_t send_buffer = 32u << 20;     // bytes written and not yet acknowledged, all streams
  std::size_t max_queued_datagrams = 256;  // of each urgency; the oldest makes room
};

enum class CloseReason {
  local,              // close() was called here
  peer,               // the peer closed with an application code
  idle,               // silence for the idle timeout
  handshake_timeout,  // no `Connected` in time
  key_refused,        // here: the peer's key is not the expected one, or not raw Ed25519
  tls,                // the handshake failed, here or there; `code` is the TLS alert
  transport,          // a QUIC transport error, here or there; `code` is RFC 9000 20.1
  dropped,            // the handshake cannot go on (unusable version, failed Retry): forget silently
  internal,           // the QUIC or TLS library refused to work (memory, broken call)
};
const char* to_string(CloseReason reason);

/// The first event, once. The handshake is over and both keys are proven, on both ends.
struct Connected {
  RawKey peer{};
};
/// The peer opened a stream (opened here: open_stream() says so).
struct StreamOpened {
  StreamHandle stream{};
};
/// In order, without gaps. `fin`: nothing follows; answer with write(stream, {}, true) when done with it,
/// else the stream stays open and counts against the peer's limit.
struct StreamData {
  StreamHandle stream{};
  Buffer bytes;
  bool fin = false;
};
/// One of the ends gave the stream up: the peer reset it, or answers our stop_stream(). Our own sending side
/// has been reset, too, and StreamClosed follows.
struct StreamReset {
  StreamHandle stream{};
  std::uint64_t code = 0;
};
/// Both directions are over and everything is acknowledged; the handle is dead.
struct StreamClosed {
  StreamHandle stream{};
};
struct DatagramReceived {
  Buffer bytes;
};
/// The last event, once.
struct Closed {
  CloseReason reason = CloseReason::local;
  bool by_peer = false;  // the peer said so (CONNECTION_CLOSE or stateless reset)
  std::uint64_t code = 0;
  std::string text;  // the peer's words are untrusted: escape before showing
};
using Event =
    std::variant<Connected, StreamOpened, StreamData, StreamReset, StreamClosed, DatagramReceived, Closed>;

/// What was negotiated, as text for the session details.
struct TlsFacts {
  std::string version;           // "TLS1.3"
  std::string cipher;            // "AES-256-GCM"
  std::string hash;              // "SHA384"
  std::string key_exchange;      // "X25519"
  std::string server_signature;  // "EdDSA-Ed25519"
  std::string client_signature;  // "EdDSA-Ed25519"
  std::string own_certificate;   // "Raw Public Key"
  std::string peer_certificate;  // "Raw Public Key"
  std::string alpn;              // "godesk/1"
};

struct Stats {
  Duration smoothed_rtt{};
  Duration min_rtt{};  // of the current path; 0 until measured
  Bytes congestion_window;
  Bytes in_flight;
  /// What arrives at the peer (rate_estimator.h); 0 until measured. With `app_limited` the link may do more.
  BitsPerSecond delivery_rate;
  /// What the link carries (link_estimator.h); 0 as long as no queue was seen.
  BitsPerSecond link_rate;
  Duration link_rtt{};                  // lately, without a queue; 0 until measured
  bool app_limited = true;              // the last time we stopped sending, it was for want of data
  std::uint64_t packets_sent = 0;       // carrying data; not bare acknowledgements
  std::uint64_t packets_lost = 0;       // of those, declared lost (some may have been merely late)
  std::uint64_t bytes_sent = 0;         // everything, as UDP payload
  std::uint64_t bytes_received = 0;     // everything, as UDP payload
  std::uint64_t datagrams_dropped = 0;  // pushed out of the queue, or too large after the path shrank
};

}  // namespace godesk::quic
