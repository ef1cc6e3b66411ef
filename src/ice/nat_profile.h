// What one's own network does to UDP, in RFC 4787's words, and its form on the wire.
//
//   1. link/profile_probe measures it in the background; what is not known yet says so.
//   2. It travels to the peer only where its address may (after login, or to an authorised caller).
//   3. prediction.h makes a plan of one's own and the peer's.
//
// It judges nothing and holds no address but the one that servers see anyway.
//
// On the wire, integers big-endian, 24 bytes and up to two addresses:
//   0   version, 1
//   1   flags: 1 UDP is blocked, 2 hairpin known, 4 it hairpins, 8 IPv6, 16 IPv6 firewall known, 32 IPv6 is
//       filtered, 64 an HTTP proxy is the way out; 128 is 0
//   2   mapping, filtering, allocation, distance in hops (a byte each)
//   6   step (16, signed), flows a second (16), block base (16), block size - 1 (16), mapping life in s (16)
//   16  last port seen (16), its age in ms (32); 0 0 when nothing was sampled
//   22  0 or 4, then that many bytes: the IPv4 address that servers see
//   +1  0 or 13, then that many: length of the NAT64 prefix in bits (32, 40, 48, 56, 64 or 96), 12 bytes of
//   it
#pragma once

#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"

namespace godesk::ice {

/// RFC 4787 4.1: what the outside port depends on.
enum class Mapping : std::uint8_t {
  unknown,
  none,                        // a public address of our own
  endpoint_independent,        // one for all destinations
  address_dependent,           // one for each destination address
  address_and_port_dependent,  // one for each destination
};
std::string_view name(Mapping mapping);

/// RFC 4787 5: whom an existing mapping lets in.
enum class Filtering : std::uint8_t {
  unknown,
  endpoint_independent,        // anyone
  address_dependent,           // whom we sent to, from any port
  address_and_port_dependent,  // exactly whom we sent to
};
std::string_view name(Filtering filtering);

/// RFC 4787 4.2: how outside ports are chosen.
enum class Allocation : std::uint8_t {
  unknown,
  preserving,  // the inside port where it is free
  sequential,  // `step` further for each new mapping of anyone behind the NAT
  block,       // anywhere in this subscriber's block
  random,      // anywhere
};
std::string_view name(Allocation allocation);

/// RFC 6052 2.2: 32, 40, 48, 56, 64 or 96 bits.
struct Nat64Prefix {
  IpAddress network = IpAddress::any(Family::v6);
  int bits = 96;
  bool operator==(const Nat64Prefix&) const = default;
};

struct NatProfile {
  Mapping mapping = Mapping::unknown;
  Filtering filtering = Filtering::unknown;
  Allocation allocation = Allocation::unknown;
  std::int16_t step = 1;               // sequential: from one mapping to the next
  std::uint16_t flows_per_second = 0;  // sequential: new mappings of others
  std::uint16_t block_base = 0;        // block: its first port
  std::uint32_t block_size = 65536;    // block: 1..65536 ports
  std::uint16_t last_port = 0;         // the newest outside port that was sampled; 0: none
  Duration last_port_age{};            // at the moment of telling; whole ms
  Duration mapping_life{};             // silent mappings live so long; whole s, 0: unknown
  std::uint8_t distance = 0;           // hops to the outermost NAT; 0: unknown
  bool udp_blocked = false;
  bool proxy = false;
  std::optional<bool> hairpin;
  bool ipv6 = false;                  // a global address of our own
  std::optional<bool> ipv6_filtered;  // only answers come in (RFC 6092)
  std::optional<IpAddress> outside;   // IPv4, as servers see us
  std::optional<Nat64Prefix> nat64;

  bool operator==(const NatProfile&) const = default;
};

/// True when a mapping made towards a server says nothing certain of the one towards a peer.
inline bool symmetric(const NatProfile& p) {
  return p.mapping == Mapping::address_dependent || p.mapping == Mapping::address_and_port_dependent;
}

inline constexpr std::size_t kMaxProfileBytes = 41;

enum class ProfileError {
  bad_version,     // not 1
  bad_value,       // an enum, flag, block, address or prefix that no sender of ours gives
  truncated,       // ends early
  trailing_bytes,  // goes on after its end
};

/// Durations are cut to what their fields hold.
Buffer encode_profile(const NatProfile& profile);
Result<NatProfile, ProfileError> decode_profile(ByteView bytes);

}  // namespace godesk::ice
