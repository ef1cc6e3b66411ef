#include "link/path_words.h"

namespace godesk::link {

bool same_prefix(const IpAddress& a, const IpAddress& b) {
  if (a.family() != b.family()) return false;
  const int bits = a.is_v4() ? 24 : 64;
  return a.prefix(bits) == b.prefix(bits);
}

How how_of(const ice::PairInfo& pair) {
  const IpAddress &here = pair.local.ip, &there = pair.remote.ip;
  const bool host = pair.remote_type == ice::CandidateType::host;
  if (same_prefix(here, there) || (host && there.is_local() && here.is_local())) return How::lan;
  if (!there.is_v4() && !there.is_local()) return How::ipv6;
  return pair.remote_type == ice::CandidateType::peer_reflexive ? How::peer_reflexive : How::reflexive;
}

Why why_of(const RelayFacts& facts) {
  if (facts.relay_only) return Why::relay_only;
  if (!facts.allowed) return Why::login;
  if (facts.had_direct) return Why::direct_lost;
  if (facts.udp_blocked) return Why::udp_blocked;
  if (facts.family_differs) return Why::family;
  if (!facts.tried) return Why::connecting;
  if (facts.both_symmetric) return Why::both_symmetric;
  return facts.punching ? Why::punching : Why::hard_nat;
}

}  // namespace godesk::link
