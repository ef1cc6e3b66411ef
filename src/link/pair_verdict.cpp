#include "link/pair_verdict.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace godesk::link {
namespace {

/// What is measured alike each time; counters and flows are not.
void put(Writer& w, const ice::NatProfile& p) {
  w.u8(static_cast<std::uint8_t>(p.mapping))
      .u8(static_cast<std::uint8_t>(p.filtering))
      .u8(static_cast<std::uint8_t>(p.allocation))
      .bytes(p.outside->prefix(24).bytes());
}

}  // namespace

std::optional<PairMark> pair_mark(const ice::NatProfile& own, const ice::NatProfile& peer) {
  if (!own.outside || !peer.outside) return std::nullopt;
  Writer w;
  w.bytes(bytes_of("GoDesk pair v1"));
  put(w, own);
  put(w, peer);
  const auto digest = crypto::sha256(w.buffer());
  PairMark mark;
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

/// Later rounds swap the roles and have their first packets die before the peer's NAT (Punch::first_hops).
std::uint8_t like_round(unsigned round) { return static_cast<std::uint8_t>(round < 2 ? 1 : 2 + round % 2); }

}  // namespace godesk::link
