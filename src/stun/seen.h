// How a link knows that the address a peer names is the one from which the ID server saw it, without learning
// it before the peer names it (SECURITY 5 and 6).
//
//   1. For each introduction the ID server draws an opening for each side and tells it to that side alone;
//      the other side hears seen_mark(opening, address).
//   2. Once addresses may be told, a side shows its opening along with its address (link/signal.h).
//   3. The mark fits: the address is the one the server saw. A side can name no other, as finding one that
//      fits takes 2^128 tries; and before step 2 the mark tells nothing, as the opening is random.
#pragma once

#include <array>
#include <optional>

#include "base/address.h"

namespace godesk::stun {

using Opening = std::array<std::uint8_t, 16>;
using SeenMark = std::array<std::uint8_t, 16>;

/// The first half of SHA-256("GoDesk seen v1" || opening || address).
SeenMark seen_mark(const Opening& opening, const IpAddress& address);

struct Seen {
  Opening opening{};   // ours
  SeenMark peer_as{};  // the peer's
  bool operator==(const Seen&) const = default;
};

}  // namespace godesk::stun
