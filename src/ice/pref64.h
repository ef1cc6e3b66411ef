// What a router says of the network's NAT64 in its advertisements: option PREF64 (RFC 8781).
//
//   0  type, 38      1  length in units of 8 bytes, 2
//   2  lifetime in units of 8 s (13 bits), prefix length code (3 bits): 0 to 5 for 96, 64, 56, 48, 40, 32
//   bits 4  the highest 96 bits of the prefix
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/time.h"
#include "ice/nat_profile.h"

namespace godesk::ice {

struct Pref64 {
  Nat64Prefix prefix;
  std::chrono::seconds lifetime{};  // from now on; 0: the prefix is not to be used any more
  bool operator==(const Pref64&) const = default;
};

/// One neighbour discovery option; nothing where it is another one, or where it is not exactly of this form:
/// a code of 6 or 7, bits behind the prefix, or any in its reserved byte (RFC 6052 2.2).
std::optional<Pref64> decode_pref64(ByteView option);
/// Its form on the wire; the lifetime is cut to whole units and to 65528 s.
Buffer encode_pref64(const Pref64& pref64);

}  // namespace godesk::ice
