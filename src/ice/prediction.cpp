#include "ice/prediction.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace godesk::ice {
namespace {

constexpr std::size_t kTellingPorts = 8;
constexpr std::uint32_t kWholeSpan = 65536 - kLowestPort;

Filtering filter_of(const NatProfile& p) {
  // What was not measured is taken for the strictest: then the technique works whatever it is.
  return p.filtering == Filtering::unknown ? Filtering::address_and_port_dependent : p.filtering;
}

bool filters_by_port(const NatProfile& p) { return filter_of(p) == Filtering::address_and_port_dependent; }
bool filter_open(const NatProfile& p) { return filter_of(p) == Filtering::endpoint_independent; }
/// A server with one address and one port cannot tell: then it may.
bool varies(const NatProfile& p) { return symmetric(p) || p.mapping == Mapping::unknown; }
bool per_address(const NatProfile& p) { return p.mapping == Mapping::address_dependent; }
bool stands(const NatProfile& p) { return !varies(p); }
bool declares(const NatProfile& p) { return varies(p) && p.allocation == Allocation::preserving; }
bool measures(const NatProfile& p) {
  return varies(p) && p.allocation == Allocation::sequential && p.step != 0;
}
bool opaque(const NatProfile& p) { return !stands(p) && !declares(p) && !measures(p); }

Part own_part(const NatProfile& p) {
  if (stands(p)) return Part::stand;
  return declares(p) ? Part::declare : Part::measure;
}

/// Its port towards all ports of one address can be known.
bool can_probe(const NatProfile& p) { return stands(p) || (per_address(p) && !opaque(p)); }

/// A datagram from a port that nobody knew before gets in at `in`, and the answer, wherever it leaves from,
/// gets back in at `out`.
bool tolerates_unknown(const NatProfile& in, const NatProfile& out) {
  return !filters_by_port(in) && (per_address(in) || !filters_by_port(out));
}

Plan covering(const NatProfile& caller, const NatProfile& host, unsigned round) {
  Plan plan;
  plan.technique = Technique::cover;
  // The follower has to hit a number with its counter, so the quieter network follows.
  const bool host_follows = (host.flows_per_second <= caller.flows_per_second) == (round % 2 == 0);
  plan.caller = host_follows ? Part::lead : Part::follow;
  plan.host = host_follows ? Part::follow : Part::lead;
  return plan;
}

Plan opening(const NatProfile& opener, const NatProfile& prober, bool caller_opens) {
  Plan plan;
  plan.caller = caller_opens ? Part::open : Part::probe;
  plan.host = caller_opens ? Part::probe : Part::open;
  plan.fresh_prober = can_probe(prober) && !stands(prober);
  const bool block = opener.allocation == Allocation::block && opener.block_size <= kWholeSpan / 2;
  plan.technique = block ? Technique::block : Technique::birthday;
  plan.sockets = block ? block_sockets(opener.block_size) : kMaxPunchSockets;
  plan.first = block ? std::max(opener.block_base, kLowestPort) : kLowestPort;
  plan.span = block ? std::min<std::uint32_t>(opener.block_size, 65536u - plan.first) : kWholeSpan;
  plan.probes = block ? probes_needed(plan.sockets, plan.span) : kMaxProbes;
  return plan;
}

bool known(const NatProfile& p) { return p.outside && !p.udp_blocked; }

}  // namespace

std::string_view name(Technique technique) {
  switch (technique) {
    case Technique::plain:
      return "plain";
    case Technique::predict:
      return "predict";
    case Technique::cover:
      return "cover";
    case Technique::block:
      return "block";
    case Technique::birthday:
      return "birthday";
    case Technique::impossible:
      return "impossible";
  }
  return "plain";
}

std::string_view name(Part part) {
  switch (part) {
    case Part::none:
      return "none";
    case Part::stand:
      return "stand";
    case Part::declare:
      return "declare";
    case Part::measure:
      return "measure";
    case Part::lead:
      return "lead";
    case Part::follow:
      return "follow";
    case Part::open:
      return "open";
    case Part::probe:
      return "probe";
  }
  return "none";
}

// ---- the plan

bool plain_works(const NatProfile& a, const NatProfile& b) {
  if ((varies(a) && filters_by_port(b)) || (varies(b) && filters_by_port(a))) return false;
  return !varies(a) || !varies(b) || filter_open(a) || filter_open(b);
}

bool both_symmetric(const NatProfile& a, const NatProfile& b) { return symmetric(a) && symmetric(b); }

Plan make_plan(const NatProfile& caller, const NatProfile& host, unsigned round) {
  if (!known(caller) || !known(host) || caller.outside == host.outside || plain_works(caller, host))
    return {};
  if (measures(caller) && measures(host)) return covering(caller, host, round);
  Plan plan;
  plan.technique = Technique::predict;
  plan.caller = own_part(caller), plan.host = own_part(host);
  if (!opaque(caller) && !opaque(host)) return plan;
  if (opaque(caller) && can_probe(host)) return opening(caller, host, true);
  if (opaque(host) && can_probe(caller)) return opening(host, caller, false);
  // The opaque side sends from an unknown port to a port that the other one names.
  if (!opaque(caller) && tolerates_unknown(caller, host)) return plan.host = Part::stand, plan;
  if (!opaque(host) && tolerates_unknown(host, caller)) return plan.caller = Part::stand, plan;
  const bool host_opens = opaque(host) && tolerates_unknown(host, caller);
  const bool caller_opens = opaque(caller) && tolerates_unknown(caller, host);
  // A block is met with far fewer packets.
  if (host_opens && !(caller_opens && caller.allocation == Allocation::block))
    return opening(host, caller, false);
  if (caller_opens) return opening(caller, host, true);
  plan = {};
  plan.technique = Technique::impossible;
  return plan;
}

// ---- ports that are counted

std::vector<std::uint16_t> measured_ports(std::uint16_t before, std::uint16_t after, int step) {
  std::vector<std::uint16_t> ports;
  const int distance = int{after} - int{before};
  if (step == 0 || distance % step != 0) return ports;
  const int between = distance / step - 1;
  if (between < 1 || between > static_cast<int>(kTellingPorts)) return ports;
  for (int i = 1; i <= between; ++i) ports.push_back(static_cast<std::uint16_t>(before + i * step));
  return ports;
}

std::size_t drift(std::uint16_t flows_per_second, Duration time) {
  const double mean = flows_per_second * to_ms(time) / 1000;
  return static_cast<std::size_t>(std::ceil(mean + 3 * std::sqrt(2 * mean)));
}

std::size_t window(std::uint16_t flows_per_second, Duration time) {
  const double mean = flows_per_second * to_ms(time) / 1000;
  return static_cast<std::size_t>(std::clamp(8 * std::sqrt(2 * mean), 16.0, 512.0));
}

std::uint16_t port_ahead(std::uint16_t last, int step, std::uint16_t flows_per_second, Duration time) {
  constexpr std::size_t kSlack = 6;  // the follower's own questions use up some
  const int port = last + step * static_cast<int>(drift(flows_per_second, time) + kSlack);
  if (port >= kLowestPort && port <= 65535) return static_cast<std::uint16_t>(port);
  return 0;  // the counter is about to start anew, nobody knows where
}

std::size_t sockets_to_reach(std::uint16_t last, std::uint16_t wanted, int step) {
  if (step == 0) return 0;
  const int steps = (int{wanted} - int{last}) / step;
  return steps < 1 || steps > static_cast<int>(kMaxPunchSockets) ? 0 : static_cast<std::size_t>(steps);
}

// ---- ports that are drawn

std::size_t block_sockets(std::uint32_t block_size) {
  return std::clamp<std::size_t>(block_size / 8, 32, 128);
}

std::size_t probes_needed(std::size_t sockets, std::uint32_t span) {
  constexpr double kMiss = 4.6;  // -ln 0.01
  const double probes = kMiss * span / static_cast<double>(std::max<std::size_t>(sockets, 1));
  const auto needed = static_cast<std::size_t>(std::clamp(probes, 150.0, double{kMaxProbes}));
  return std::min<std::size_t>(needed, span);
}

double hit_chance(std::size_t sockets, std::size_t probes, std::uint32_t span) {
  double miss = 1;
  for (std::size_t i = 0; i < probes; ++i) {
    const double left = static_cast<double>(span) - static_cast<double>(i);
    if (left <= static_cast<double>(sockets)) return 1;
    miss *= 1 - static_cast<double>(sockets) / left;
  }
  return 1 - miss;
}

PortWalk::PortWalk(std::uint16_t first, std::uint32_t span, Random& random)
    : first_(first), span_(std::max<std::uint32_t>(span, 1)) {
  at_ = random.below(span_);
  // Any stride without a common divisor visits all.
  do stride_ = 1 + random.below(span_);
  while (std::gcd(stride_, span_) != 1);
}

std::uint16_t PortWalk::next() {
  at_ = static_cast<std::uint32_t>((std::uint64_t{at_} + stride_) % span_);
  return static_cast<std::uint16_t>(first_ + at_);
}

}  // namespace godesk::ice
