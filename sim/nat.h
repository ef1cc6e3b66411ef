// One NAT in RFC 4787's words: mapping (4.1), port allocation (4.2), filtering (5), expiry (4.3), hairpin
// (6), each chosen apart from the others. It only translates; Topology moves the packets. The inside may
// be IPv6 (NAT64): to a NAT an endpoint is an endpoint.
//
// Filter state belongs to a binding, not to the inside endpoint: two bindings of one socket accept different
// peers, which is what makes mappings that depend on the destination hard to traverse.
// Other hosts behind the same NAT exist only by what they do to its port counter: `foreign_flows` new
// mappings a second, as a Poisson process that is drawn when somebody looks.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "base/address.h"
#include "base/random.h"
#include "base/time.h"
#include "sim/flow_guard.h"
#include "sim/oracle.h"

namespace godesk::sim {

enum class PortAllocation {
  preserving,   // the inside port if it is free, else the next free one
  sequential,   // `step` further for each new mapping of anyone
  random,       // any free port from 1024 up
  block,        // any free port of this subscriber's block; none when it is full
  overloading,  // always the inside port: several mappings share it and are told apart by the remote
};

struct NatConfig {
  oracle::NatKind kind{};
  PortAllocation ports = PortAllocation::random;
  Duration expiry = 120s;          // a binding that carried nothing for so long is gone
  bool inbound_refreshes = false;  // RFC 4787 REQ-6 demands it of outbound traffic only
  Duration unanswered_expiry{};    // the same for one that nothing came in through; 0: as `expiry`

  int step = 1;                      // sequential; negative: downwards
  double foreign_flows = 0;          // sequential: other hosts' new mappings a second
  std::uint16_t first_port = 20000;  // sequential
  std::uint16_t block_base = 1024;   // block: its first port
  std::uint32_t block_size = 1024;
  FlowLimits limits{};
  // A stranger's datagram to a port of its own is the router's own business, and then that port is taken
  // towards this stranger (Linux's conntrack does so where the router does not drop what is for itself).
  bool strangers_bind = false;
};

class Nat {
 public:
  Nat(NatConfig config, IpAddress outside, Random& random)
      : config_(config),
        outside_(outside),
        random_(&random),
        guard_(config.limits),
        next_port_(config.first_port) {}

  const IpAddress& outside() const { return outside_; }
  bool hairpins() const { return config_.kind.hairpin; }
  const NatConfig& config() const { return config_; }

  /// The source that the world outside sees. Makes a binding, or refreshes it; nothing when ports ran out,
  /// or the limits refuse the flow.
  std::optional<Endpoint> outbound(Time now, const Endpoint& inside, const Endpoint& to);
  /// Whom inside a datagram to `outside_port` is for, if a binding is there and its filter lets `from` in.
  std::optional<Endpoint> inbound(Time now, std::uint16_t outside_port, const Endpoint& from);

  /// Forgets all bindings, as a restart does.
  void forget() { by_key_.clear(), by_port_.clear(), guard_.forget(); }
  std::size_t bindings() const { return by_port_.size(); }

 private:
  using Key = std::pair<Endpoint, Endpoint>;  // inside, remote as far as the mapping looks
  struct Binding {
    Key key;
    Time expires{};
    bool answered = false;
    std::map<Endpoint, Time> permitted;  // remote (as far as the filter looks) -> until
  };
  using ByPort = std::multimap<std::uint16_t, Binding>;

  static Endpoint masked(const Endpoint& remote, oracle::Dependence depends);
  Duration life(const Binding& binding) const;
  std::optional<std::uint16_t> allocate(Time now, std::uint16_t inside_port, const Endpoint& to);
  std::optional<std::uint16_t> next_in_sequence(Time now);
  std::optional<std::uint16_t> any_free(std::uint32_t base, std::uint32_t size);
  bool taken(std::uint16_t port) const { return by_port_.contains(port); }
  bool claimed(Time now, std::uint16_t port, const Endpoint& by) const;
  void expire(Time now);

  NatConfig config_;
  IpAddress outside_;
  Random* random_;
  FlowGuard guard_;
  std::map<Key, ByPort::iterator> by_key_;
  ByPort by_port_;
  std::map<std::pair<std::uint16_t, Endpoint>, Time> strangers_;  // until then
  Time first_expiry_ = kNever;                                    // nothing expires before
  std::int64_t next_port_;
  std::optional<Time> counted_at_;  // when foreign flows were drawn last
};

}  // namespace godesk::sim
