// The words for a path: by what a direct one was found, and why a relay carries the session. Pure functions.
#pragma once

#include "ice/types.h"
#include "link/carrier.h"

namespace godesk::link {

/// `pair` is not relayed.
How how_of(const ice::PairInfo& pair);

/// What the link knows when a relay carries the session.
struct RelayFacts {
  bool relay_only = false;      // here or there
  bool allowed = false;         // the login is through
  bool had_direct = false;      // a direct path carried the session before
  bool udp_blocked = false;     // here or there
  bool family_differs = false;  // no address of one side is of a family that the other has
  bool tried = false;           // there is or was a direct pair to check, or a login before this one
  bool punching = false;        // some direct pair has no verdict yet
  bool both_symmetric = false;  // no technique joins two networks that both draw their ports at random
};
Why why_of(const RelayFacts& facts);

/// Both on one network, as far as addresses tell: /64, or /24 in IPv4.
bool same_prefix(const IpAddress& a, const IpAddress& b);

}  // namespace godesk::link
