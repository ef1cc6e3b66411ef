// The value of (XOR-)MAPPED-ADDRESS and its kin: a reserved byte, family, port, address (RFC 8489 14.1-14.2).
#pragma once

#include <optional>

#include "base/address.h"
#include "stun/attributes.h"

namespace godesk::stun {

std::optional<Endpoint> decode_address(ByteView value);
Buffer encode_address(const Endpoint& e);

/// XOR with magic cookie and transaction id; its own inverse.
Endpoint xored(const Endpoint& e, const TransactionId& transaction);

}  // namespace godesk::stun
