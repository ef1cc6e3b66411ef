#include "sim/population/omniscient.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace godesk::population {
namespace {

constexpr double kSure = 0.95;
constexpr double kSockets = 256, kProbes = 900, kPorts = 64512, kBlockProbes = 150;
constexpr double kPunchSeconds = 0.02;  // in which both sides open their holes

enum class Port { still, counted, block, random };
enum class Filter { open, address, strict };

struct Side {
  Port port = Port::still;
  Filter filter = Filter::strict;
};

/// As this side appears on the IPv4 internet.
Side side(const Access& a) {
  if (a.ipv6_only) return {Port::still, Filter::address};  // NAT64
  switch (a.nat) {
    case NatClass::open:
    case NatClass::ei_ei:
      return {Port::still, Filter::open};
    case NatClass::ei_ad:
      return {Port::still, Filter::address};
    case NatClass::apd_sequential:
      return {Port::counted, Filter::strict};
    case NatClass::apd_random:
      return {Port::random, Filter::strict};
    case NatClass::apd_block:
      return {Port::block, Filter::strict};
    default:
      return {Port::still, Filter::strict};
  }
}

/// One side's port stands still and the other's does not: its packets get in if the filter of the first
/// does not look at ports.
bool plain_works(const Side& a, const Side& b) {
  if (a.port == Port::still && b.port == Port::still) return true;
  if (a.port == Port::still) return a.filter != Filter::strict;
  return b.port == Port::still && b.filter != Filter::strict;
}

/// 1 - C(space - sockets, probes) / C(space, probes), nearly.
double hit_chance(double sockets, double probes, double space) {
  return 1 - std::pow(1 - sockets / space, probes);
}

bool probing_is_sure(const Access& opener, Port port) {
  if (port == Port::random) return hit_chance(kSockets, kProbes, kPorts) > kSure;
  const double sockets = std::clamp(opener.block_size / 8.0, 32.0, 128.0);
  return hit_chance(sockets, kBlockProbes, opener.block_size) > kSure;
}

bool probing_is_refused(const Access& opener, const Access& prober) {
  return opener.sessions > 0 || prober.sessions > 0 || prober.scan_ports > 0;
}

double counters_meet(const Access& a, const Access& b) {
  auto one = [](const Access& x) { return kSockets / (kSockets + x.flows_per_second * kPunchSeconds); };
  return one(a) * one(b);
}

/// Only `moving`'s ports depend on the destination.
Judgement judge_hard(const Access& moving, Port port, const Access& still) {
  Judgement j;
  if (port == Port::counted) {
    j.way = Way::predicted;
  } else if (probing_is_sure(moving, port)) {
    j.refused = probing_is_refused(moving, still);
    if (!j.refused) j.way = port == Port::block ? Way::block : Way::birthday;
  }
  return j;
}

Judgement judge_v4(const Pair& p) {
  const Side a = side(p.caller), b = side(p.host);
  Judgement j;
  if (plain_works(a, b)) {
    j.way = Way::plain;
  } else if (a.port == Port::still) {
    j = judge_hard(p.host, b.port, p.caller);
  } else if (b.port == Port::still) {
    j = judge_hard(p.caller, a.port, p.host);
  } else if (a.port == Port::counted && b.port == Port::counted) {
    j.refused = p.caller.sessions > 0 || p.host.sessions > 0;
    if (!j.refused && counters_meet(p.caller, p.host) > kSure) j.way = Way::both_sequential;
  }
  j.nat64 = j.way != Way::none && (p.caller.ipv6_only || p.host.ipv6_only);
  return j;
}

}  // namespace

std::string_view name(Way way) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Way::count)> kNames = {
      "none", "ipv6", "plain", "predicted", "both-sequential", "block", "birthday"};
  return kNames[static_cast<std::size_t>(way)];
}

bool udp_capable(const Pair& pair) {
  return pair.caller.nat != NatClass::udp_blocked && pair.host.nat != NatClass::udp_blocked;
}

bool plain_on_v4(const Pair& pair) {
  const bool v4 = !pair.caller.ipv6_only && !pair.host.ipv6_only;
  return v4 && udp_capable(pair) && plain_works(side(pair.caller), side(pair.host));
}

Judgement judge(const Pair& pair) {
  Judgement j;
  if (!udp_capable(pair)) return j;
  if (pair.caller.ipv6 && pair.host.ipv6) {
    j.way = Way::ipv6;
    return j;
  }
  return judge_v4(pair);
}

}  // namespace godesk::population
