// The messages of the control connection as plain values. rendezvous.proto is their wire form; each
// WebSocket message holds exactly one. Decoders are strict about sizes and kinds, and lax about unknown
// fields. All content is what the peer claims until the handshake (handshake.h) has proved its key.
#pragma once

#include <string_view>
#include <variant>

#include "auth/device_id.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "rendezvous/client.h"
#include "rendezvous/services.h"

namespace godesk::rendezvous {

inline constexpr std::size_t kMaxMessage = 16 * 1024;  // bytes, either direction
inline constexpr std::size_t kMaxStunServers = 16;
inline constexpr std::size_t kMaxRelays = 16;
inline constexpr std::size_t kMaxUsername = 508;  // RFC 8489 14.3
inline constexpr std::size_t kMaxPassword = 256;
inline constexpr std::size_t kMaxRealm = 127;  // characters in RFC 8489 14.9; we count bytes
inline constexpr std::size_t kMaxNonce = 127;
inline constexpr std::size_t kMaxToken = 128;
inline constexpr std::size_t kMaxOwnRelays = 2;
inline constexpr std::size_t kMaxAuthorised = 256;  // callers of one host
inline constexpr Duration kMaxStart = 500ms;        // until both sides begin
inline constexpr Duration kMaxWait = 1h;

namespace wire {

// ---- both ways
struct Ping {};
struct Pong {};
struct Signal {
  IntroId intro;
  Buffer bytes;
};
struct EndIntroduction {
  IntroId intro;
};

// ---- to the server
struct Hello {
  Role role = Role::viewer;
  crypto::PublicKey key;
  crypto::Signature signature{};
};
/// May be repeated to change either.
struct Register {
  bool willing = true;
  std::vector<IpAddress> own_relays{};  // that the host brings, at most kMaxOwnRelays
  std::vector<crypto::Digest32>
      authorised{};   // auth::entry_hash of callers that no limit for strangers stops
  Buffer greeting{};  // for the next of these callers, at most kMaxGreeting
};
/// `question` comes back with the answer, so that a late one is not taken for the answer to the next.
struct Find {
  auth::DeviceId id;
  std::uint32_t question = 0;
  std::vector<IpAddress> own_relays{};
  Buffer greeting{};  // for a host that has authorised this caller, at most kMaxGreeting
};
/// `meet`, by the viewer: the host is told, and signals are carried again.
struct Refresh {
  IntroId intro;
  Buffer token;
  bool meet = false;
  std::vector<IpAddress> own_relays{};
};

// ---- to the client
struct ServerHello {
  crypto::PublicKey identity;
  crypto::Signature signature{};
};
struct Connected {
  Services services;
};
struct Registered {
  auth::DeviceId id;
  Services services;
};
/// The answer to Hello or Register; the connection ends with it.
struct Rejected {
  enum class Why : std::uint8_t {
    bad_proof = 1,        // the signature does not fit key, role, server and connection
    identity_in_use = 2,  // another live connection holds this key
    refused = 3,          // full, limited, or storage trouble
  };
  Why why = Why::refused;
};
struct Introduction {
  IntroId intro;
  crypto::PublicKey caller;
  Services services;
  bool again = false;
};
struct Introduced {
  IntroId intro;
  crypto::PublicKey host;
  Services services;
  std::uint32_t question = 0;
  bool authorised = false;  // the host says that this caller enters by its key
};
/// Unknown, offline or unwilling: the same bytes for all three.
struct NotFound {
  std::uint32_t question = 0;
};
struct Busy {
  std::uint32_t question = 0;
  Duration wait{};  // whole milliseconds on the wire
};
struct Refreshed {
  IntroId intro;
  Services services;
  bool met = false;
};
struct RefreshRefused {
  IntroId intro;
};

}  // namespace wire

using ClientMessage = std::variant<wire::Hello, wire::Register, wire::Find, wire::Refresh, wire::Signal,
                                   wire::EndIntroduction, wire::Ping, wire::Pong>;
using ServerMessage =
    std::variant<wire::ServerHello, wire::Connected, wire::Registered, wire::Rejected, wire::Introduction,
                 wire::Introduced, wire::NotFound, wire::Busy, wire::Refreshed, wire::RefreshRefused,
                 wire::Signal, wire::EndIntroduction, wire::Ping, wire::Pong>;

enum class DecodeError {
  too_long,      // more than kMaxMessage
  not_a_proto,   // not Protocol Buffers, or not our message
  unknown_kind,  // no body, or one that this version does not know
  bad_field,     // a size, range or form that no sender of ours makes
};

Buffer encode(const ClientMessage& message);
Buffer encode(const ServerMessage& message);
Result<ClientMessage, DecodeError> decode_client_message(ByteView bytes);
Result<ServerMessage, DecodeError> decode_server_message(ByteView bytes);

}  // namespace godesk::rendezvous
