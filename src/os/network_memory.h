// What was found out of the networks that this device has been in: where UDP is blocked, the other legs to a
// relay need not wait for it. A verdict holds for 24 hours; UDP is tried all the same, so that one that is
// wrong corrects itself.
//
// A network is told from others by the prefixes of this device's addresses in it; the file holds their hash.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "link/carrier.h"

namespace godesk::os {

/// 32 hex digits; the same for another lease in the same network.
std::string network_fingerprint(const std::vector<IpAddress>& addresses);

class NetworkMemory {
 public:
  /// `file` may not exist yet; what cannot be read in it is forgotten.
  explicit NetworkMemory(std::string file);

  bool udp_was_blocked(const std::vector<IpAddress>& addresses, WallTime now) const;
  /// Writes the file when the path tells something new.
  void learn(const std::vector<IpAddress>& addresses, const link::PathInfo& path, WallTime now);

  static constexpr std::chrono::hours kHolds{24};
  static constexpr std::size_t kMaxNetworks = 64;  // the oldest goes

 private:
  void write() const;

  std::string file_;
  std::map<std::string, WallTime> blocked_;  // by fingerprint: when it was seen
};

}  // namespace godesk::os
