// How fuzz targets read a STUN message from their input, so that mutations reach the handlers instead of
// dying at a length field: attributes are listed as (kind, length, value) and written by stun::Builder.
#pragma once

#include <algorithm>

#include "stun/stun.h"

namespace fuzz {

using namespace godesk;

inline constexpr stun::Attr kAttributes[] = {
    stun::Attr::xor_peer_address,
    stun::Attr::data,
    stun::Attr::channel_number,
    stun::Attr::lifetime,
    stun::Attr::requested_transport,
    stun::Attr::requested_address_family,
    stun::Attr::even_port,
    stun::Attr::reservation_token,
    stun::Attr::dont_fragment,
    stun::Attr::additional_address_family,
    stun::Attr::xor_relayed_address,
    stun::Attr::xor_mapped_address,
    stun::Attr::mapped_address,
    stun::Attr::error_code,
    stun::Attr::realm,
    stun::Attr::nonce,
    stun::Attr::username,
    stun::Attr::address_error_code,
    stun::Attr::unknown_attributes,
    stun::Attr::change_request,
    stun::Attr::padding,
    stun::Attr::response_port,
    stun::Attr::message_integrity,
    stun::Attr::quic_epoch,
};

/// Takes at most `n` bytes, fewer at the end of the input.
inline ByteView some(Reader& in, std::size_t n) { return in.take(std::min(n, in.left())); }

/// kind 128..255: an XOR-ed address written properly; else an attribute of the table, or any type at all.
inline void add_attributes(Reader& in, stun::Builder& b) {
  const int count = in.u8() % 8;
  for (int i = 0; i < count && !in.empty(); ++i) {
    const std::uint8_t kind = in.u8();
    if (kind >= 128) {
      const auto type = kAttributes[kind % 2 == 0 ? 0 : 10];
      Endpoint e;
      e.port = in.u16();
      e.ip = IpAddress::v4(in.u32());
      if (kind >= 192) {
        std::array<std::uint8_t, 16> v6{};
        ByteView bytes = some(in, 16);
        std::copy(bytes.begin(), bytes.end(), v6.begin());
        e.ip = IpAddress::v6(v6);
      }
      b.xor_address(type, e);
      continue;
    }
    const auto type = kind < std::size(kAttributes) ? kAttributes[kind] : static_cast<stun::Attr>(in.u16());
    b.bytes(type, some(in, in.u8()));
  }
}

}  // namespace fuzz
