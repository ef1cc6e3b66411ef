#include "ice/nat_profile.h"

#include <algorithm>
#include <array>

namespace godesk::ice {
namespace {

constexpr std::uint8_t kVersion = 1;

enum Flag : std::uint8_t {
  udp_blocked = 1,
  hairpin_known = 2,
  hairpins = 4,
  has_ipv6 = 8,
  ipv6_filter_known = 16,
  ipv6_filters = 32,
  behind_proxy = 64,
  undefined = 128,
};

std::uint8_t flags_of(const NatProfile& p) {
  int flags = 0;
  if (p.udp_blocked) flags |= udp_blocked;
  if (p.hairpin) flags |= hairpin_known | (*p.hairpin ? hairpins : 0);
  if (p.ipv6) flags |= has_ipv6;
  if (p.ipv6_filtered) flags |= ipv6_filter_known | (*p.ipv6_filtered ? ipv6_filters : 0);
  if (p.proxy) flags |= behind_proxy;
  return static_cast<std::uint8_t>(flags);
}

bool read_flags(std::uint8_t flags, NatProfile& p) {
  if (flags & undefined) return false;
  if ((flags & hairpins) && !(flags & hairpin_known)) return false;
  if ((flags & ipv6_filters) && !(flags & ipv6_filter_known)) return false;
  p.udp_blocked = flags & udp_blocked;
  if (flags & hairpin_known) p.hairpin = (flags & hairpins) != 0;
  p.ipv6 = flags & has_ipv6;
  if (flags & ipv6_filter_known) p.ipv6_filtered = (flags & ipv6_filters) != 0;
  p.proxy = flags & behind_proxy;
  return true;
}

template <class Enum>
bool read_enum(Reader& r, Enum last, Enum& out) {
  const std::uint8_t value = r.u8();
  out = static_cast<Enum>(value);
  return value <= static_cast<std::uint8_t>(last);
}

bool sound_prefix_length(int bits) {
  constexpr std::array kLengths = {32, 40, 48, 56, 64, 96};
  return std::find(kLengths.begin(), kLengths.end(), bits) != kLengths.end();
}

bool read_outside(Reader& r, NatProfile& p) {
  const std::uint8_t length = r.u8();
  if (length == 0) return true;
  if (length != 4) return false;
  p.outside = IpAddress::v4(r.u32());
  return true;
}

bool read_nat64(Reader& r, NatProfile& p) {
  const std::uint8_t length = r.u8();
  if (length == 0) return true;
  if (length != 13) return false;
  Nat64Prefix prefix;
  prefix.bits = r.u8();
  std::array<std::uint8_t, 16> network{};
  const ByteView bytes = r.take(12);
  std::copy(bytes.begin(), bytes.end(), network.begin());
  prefix.network = IpAddress::v6(network);
  p.nat64 = prefix;
  return sound_prefix_length(prefix.bits) && prefix.network == prefix.network.prefix(prefix.bits);
}

bool read_ports(Reader& r, NatProfile& p) {
  p.step = static_cast<std::int16_t>(r.u16());
  p.flows_per_second = r.u16();
  p.block_base = r.u16();
  p.block_size = r.u16() + 1u;
  p.mapping_life = std::chrono::seconds(r.u16());
  p.last_port = r.u16();
  p.last_port_age = std::chrono::milliseconds(r.u32());
  return p.block_base + p.block_size <= 65536;
}

template <class Unit, class Int>
Int cut(Duration d) {
  const auto count = std::chrono::duration_cast<Unit>(d).count();
  return static_cast<Int>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<Int>::max()));
}

}  // namespace

Buffer encode_profile(const NatProfile& p) {
  Writer w(kMaxProfileBytes);
  w.u8(kVersion).u8(flags_of(p));
  w.u8(static_cast<std::uint8_t>(p.mapping)).u8(static_cast<std::uint8_t>(p.filtering));
  w.u8(static_cast<std::uint8_t>(p.allocation)).u8(p.distance);
  w.u16(static_cast<std::uint16_t>(p.step)).u16(p.flows_per_second);
  w.u16(p.block_base).u16(static_cast<std::uint16_t>(p.block_size - 1));
  w.u16(cut<std::chrono::seconds, std::uint16_t>(p.mapping_life));
  w.u16(p.last_port).u32(cut<std::chrono::milliseconds, std::uint32_t>(p.last_port_age));
  w.u8(p.outside ? 4 : 0);
  if (p.outside) w.bytes(p.outside->bytes());
  w.u8(p.nat64 ? 13 : 0);
  if (p.nat64) w.u8(static_cast<std::uint8_t>(p.nat64->bits)).bytes(p.nat64->network.bytes().first(12));
  return w.take();
}

Result<NatProfile, ProfileError> decode_profile(ByteView bytes) {
  Reader r(bytes);
  if (r.u8() != kVersion) return Failure{r.failed() ? ProfileError::truncated : ProfileError::bad_version};
  NatProfile p;
  bool sound = read_flags(r.u8(), p);
  sound &= read_enum(r, Mapping::address_and_port_dependent, p.mapping);
  sound &= read_enum(r, Filtering::address_and_port_dependent, p.filtering);
  sound &= read_enum(r, Allocation::random, p.allocation);
  p.distance = r.u8();
  sound &= read_ports(r, p);
  sound = sound && read_outside(r, p) && read_nat64(r, p);
  if (r.failed()) return Failure{ProfileError::truncated};
  if (!sound) return Failure{ProfileError::bad_value};
  if (!r.empty()) return Failure{ProfileError::trailing_bytes};
  return p;
}

std::string_view name(Mapping mapping) {
  switch (mapping) {
    case Mapping::unknown:
      return "unknown";
    case Mapping::none:
      return "none";
    case Mapping::endpoint_independent:
      return "endpoint-independent";
    case Mapping::address_dependent:
      return "address-dependent";
    case Mapping::address_and_port_dependent:
      return "address-and-port-dependent";
  }
  return "";
}

std::string_view name(Filtering filtering) {
  switch (filtering) {
    case Filtering::unknown:
      return "unknown";
    case Filtering::endpoint_independent:
      return "endpoint-independent";
    case Filtering::address_dependent:
      return "address-dependent";
    case Filtering::address_and_port_dependent:
      return "address-and-port-dependent";
  }
  return "";
}

std::string_view name(Allocation allocation) {
  switch (allocation) {
    case Allocation::unknown:
      return "unknown";
    case Allocation::preserving:
      return "preserving";
    case Allocation::sequential:
      return "sequential";
    case Allocation::block:
      return "block";
    case Allocation::random:
      return "random";
  }
  return "";
}

}  // namespace godesk::ice
