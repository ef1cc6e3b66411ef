// One NAT in RFC 4787's words: mapping (4.1), port allocation (4.2), filtering (5), expiry (4.3), hairpin
// (6), each chosen apart from the others. It only translates; Topology moves the packets.
//
// Filter state belongs to a binding, not to the inside endpoint: two bindings of one socket accept different
// peers, which is what makes mappings that depend on the destination hard to traverse.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "base/address.h"
#include "base/random.h"
#include "base/time.h"
#include "sim/oracle.h"

namespace godesk::sim {

enum class PortAllocation {
  preserving,  // the inside port if it is free, else the next free one
  sequential,  // one after another, for all inside hosts
  random,      // any free port from 1024 up
};

struct NatConfig {
  oracle::NatKind kind;
  PortAllocation ports = PortAllocation::random;
  Duration expiry = 120s;          // a binding that carried nothing for so long is gone
  bool inbound_refreshes = false;  // RFC 4787 REQ-6 demands it of outbound traffic only
};

class Nat {
 public:
  Nat(NatConfig config, IpAddress outside, Random& random)
      : config_(config), outside_(outside), random_(&random) {}

  const IpAddress& outside() const { return outside_; }
  bool hairpins() const { return config_.kind.hairpin; }

  /// The source that the world outside sees. Makes a binding, or refreshes it; nothing when ports ran out.
  std::optional<Endpoint> outbound(Time now, const Endpoint& inside, const Endpoint& to);
  /// Whom inside a datagram to `outside_port` is for, if a binding is there and its filter lets `from` in.
  std::optional<Endpoint> inbound(Time now, std::uint16_t outside_port, const Endpoint& from);

  /// Forgets all bindings, as a restart does.
  void forget() { by_key_.clear(), by_port_.clear(); }
  std::size_t bindings() const { return by_port_.size(); }

 private:
  struct Binding {
    std::pair<Endpoint, Endpoint> key;
    Time expires{};
    std::map<Endpoint, Time> permitted;  // remote (as far as the filter looks) -> until
  };
  using Key = std::pair<Endpoint, Endpoint>;

  static Endpoint masked(const Endpoint& remote, oracle::Dependence depends);
  std::optional<std::uint16_t> allocate(std::uint16_t inside_port);
  bool taken(std::uint16_t port) const { return by_port_.contains(port); }
  void expire(Time now);

  NatConfig config_;
  IpAddress outside_;
  Random* random_;
  std::map<Key, std::uint16_t> by_key_;
  std::map<std::uint16_t, Binding> by_port_;
  std::uint16_t next_port_ = 20000;
};

}  // namespace godesk::sim
