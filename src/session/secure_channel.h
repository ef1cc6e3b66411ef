// The seam between a session and what carries it securely to the peer: ordered streams, datagrams, and a
// binding of the login to this very connection. QuicChannel is QUIC over a link; browsers will come by WebRTC
// data channels over the same ICE and TURN.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/wrapper.h"
#include "link/carrier.h"
#include "quic/types.h"

namespace godesk::session {

using quic::Priority;
using quic::RawKey;
using quic::StreamHandle;
using quic::Urgency;

/// Why a channel ended.
enum class ChannelEnd : std::uint8_t {
  local,          // close() here
  peer,           // the peer closed; `code` is the one it gave to close()
  no_path,        // no way to the peer was found in time
  path_lost,      // every way died and none came back; also 60 s of silence
  relay_refused,  // the relays refused and no direct path is allowed
  key_refused,    // the peer has another key than the expected one
  failed,         // the handshake or the protocol failed
};
std::string_view name(ChannelEnd end);

/// The handshake is over, both keys are proven.
struct ChannelConnected {
  RawKey peer{};
};
struct ChannelClosed {
  ChannelEnd why{};
  std::uint64_t code = 0;
};
using ChannelEvent = std::variant<ChannelConnected, quic::StreamOpened, quic::StreamData, quic::StreamReset,
                                  quic::DatagramReceived, link::PathChanged, link::PathLost,
                                  link::RelaysWanted, link::PairLearned, link::Signal, ChannelClosed>;

class SecureChannel : public Wrapper {
 public:
  virtual void start(Time now) = 0;
  virtual std::optional<ChannelEvent> next_event() = 0;

  virtual std::optional<StreamHandle> open_stream(Priority priority) = 0;
  virtual bool write(Time now, StreamHandle stream, ByteView bytes) = 0;
  /// Bytes written and not yet sent; sent and not yet acknowledged.
  virtual std::size_t unsent(StreamHandle stream) const = 0;
  virtual std::size_t unacked(StreamHandle stream) const = 0;
  virtual bool send_datagram(Time now, ByteView bytes, Urgency urgency) = 0;

  /// 32 bytes, the same on both ends and on no other connection. Nothing before ChannelConnected.
  virtual std::optional<Buffer> binding() const = 0;
  /// The ALPN word, part of the login's context.
  virtual std::string protocol() const = 0;
  virtual RawKey own_key() const = 0;

  /// The peer's link speaks (by way of the ID server or the control stream).
  virtual void on_signal(Time now, ByteView bytes) = 0;
  /// What was measured of the own network, for the carrier.
  virtual void set_profile(Time, const ice::NatProfile&) {}
  /// The login is through: full limits, and addresses may be shown.
  virtual void trust_peer(Time now) = 0;

  virtual void set_relays(Time now, std::vector<link::RelayServer> relays) = 0;

  virtual quic::TlsFacts tls() const = 0;
  virtual quic::Stats stats() const = 0;
  virtual void close(Time now, std::uint64_t code) = 0;
  /// Closed and nothing more to send.
  virtual bool done() const = 0;
};

}  // namespace godesk::session
