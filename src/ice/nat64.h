// IPv4 addresses as an IPv6-only network with NAT64 writes them (RFC 6052), and how its prefix is learned
// (RFC 7050). Pure functions.
//
// A NAT64 maps endpoint-independently by rule (RFC 6146 3.5.1): a side behind one reaches the peer's IPv4
// candidates under nat64_address(), and what a STUN server sees when it is asked under such an address is
// that side's own IPv4 candidate.
#pragma once

#include <optional>
#include <vector>

#include "ice/nat_profile.h"

namespace godesk::ice {

/// The name that only a NAT64's resolver gives IPv6 addresses (RFC 7050 2.2).
inline constexpr const char* kNat64Name = "ipv4only.arpa";

/// Where `v4` is, seen from a network with this prefix (RFC 6052 2.2).
IpAddress nat64_address(const Nat64Prefix& prefix, const IpAddress& v4);
Endpoint nat64_endpoint(const Nat64Prefix& prefix, const Endpoint& v4);
/// The IPv4 address written in `v6`; nothing where `v6` is not of this prefix.
std::optional<IpAddress> nat64_embedded(const Nat64Prefix& prefix, const IpAddress& v6);
/// From what the system's resolver says of kNat64Name; nothing without NAT64 (RFC 7050 3).
std::optional<Nat64Prefix> nat64_prefix(const std::vector<IpAddress>& answers);

}  // namespace godesk::ice
