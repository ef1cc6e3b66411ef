#include "stun/address_codec.h"

#include <algorithm>

namespace godesk::stun {

std::optional<Endpoint> decode_address(ByteView value) {
  Reader r(value);
  r.skip(1);
  const std::uint8_t family = r.u8();
  const std::uint16_t port = r.u16();
  if (family == 1 && r.left() == 4) return Endpoint{IpAddress::v4(r.u32()), port};
  if (family == 2 && r.left() == 16) {
    std::array<std::uint8_t, 16> ip{};
    std::copy_n(r.rest().begin(), 16, ip.begin());
    return Endpoint{IpAddress::v6(ip), port};
  }
  return std::nullopt;
}

Buffer encode_address(const Endpoint& e) {
  return Writer(20).u8(0).u8(e.ip.is_v4() ? 1 : 2).u16(e.port).bytes(e.ip.bytes()).take();
}

Endpoint xored(const Endpoint& e, const TransactionId& transaction) {
  Endpoint out;
  out.port = static_cast<std::uint16_t>(e.port ^ (kMagicCookie >> 16));
  if (e.ip.is_v4()) {
    out.ip = IpAddress::v4(e.ip.v4_bits() ^ kMagicCookie);
    return out;
  }
  const Buffer mask = Writer(16).u32(kMagicCookie).bytes(transaction).take();
  std::array<std::uint8_t, 16> ip{};
  for (std::size_t i = 0; i < 16; ++i) ip[i] = static_cast<std::uint8_t>(e.ip.bytes()[i] ^ mask[i]);
  out.ip = IpAddress::v6(ip);
  return out;
}

}  // namespace godesk::stun
