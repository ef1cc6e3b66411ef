// The all-knowing oracle: can these two speak directly, by anything that keeps the product's budgets? It
// knows both NATs as they truly are and nothing of the product; written before it, and free of its headers.
//
// In the order in which it looks:
//   1. UDP blocked on either side: no.
//   2. IPv6 on both sides: yes (firewalls let answers in).
//   3. No way to IPv4 that both have: no. An IPv6-only network has one through its NAT64, whose mapping is
//      independent of the endpoint by rule (RFC 6146).
//   4. Plain: mapping and filtering allow it (RFC 4787's words, as in sim/oracle.h). A NAT that keeps the
//      inside port for every destination counts as independent.
//   5. A counted port (sequential) against one that stands still: its next port can be named.
//   6. Both counted: possible while so few other flows come that 256 sockets a side meet with 95 %.
//   7. A random port, in a block or not, against one that stands still: probing hits with more than 95 %
//      within the budget (an eighth of the block, 32 to 128 sockets, 150 probes; else 256 sockets, 900
//      probes) unless the side that probes has a full session table or a scan filter, or the side that opens
//      sockets a full session table.
//   8. Anything else: no.
#pragma once

#include <string_view>

#include "sim/population/access.h"

namespace godesk::population {

/// What it takes; the first that does.
enum class Way {
  none,
  ipv6,
  plain,            // holes on both sides, nothing to guess
  predicted,        // one side counts its ports
  both_sequential,  // both do
  block,            // probing inside a subscriber's block
  birthday,         // probing 1024..65535
  count,
};
std::string_view name(Way way);

struct Judgement {
  Way way = Way::none;
  bool nat64 = false;    // IPv4 through a NAT64 on one side or both
  bool refused = false;  // none only because probing is refused
};

Judgement judge(const Pair& pair);
/// What mapping and filtering alone allow, without IPv6, NAT64 and any guess: to hold the model against
/// others'.
bool plain_on_v4(const Pair& pair);
/// UDP gets out on both sides.
bool udp_capable(const Pair& pair);

}  // namespace godesk::population
