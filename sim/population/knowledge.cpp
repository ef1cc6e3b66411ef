#include "sim/population/knowledge.h"

#include <algorithm>

namespace godesk::population {
namespace {

using ice::Allocation, ice::Filtering, ice::Mapping;

struct Words {
  Mapping mapping;
  Filtering filtering;
  Allocation allocation;
};

Words words(const Access& a) {
  constexpr auto kEi = Mapping::endpoint_independent;
  constexpr auto kSymmetric = Mapping::address_and_port_dependent;
  constexpr auto kStrict = Filtering::address_and_port_dependent;
  if (a.ipv6_only) return {kEi, Filtering::address_dependent, Allocation::random};
  switch (a.nat) {
    case NatClass::open:
      return {Mapping::none, Filtering::endpoint_independent, Allocation::preserving};
    case NatClass::ei_ei:
      return {kEi, Filtering::endpoint_independent, Allocation::preserving};
    case NatClass::ei_ad:
      return {kEi, Filtering::address_dependent, Allocation::preserving};
    case NatClass::ei_apd_random:
      return {kEi, kStrict, Allocation::random};
    case NatClass::apd_sequential:
      return {kSymmetric, kStrict, Allocation::sequential};
    case NatClass::apd_random:
      return {kSymmetric, kStrict, Allocation::random};
    case NatClass::apd_block:
      return {kSymmetric, kStrict, Allocation::block};
    default:  // a port that is the same for all looks independent
      return {kEi, kStrict, Allocation::preserving};
  }
}

}  // namespace

ice::NatProfile profile_of(const Access& a, const IpAddress& outside, const IpAddress& prefix) {
  ice::NatProfile p;
  p.ipv6 = a.ipv6;
  if (a.ipv6) p.ipv6_filtered = a.nat != NatClass::open;
  if (a.nat == NatClass::udp_blocked) {
    p.udp_blocked = true;
    return p;
  }
  const Words said = words(a);
  p.mapping = said.mapping, p.filtering = said.filtering, p.allocation = said.allocation;
  p.hairpin = a.hairpin;
  p.outside = outside;
  if (p.allocation == Allocation::sequential) {
    p.step = static_cast<std::int16_t>(a.step);
    p.flows_per_second = static_cast<std::uint16_t>(a.flows_per_second);
    p.last_port = a.first_port;
  }
  if (p.allocation == Allocation::block) p.block_base = a.block_base, p.block_size = a.block_size;
  if (a.ipv6_only) p.nat64 = ice::Nat64Prefix{prefix, 96};
  p.mapping_life = std::chrono::seconds(static_cast<int>(a.life_unanswered_s));
  return p;
}

}  // namespace godesk::population
