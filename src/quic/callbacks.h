// The functions through which ngtcp2 tells a ConnectionCore what it read.
#pragma once

#include "quic/ngtcp2_shim.h"

namespace godesk::quic {

/// The same table for both roles.
ngtcp2_callbacks callbacks();

}  // namespace godesk::quic
