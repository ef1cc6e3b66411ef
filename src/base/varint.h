// Integers that take as many bytes as they need: one, two, four or eight, as in QUIC (RFC 9000 16). The
// reader takes only the shortest form, so that a message has one form on the wire.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace godesk {

inline constexpr std::uint64_t kMaxVarint = (std::uint64_t{1} << 62) - 1;

/// `value`: at most kMaxVarint.
inline Writer& put_varint(Writer& to, std::uint64_t value) {
  if (value < 1u << 6) return to.u8(static_cast<std::uint8_t>(value));
  if (value < 1u << 14) return to.u16(static_cast<std::uint16_t>(value | 0x4000));
  if (value < 1u << 30) return to.u32(static_cast<std::uint32_t>(value | 0x80000000));
  return to.u64(value | 0xc000000000000000);
}

/// `in` fails where it ends too early, and at a longer form than needed.
inline std::uint64_t take_varint(Reader& in) {
  const std::uint8_t first = in.u8();
  const int bytes = 1 << (first >> 6);
  std::uint64_t value = first & 0x3f;
  for (int i = 1; i < bytes; ++i) value = value << 8 | in.u8();
  const bool longer_than_needed = bytes > 1 && value < std::uint64_t{1} << (bytes == 2 ? 6 : 4 * bytes - 2);
  if (longer_than_needed) in.skip(in.left() + 1);
  return value;
}

}  // namespace godesk
