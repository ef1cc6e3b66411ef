#include "turn/address_policy.h"

#include <algorithm>
#include <array>

namespace godesk::turn {
namespace {

bool in(const IpAddress& ip, const Cidr& range) { return range.contains(ip); }

template <std::size_t N>
std::array<Cidr, N> ranges(const char* const (&texts)[N]) {
  std::array<Cidr, N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = *Cidr::parse(texts[i]);
  return out;
}

template <class Ranges>
bool in_any(const IpAddress& ip, const Ranges& list) {
  return std::any_of(list.begin(), list.end(), [&](const Cidr& range) { return in(ip, range); });
}

IpAddress last_four(const IpAddress& ip) {
  std::array<std::uint8_t, 4> bytes{};
  std::copy_n(ip.bytes().begin() + 12, 4, bytes.begin());
  return IpAddress::v4(bytes);
}

/// Not global unicast, whatever stands next to it in the registry.
bool is_special_v4(const IpAddress& ip) {
  static const auto kSpecial = ranges({
      "0.0.0.0/8",       // this network
      "10.0.0.0/8",      // RFC 1918
      "100.64.0.0/10",   // carrier-grade NAT
      "127.0.0.0/8",     // loopback
      "169.254.0.0/16",  // link-local, and the metadata service of clouds
      "172.16.0.0/12",   // RFC 1918
      "192.0.0.0/24",    // IETF protocol assignments
      "192.88.99.0/24",  // 6to4 anycast, deprecated
      "192.168.0.0/16",  // RFC 1918
      "198.18.0.0/15",   // benchmarking
      "224.0.0.0/4",     // multicast
      "240.0.0.0/4",     // reserved, and the broadcast address
  });
  return in_any(ip, kSpecial);
}

bool is_special_v6(const IpAddress& ip) {
  static const Cidr kGlobalUnicast = *Cidr::parse("2000::/3");
  static const auto kSpecial = ranges({
      "2001::/23",  // IETF protocol assignments: Teredo, benchmarking, ORCHID
      "2002::/16",  // 6to4
      "3fff::/20",  // documentation, RFC 9637
  });
  return !in(ip, kGlobalUnicast) || in_any(ip, kSpecial);
}

}  // namespace

std::optional<IpAddress> normalise(const IpAddress& peer) {
  static const auto kTunnels = ranges({"2002::/16", "2001::/32"});
  static const auto kWrappers = ranges({"::ffff:0:0/96", "64:ff9b::/96", "::/96"});
  if (peer.is_v4()) return peer;
  if (in_any(peer, kTunnels)) return std::nullopt;
  if (peer.is_unspecified() || peer.is_loopback()) return peer;  // inside ::/96, but not IPv4
  return in_any(peer, kWrappers) ? last_four(peer) : peer;
}

bool is_public(const IpAddress& ip) { return ip.is_v4() ? !is_special_v4(ip) : !is_special_v6(ip); }

void AddressPolicy::set_own(const std::vector<IpAddress>& addresses) {
  own_.clear();
  for (const IpAddress& ip : addresses) own_.insert(ip.unmapped());
}

bool AddressPolicy::allows(const IpAddress& ip) const {
  if (in_any(ip, config_.deny)) return false;
  if (is_own(ip)) {
    return std::any_of(config_.allow.begin(), config_.allow.end(), [&](const Cidr& range) {
      return range.network == ip && range.bits == (ip.is_v4() ? 32 : 128);
    });
  }
  return is_public(ip) || in_any(ip, config_.allow);
}

}  // namespace godesk::turn
