// IP addresses and endpoints as values, with one text form each: "192.0.2.1:5", "[2001:db8::1]:5".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace godesk {

enum class Family : std::uint8_t { v4 = 4, v6 = 6 };

class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(std::uint32_t host_order);
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(std::array<std::uint8_t, 16> bytes);
  static IpAddress any(Family family);
  /// Dotted quad or RFC 4291 text; no brackets, no zone, no leading zeros in a quad.
  static std::optional<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::v4; }
  /// 4 or 16 bytes in network order.
  ByteView bytes() const { return {bytes_.data(), is_v4() ? 4u : 16u}; }
  std::uint32_t v4_bits() const;

  bool is_unspecified() const;
  bool is_loopback() const;
  bool is_multicast() const;
  bool is_link_local() const;
  /// RFC 1918, 100.64/10, fc00::/7: reachable, but not from everywhere.
  bool is_private() const;
  /// Private, link-local or loopback: means something on its own network or computer only.
  bool is_local() const { return is_private() || is_link_local() || is_loopback(); }

  /// The IPv4 inside ::ffff:a.b.c.d; any other address unchanged.
  IpAddress unmapped() const;
  /// The first `bits` bits, the rest zero.
  IpAddress prefix(int bits) const;

  std::string to_string() const;
  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::v4;
  std::array<std::uint8_t, 16> bytes_{};
};

struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;

  /// "192.0.2.1:5" or "[2001:db8::1]:5"; the port is required.
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  Family family() const { return ip.family(); }
  auto operator<=>(const Endpoint&) const = default;
};

/// "10.0.0.0/8"; a bare address is its own /32 or /128.
struct Cidr {
  IpAddress network;
  int bits = 0;

  static std::optional<Cidr> parse(std::string_view text);
  bool contains(const IpAddress& ip) const;
};

}  // namespace godesk

template <>
struct std::hash<godesk::IpAddress> {
  std::size_t operator()(const godesk::IpAddress& ip) const noexcept {
    return std::hash<std::string_view>{}(godesk::text_of(ip.bytes()));
  }
};
template <>
struct std::hash<godesk::Endpoint> {
  std::size_t operator()(const godesk::Endpoint& e) const noexcept {
    return std::hash<godesk::IpAddress>{}(e.ip) * 31 + e.port;
  }
};
