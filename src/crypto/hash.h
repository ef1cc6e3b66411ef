// The crypto room: the few primitives GoDesk needs, thin over OpenSSL 3's libcrypto.
//
//   1. hash.h      SHA-256, SHA-1, MD5 and their HMACs
//   2. equal.h     comparison of secrets in constant time
//   3. hkdf.h      keys from keys (RFC 5869)
//   4. aead.h      AES-256-GCM
//   5. ed25519.h   signatures (RFC 8032)
//   6. p256.h      the group that SPAKE2+ computes in
//   7. scrypt.h    keys from passwords (RFC 7914)
//
// It never draws randomness of its own: entropy is always an argument. It never throws for what an
// attacker can send (that is nullopt or false); a failure inside OpenSSL throws std::runtime_error, because
// then nothing that follows could be trusted.
#pragma once

#include <array>

#include "base/bytes.h"

namespace godesk::crypto {

using Digest16 = std::array<std::uint8_t, 16>;
using Digest20 = std::array<std::uint8_t, 20>;
using Digest32 = std::array<std::uint8_t, 32>;

Digest32 sha256(ByteView message);
/// Only where a standard wants it: HMAC-SHA1 and the WebSocket handshake.
Digest20 sha1(ByteView message);
/// Only for the long-term key of STUN (RFC 8489 9.2.2).
Digest16 md5(ByteView message);

Digest32 hmac_sha256(ByteView key, ByteView message);
/// MESSAGE-INTEGRITY (RFC 8489 14.5) and time-limited TURN credentials.
Digest20 hmac_sha1(ByteView key, ByteView message);

}  // namespace godesk::crypto
