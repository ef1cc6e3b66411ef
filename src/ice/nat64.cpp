#include "ice/nat64.h"

#include <algorithm>
#include <array>

namespace godesk::ice {
namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

constexpr std::size_t kReserved = 8;  // bits 64 to 71 are zero (RFC 6052 2.2)

Bytes16 bytes_of_v6(const IpAddress& ip) {
  Bytes16 out{};
  std::copy(ip.bytes().begin(), ip.bytes().end(), out.begin());
  return out;
}

/// The four bytes after the prefix, which step over the reserved one.
std::array<std::size_t, 4> places(int bits) {
  std::array<std::size_t, 4> out{};
  std::size_t at = static_cast<std::size_t>(bits) / 8;
  for (std::size_t& place : out) {
    if (at == kReserved) ++at;
    place = at++;
  }
  return out;
}

}  // namespace

IpAddress nat64_address(const Nat64Prefix& prefix, const IpAddress& v4) {
  Bytes16 bytes = bytes_of_v6(prefix.network);
  const auto where = places(prefix.bits);
  for (std::size_t i = 0; i < where.size(); ++i) bytes[where[i]] = v4.bytes()[i];
  return IpAddress::v6(bytes);
}

Endpoint nat64_endpoint(const Nat64Prefix& prefix, const Endpoint& v4) {
  return {nat64_address(prefix, v4.ip), v4.port};
}

std::optional<IpAddress> nat64_embedded(const Nat64Prefix& prefix, const IpAddress& v6) {
  if (v6.is_v4() || v6.prefix(prefix.bits) != prefix.network) return std::nullopt;
  const Bytes16 bytes = bytes_of_v6(v6);
  std::array<std::uint8_t, 4> v4{};
  const auto where = places(prefix.bits);
  for (std::size_t i = 0; i < where.size(); ++i) v4[i] = bytes[where[i]];
  return IpAddress::v4(v4);
}

std::optional<Nat64Prefix> nat64_prefix(const std::vector<IpAddress>& answers) {
  const std::array known = {IpAddress::v4(0xC00000AA), IpAddress::v4(0xC00000AB)};  // RFC 7050 8.2
  for (int bits : {96, 64, 56, 48, 40, 32}) {
    for (const IpAddress& answer : answers) {
      if (answer.is_v4()) continue;
      const Nat64Prefix prefix{answer.prefix(bits), bits};
      // The whole address must be what the prefix makes: the bytes behind are zero.
      if (std::any_of(known.begin(), known.end(),
                      [&](const IpAddress& v4) { return nat64_address(prefix, v4) == answer; }))
        return prefix;
    }
  }
  return std::nullopt;
}

}  // namespace godesk::ice
