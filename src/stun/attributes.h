// Numbers of the STUN family: methods, classes, attributes, error codes (IANA "STUN Parameters").
#pragma once

#include <array>
#include <cstdint>

namespace godesk::stun {

inline constexpr std::uint32_t kMagicCookie = 0x2112A442;
inline constexpr std::size_t kHeaderSize = 20;

using TransactionId = std::array<std::uint8_t, 12>;

enum class Class : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

/// Twelve bits; a method without a name here is legal and answered by nobody.
enum class Method : std::uint16_t {
  binding = 0x001,
  allocate = 0x003,
  refresh = 0x004,
  send = 0x006,
  data = 0x007,
  create_permission = 0x008,
  channel_bind = 0x009,
};

/// Types below 0x8000 must be understood by the receiver, the others may be skipped.
enum class Attr : std::uint16_t {
  mapped_address = 0x0001,             // RFC 8489
  change_request = 0x0003,             // RFC 5780
  username = 0x0006,                   // RFC 8489
  message_integrity = 0x0008,          // RFC 8489
  error_code = 0x0009,                 // RFC 8489
  unknown_attributes = 0x000A,         // RFC 8489
  channel_number = 0x000C,             // RFC 8656
  lifetime = 0x000D,                   // RFC 8656, seconds
  xor_peer_address = 0x0012,           // RFC 8656
  data = 0x0013,                       // RFC 8656
  realm = 0x0014,                      // RFC 8489
  nonce = 0x0015,                      // RFC 8489
  xor_relayed_address = 0x0016,        // RFC 8656
  requested_address_family = 0x0017,   // RFC 8656
  even_port = 0x0018,                  // RFC 8656
  requested_transport = 0x0019,        // RFC 8656
  dont_fragment = 0x001A,              // RFC 8656
  message_integrity_sha256 = 0x001C,   // RFC 8489
  xor_mapped_address = 0x0020,         // RFC 8489
  reservation_token = 0x0022,          // RFC 8656
  priority = 0x0024,                   // RFC 8445
  use_candidate = 0x0025,              // RFC 8445
  padding = 0x0026,                    // RFC 5780
  response_port = 0x0027,              // RFC 5780
  additional_address_family = 0x8000,  // RFC 8656
  address_error_code = 0x8001,         // RFC 8656
  software = 0x8022,                   // RFC 8489
  alternate_server = 0x8023,           // RFC 8489
  fingerprint = 0x8028,                // RFC 8489
  ice_controlled = 0x8029,             // RFC 8445
  ice_controlling = 0x802A,            // RFC 8445
  response_origin = 0x802B,            // RFC 5780
  other_address = 0x802C,              // RFC 5780
  // draft-thatcher-ice-renomination; the value is the one deployed by libwebrtc, because it may be skipped
  // by agents that do not know it (the draft's own 0x0030 may not).
  nomination = 0xC001,
  // Private, from the unassigned first-come range: 32-bit number of the QUIC connection epoch on this path.
  quic_epoch = 0xC6D0,
  // Private, same range: zeros that make a request as long as the longest answer to it, so that nobody
  // gains by forging its source.
  filler = 0xC6D1,
  // Private, same range: the answer is wanted so many seconds later (1..120), to see whether a silent mapping
  // is still there. Who does not know it answers at once.
  answer_after = 0xC6D2,
};

/// RFC 8489 14.8, RFC 8656 19, RFC 8445 16.2. Values from the wire may lie outside.
namespace code {
inline constexpr int kTryAlternate = 300;
inline constexpr int kBadRequest = 400;
inline constexpr int kUnauthenticated = 401;
inline constexpr int kForbidden = 403;
inline constexpr int kUnknownAttribute = 420;
inline constexpr int kAllocationMismatch = 437;
inline constexpr int kStaleNonce = 438;
inline constexpr int kFamilyNotSupported = 440;
inline constexpr int kWrongCredentials = 441;
inline constexpr int kUnsupportedTransport = 442;
inline constexpr int kPeerFamilyMismatch = 443;
inline constexpr int kQuotaReached = 486;
inline constexpr int kRoleConflict = 487;
inline constexpr int kServerError = 500;
inline constexpr int kInsufficientCapacity = 508;
}  // namespace code

/// REQUESTED-TRANSPORT: the only protocol RFC 8656 relays.
inline constexpr std::uint8_t kTransportUdp = 17;

}  // namespace godesk::stun
