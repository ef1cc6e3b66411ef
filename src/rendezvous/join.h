// How a server is named: a join string, or a bare host.
//
//   godesk://HOST[:TLS_PORT]?key=K[&stun=PORT][&also=HOST]...   K: base64url SHA-256 of its identity key
//   HOST[:PORT]                   vouched for by a public CA, its identity key pinned at the first success
//
// Ports stand only where they are not 443 and 3478. An IPv6 literal stands in brackets as HOST, bare in
// `also`. parse() accepts exactly what to_string() gives, plus any order of the parameters and defaults
// spelled out; everything else is refused with a reason.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace godesk::rendezvous {

inline constexpr std::uint16_t kDefaultTlsPort = 443;
inline constexpr std::uint16_t kDefaultStunPort = 3478;
inline constexpr const char* kWebSocketPath = "/rendezvous";  // on the TLS port
inline constexpr std::size_t kMaxHost = 255;
inline constexpr std::size_t kMaxJoinHosts = 8;

/// SHA-256 of the server's Ed25519 identity key.
using KeyHash = std::array<std::uint8_t, 32>;
KeyHash key_hash(const crypto::PublicKey& identity);

enum class JoinError {
  too_long,           // more text than any join string has
  bad_host,           // empty, too long, or with a character no host name has
  bad_port,           // not 1..65535, or not decimal
  bad_key,            // not the base64url of 32 bytes
  no_key,             // a join string without `key`
  too_many_hosts,     // more than eight
  repeated,           // `key` or `stun` twice
  unknown_parameter,  // anything but key, stun, also
};
std::string_view to_string(JoinError error);

struct Join {
  std::vector<std::string> hosts;  // at least one; names or bare literals (IPv6 without brackets)
  std::uint16_t tls_port = kDefaultTlsPort;
  std::uint16_t stun_port = kDefaultStunPort;
  std::optional<KeyHash> key;  // absent: a bare host

  static Result<Join, JoinError> parse(std::string_view text);
  std::string to_string() const;

  /// With a key the signature decides and the certificate is not judged (SECURITY 1).
  StreamKind stream_kind() const { return key ? StreamKind::websocket : StreamKind::websocket_vouched; }
  std::vector<HostPort> targets() const;

  bool operator==(const Join&) const = default;
};

}  // namespace godesk::rendezvous
