// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.
//
// A nonce must never be used twice under one key; choosing it is the caller's task.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.h"

namespace godesk::crypto {

using AeadKey = std::array<std::uint8_t, 32>;
using AeadNonce = std::array<std::uint8_t, 12>;
inline constexpr std::size_t kAeadTagSize = 16;

/// Ciphertext (as long as the plain text) followed by the tag.
Buffer seal(const AeadKey& key, const AeadNonce& nonce, ByteView associated, ByteView plain);

/// The plain text, or nothing if key, nonce, associated data, ciphertext or tag do not belong together.
std::optional<Buffer> open(const AeadKey& key, const AeadNonce& nonce, ByteView associated, ByteView sealed);

}  // namespace godesk::crypto
