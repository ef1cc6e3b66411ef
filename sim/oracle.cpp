#include "sim/oracle.h"

#include <algorithm>

namespace godesk::oracle {
namespace {

bool mapping_depends(const NatKind& k) { return k.mapping != Dependence::endpoint_independent; }
bool filters_by_port(const NatKind& k) { return k.filtering == Dependence::address_and_port_dependent; }
bool filter_open(const NatKind& k) { return k.filtering == Dependence::endpoint_independent; }

const char* short_name(Dependence d) {
  switch (d) {
    case Dependence::endpoint_independent:
      return "ei";
    case Dependence::address_dependent:
      return "ad";
    case Dependence::address_and_port_dependent:
      return "apd";
  }
  return "";
}

}  // namespace

NatKind effective(const std::vector<NatKind>& nats) {
  NatKind all;
  for (const NatKind& nat : nats) {
    all.mapping = std::max(all.mapping, nat.mapping);
    all.filtering = std::max(all.filtering, nat.filtering);
    all.hairpin = nat.hairpin;  // only the outermost one can turn a datagram around
  }
  return all;
}

Verdict verdict(const NatKind& a, const NatKind& b) {
  bool one_depends_other_strict =
      (mapping_depends(a) && filters_by_port(b)) || (mapping_depends(b) && filters_by_port(a));
  bool both_depend_none_open = mapping_depends(a) && mapping_depends(b) && !filter_open(a) && !filter_open(b);
  return one_depends_other_strict || both_depend_none_open ? Verdict::relay : Verdict::direct;
}

namespace {

bool drawn(const Edge& e) { return mapping_depends(e.kind) && e.ports == Ports::drawn; }
bool one_for_an_address(const Edge& e) {
  return !drawn(e) && e.kind.mapping != Dependence::address_and_port_dependent;
}
bool accepts_unknown(const Edge& in, const Edge& out) {
  return !filters_by_port(in.kind) &&
         (in.kind.mapping != Dependence::address_and_port_dependent || !filters_by_port(out.kind));
}

}  // namespace

Verdict verdict_with_prediction(const Edge& a, const Edge& b) {
  const bool possible = verdict(a.kind, b.kind) == Verdict::direct ||      //
                        (!drawn(a) && !drawn(b)) ||                        //
                        one_for_an_address(a) || one_for_an_address(b) ||  //
                        accepts_unknown(a, b) || accepts_unknown(b, a);
  return possible ? Verdict::direct : Verdict::relay;
}

bool by_chance(const Edge& a, const Edge& b) {
  return verdict(a.kind, b.kind) == Verdict::relay && (drawn(a) || drawn(b)) &&
         verdict_with_prediction(a, b) == Verdict::direct;
}

Verdict verdict(const Network& a, const Network& b) {
  if (a.lan != 0 && a.lan == b.lan) return Verdict::direct;   // one LAN
  if (a.udp_blocked || b.udp_blocked) return Verdict::relay;  // UDP blocked
  if (a.v6 && b.v6) return Verdict::direct;                   // IPv6 on both
  if (!a.v4 || !b.v4) return Verdict::relay;                  // no common family
  NatKind ka = effective(a.nats), kb = effective(b.nats);
  bool same_nat = a.outermost != 0 && a.outermost == b.outermost;
  if (same_nat && !ka.hairpin) return Verdict::relay;  // hairpin
  return verdict(ka, kb);
}

std::array<NatKind, 9> all_nat_kinds() {
  constexpr std::array kAll = {Dependence::endpoint_independent, Dependence::address_dependent,
                               Dependence::address_and_port_dependent};
  std::array<NatKind, 9> kinds;
  std::size_t n = 0;
  for (Dependence mapping : kAll)
    for (Dependence filtering : kAll) {
      kinds[n].mapping = mapping;
      kinds[n++].filtering = filtering;
    }
  return kinds;
}

std::string name(const NatKind& kind) {
  return std::string("map:") + short_name(kind.mapping) + " filter:" + short_name(kind.filtering);
}

}  // namespace godesk::oracle
