// The oracle: which pairs of networks can speak directly, said without looking at how the product does it.
//
// Written before the core and free of its headers on purpose: the simulation runs the real core in a virtual
// world and must agree with this page for every ordered pair of networks and every seed. The rule speaks of
// IPv4 with one reflexive address per side learned from a server, and without port prediction.
//
//   relay iff (one side's mapping depends on the destination and the other filters by address and port)
//          or (both mappings depend on it and neither filter is open)
//
// Mapping and filtering are RFC 4787's words (sections 4.1 and 5), kept apart.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace godesk::oracle {

/// What the outside port, or the acceptance of an inbound datagram, depends on; each is
/// stricter than the last.
enum class Dependence { endpoint_independent, address_dependent, address_and_port_dependent };

struct NatKind {
  Dependence mapping = Dependence::endpoint_independent;
  Dependence filtering = Dependence::endpoint_independent;
  bool hairpin = false;  // hands a datagram for its own outside address back in
  bool operator==(const NatKind&) const = default;
};

/// Where a machine sits. No NAT at all is "open": a public address, mapping and filtering independent.
struct Network {
  std::vector<NatKind> nats;  // the machine's own router first
  bool v4 = true;
  bool v6 = false;
  bool udp_blocked = false;
  int lan = 0;        // equal and not 0: one LAN
  int outermost = 0;  // equal and not 0: the last of `nats` is one and the same device
};

enum class Verdict { direct, relay };

/// Several NATs in a row behave as their strictest parts; none behaves as an open one.
NatKind effective(const std::vector<NatKind>& nats);
Verdict verdict(const NatKind& a, const NatKind& b);
Verdict verdict(const Network& a, const Network& b);

/// With prediction the outside ports count too: whether one can be told, or measured, before it is used.
enum class Ports {
  known,  // the inside port, or the next one of a counter
  drawn,  // at random, from all or from a block
};
struct Edge {
  NatKind kind;
  Ports ports = Ports::known;
};

/// What is possible when every port that can be known is known, and 256 sockets may be met by 900 probes.
/// Written as `verdict` is: without looking at how it is done.
///   direct iff plain checks do
///          or every port can be known (by an independent mapping, or because it is not drawn)
///          or one port is drawn, and the other side has one known port for all ports of an address
///          or one side accepts any port of the other's address, and its answer gets back: it leaves from the
///          same port for the whole address, or the other accepts any port too
Verdict verdict_with_prediction(const Edge& a, const Edge& b);
/// The above by its third and fourth line, where a port has to be met by chance.
bool by_chance(const Edge& a, const Edge& b);

/// The nine combinations of mapping and filtering.
std::array<NatKind, 9> all_nat_kinds();
std::string name(const NatKind& kind);  // "map:ei filter:apd"

}  // namespace godesk::oracle
