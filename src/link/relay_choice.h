// Which of several relays carries a relayed session, and which one is kept warm beside it: a pure function
// with memory handed in and out.
//
//   cost of a relay = round trip over it as measured, or, until then, the RTT from here to it + the RTT from
//   the peer to it; a relay of which the peer said nothing, while it told of others, is the last resort
//
//   1. Without a carrier that works: the cheapest that works.
//   2. In the first seconds, while measurements come in, the cheapest at once.
//   3. Later a carrier is left only for one that was better by more than 15 ms and a fifth for ten seconds.
//   4. The standby is the cheapest that works beside the carrier.
#pragma once

#include <optional>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace godesk::link {

/// One relay, known by the address it gives to allocations.
struct RelayFact {
  IpAddress relay;
  bool works = false;             // both ends have an allocation there, and a pair over them is valid
  Duration own{};                 // from here to it
  std::optional<Duration> peers;  // from the peer to it, as the peer says
  std::optional<Duration> whole;  // to the peer over it, as measured
};

struct RelayChoiceConfig {
  Duration settling = 3s;  // rule 2
  Duration margin = 15ms;  // and at least a fifth
  Duration hold = 10s;     // rule 3
  Duration last_resort = 10s;
};

struct RelayChoice {
  std::optional<IpAddress> carrier, standby;
  Time first_at = kNever;          // when there was a carrier for the first time
  std::optional<IpAddress> rival;  // better than the carrier by the margin
  Time rival_since = kNever;
  bool operator==(const RelayChoice&) const = default;
};

/// `facts` in a fixed order: equals are decided by it. `peer_told`: the peer said how far relays are from it.
RelayChoice choose_relay(RelayChoice state, Time now, const std::vector<RelayFact>& facts, bool peer_told,
                         const RelayChoiceConfig& config = {});
/// When the choice may change by time alone.
Time next_change(const RelayChoice& state, const RelayChoiceConfig& config = {});

}  // namespace godesk::link
