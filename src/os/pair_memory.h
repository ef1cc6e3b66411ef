// What a viewer found out of pairs of networks (link/pair_verdict.h), kept across runs: by which way a host
// was reached from here, or that nothing did, so that the next session need not find out again.
//
// The file has a line per pair: a hash of the own network (network_memory.h) and the host's name, the pair's
// mark, outcome, round and when it was found, in seconds. It is advice: whatever cannot be read is forgotten,
// and of two viewers at once the later one may lose what the other found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "link/pair_verdict.h"

namespace godesk::os {

class PairMemory {
 public:
  explicit PairMemory(std::string file) : file_(std::move(file)) {}

  /// Of `host` from the network with these addresses, whatever networks the host was in.
  std::vector<link::PairVerdict> recall(const std::vector<IpAddress>& addresses, std::string_view host,
                                        WallTime now) const;
  void learn(const std::vector<IpAddress>& addresses, std::string_view host, const link::PairVerdict& verdict,
             WallTime now) const;

  static constexpr std::chrono::hours kHolds{30 * 24};
  static constexpr std::chrono::hours kFailureHolds{24};  // it keeps us from trying
  static constexpr std::size_t kMaxPairs = 128;           // the oldest goes

 private:
  struct Entry {
    std::string place;  // own network and host
    link::PairVerdict verdict;
    WallTime seen{};
  };
  std::vector<Entry> read() const;

  std::string file_;
};

}  // namespace godesk::os
