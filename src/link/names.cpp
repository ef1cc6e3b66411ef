#include "link/carrier.h"
#include "link/link.h"

namespace godesk::link {

std::string_view name(Kind kind) { return kind == Kind::direct ? "direct" : "relay"; }

std::string_view name(Transport transport) {
  switch (transport) {
    case Transport::udp:
      return "udp";
    case Transport::tcp:
      return "tcp";
    case Transport::tls:
      return "tls";
    case Transport::websocket:
      return "websocket";
    case Transport::proxy:
      return "proxy";
  }
  return "udp";
}

std::string_view name(How how) {
  switch (how) {
    case How::lan:
      return "lan";
    case How::reflexive:
      return "reflexive";
    case How::ipv6:
      return "ipv6";
    case How::nat64:
      return "nat64";
    case How::predicted:
      return "predicted";
    case How::birthday:
      return "birthday";
    case How::peer_reflexive:
      return "peer-reflexive";
    case How::direct_ip:
      return "direct-ip";
  }
  return "reflexive";
}

std::string_view name(Why why) {
  switch (why) {
    case Why::connecting:
      return "connecting";
    case Why::login:
      return "login";
    case Why::punching:
      return "punching";
    case Why::udp_blocked:
      return "udp-blocked";
    case Why::hard_nat:
      return "hard-nat";
    case Why::both_symmetric:
      return "both-symmetric";
    case Why::family:
      return "family";
    case Why::relay_only:
      return "relay-only";
    case Why::direct_lost:
      return "direct-lost";
  }
  return "connecting";
}

std::string_view name(DeadReason reason) {
  switch (reason) {
    case DeadReason::no_path:
      return "no-path";
    case DeadReason::path_lost:
      return "path-lost";
    case DeadReason::relay_refused:
      return "relay-refused";
  }
  return "no-path";
}

std::string_view name(DropReason reason) {
  switch (reason) {
    case DropReason::bad_signal:
      return "bad-signal";
    case DropReason::stale_signal:
      return "stale-signal";
    case DropReason::refused_candidate:
      return "refused-candidate";
    case DropReason::unknown_source:
      return "unknown-source";
    case DropReason::unknown_kind:
      return "unknown-kind";
    case DropReason::bad_stun:
      return "bad-stun";
    case DropReason::no_path:
      return "no-path";
    case DropReason::queue_full:
      return "queue-full";
    case DropReason::count:
      break;
  }
  return "unknown";
}

bool PathInfo::same_but_rtt(const PathInfo& other) const {
  return kind == other.kind && transport == other.transport && family == other.family &&
         local == other.local && remote == other.remote && how == other.how && why == other.why;
}

}  // namespace godesk::link
