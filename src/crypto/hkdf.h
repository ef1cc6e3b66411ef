// HKDF with SHA-256 (RFC 5869): extract and expand in one step.
#pragma once

#include "base/bytes.h"

namespace godesk::crypto {

/// `length` bytes from the key material. An empty salt means 32 zeros, as in the RFC.
/// Throws std::logic_error if length > 255 * 32.
Buffer hkdf_sha256(ByteView salt, ByteView key_material, ByteView info, std::size_t length);

}  // namespace godesk::crypto
