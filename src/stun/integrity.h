// The two checks that cover a message's own prefix: MESSAGE-INTEGRITY(-SHA256) and FINGERPRINT.
// Both are computed as if the message ended right after the attribute (RFC 8489 14.5-14.7).
#pragma once

#include "base/bytes.h"

namespace godesk::stun {

inline constexpr std::uint32_t kFingerprintXor = 0x5354554E;

/// `prefix` is the message up to the attribute's header; `attribute_value` the length of its value.
Buffer mac_sha1(ByteView prefix, std::size_t attribute_value, ByteView key);
Buffer mac_sha256(ByteView prefix, std::size_t attribute_value, ByteView key);
std::uint32_t fingerprint_of(ByteView prefix);

}  // namespace godesk::stun
