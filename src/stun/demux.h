// What a datagram on a shared socket is, by its first byte (RFC 9443 2).
#pragma once

#include "base/bytes.h"

namespace godesk::stun {

enum class Kind {
  stun,          // 0..3
  channel_data,  // 64..79: a TURN channel, if it came from one's own relay; else QUIC with the fixed bit
  quic,          // the fixed bit (0x40) is set
  unknown,       // empty, or none of these
};

inline Kind kind_of(ByteView datagram) {
  if (datagram.empty()) return Kind::unknown;
  const std::uint8_t first = datagram[0];
  if (first <= 3) return Kind::stun;
  if (first >= 64 && first <= 79) return Kind::channel_data;
  return (first & 0x40) != 0 ? Kind::quic : Kind::unknown;
}

}  // namespace godesk::stun
