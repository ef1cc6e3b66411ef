// What some routers hold against whoever opens many flows: a session table that is full, and a filter that
// takes the visit of many ports of one address for a scan. Both end birthday probing.
#pragma once

#include <map>
#include <set>

#include "base/address.h"
#include "base/time.h"

namespace godesk::sim {

/// 0: no limit.
struct FlowLimits {
  std::size_t sessions = 0;  // flows (inside endpoint, remote endpoint) at a time; more are refused
  std::size_t scan_ports =
      0;  // ports of one address that one inside address may reach for within scan_window
  Duration scan_window = 10s;
  Duration scan_penalty = 60s;  // nothing passes between the two for so long
};

class FlowGuard {
 public:
  explicit FlowGuard(FlowLimits limits) : limits_(limits) {}

  /// Whether a datagram may leave; a session lives until `life` after its last one.
  bool admits(Time now, const Endpoint& inside, const Endpoint& remote, Duration life);
  /// Whether the two were cut off from each other.
  bool severed(Time now, const IpAddress& inside, const IpAddress& remote) const;
  void forget() { sessions_.clear(), visits_.clear(); }

 private:
  struct Visits {
    std::set<std::uint16_t> ports;
    Time since{};
    Time severed_until{};
  };
  bool fits_table(Time now, const Endpoint& inside, const Endpoint& remote, Duration life);
  bool looks_like_a_scan(Time now, const IpAddress& inside, const Endpoint& remote);

  FlowLimits limits_;
  std::map<std::pair<Endpoint, Endpoint>, Time> sessions_;  // -> until
  std::map<std::pair<IpAddress, IpAddress>, Visits> visits_;
};

}  // namespace godesk::sim
