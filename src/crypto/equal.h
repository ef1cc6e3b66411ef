// Comparison of secrets (MACs, tags, verifiers) in time that depends on their lengths only.
#pragma once

#include "base/bytes.h"

namespace godesk::crypto {

/// True if both have the same length and content. Lengths are not secret.
bool equal(ByteView a, ByteView b);

}  // namespace godesk::crypto
