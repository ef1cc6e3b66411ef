// One call between two NATs with everything switched on, for scenarios of punching: profiles as a perfect
// measurement would give them, budgets looked at in every run.
#pragma once

#include <gtest/gtest.h>

#include "sim/link_call.h"

namespace godesk::sim {

inline ice::NatProfile profile_of(const NatConfig& nat, const IpAddress& outside) {
  ice::NatProfile p;
  p.mapping = static_cast<ice::Mapping>(static_cast<int>(nat.kind.mapping) + 2);
  p.filtering = static_cast<ice::Filtering>(static_cast<int>(nat.kind.filtering) + 1);
  p.outside = outside;
  switch (nat.ports) {
    case PortAllocation::preserving:
      p.allocation = ice::Allocation::preserving;
      break;
    case PortAllocation::sequential:
      p.allocation = ice::Allocation::sequential;
      p.step = static_cast<std::int16_t>(nat.step);
      p.flows_per_second = static_cast<std::uint16_t>(nat.foreign_flows);
      break;
    case PortAllocation::block:
      p.allocation = ice::Allocation::block;
      p.block_base = nat.block_base;
      p.block_size = nat.block_size;
      break;
    case PortAllocation::random:
      p.allocation = ice::Allocation::random;
      break;
    case PortAllocation::overloading:
      p.mapping = ice::Mapping::endpoint_independent;  // as far as any server can tell
      p.allocation = ice::Allocation::preserving;
      break;
  }
  return p;
}

struct PunchRun {
  PunchRun(const NatConfig& a, const NatConfig& b, std::uint64_t seed) : call(seed) {
    at_a = put(a, kOutsideA);
    at_b = put(b, kOutsideB);
    config_a = call.default_config(link::Role::caller, at_a);
    config_b = call.default_config(link::Role::host, at_b);
    config_a.profile = profile_of(a, LinkCall::ip(kOutsideA));
    config_b.profile = profile_of(b, LinkCall::ip(kOutsideB));
  }
  static constexpr const char *kOutsideA = "198.51.100.1", *kOutsideB = "198.51.101.2";

  NodeId put(const NatConfig& nat, const char* outside) {
    auto home = call.world.net.add_nat(nat, NetworkId::internet, LinkCall::ip(outside), LinkCall::access(),
                                       LinkCall::access());
    return call.world.net.add_host(home, {LinkCall::ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
  }
  /// Relay, login, and direct if it comes in time.
  bool direct(Duration limit = 5s) {
    call.place(at_a, at_b, config_a, config_b);
    EXPECT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
    const Time allowed = call.world.now();
    call.allow_direct();
    const bool done = call.run_until([&] { return call.both_direct(); }, limit);
    took = call.world.now() - allowed;
    EXPECT_TRUE(call.talk());
    for (const LinkEnd* end : {&*call.caller, &*call.host}) {
      packets = std::max(packets, end->link.punch_cost().packets);
      sockets = std::max(sockets, end->link.punch_cost().sockets);
    }
    EXPECT_LE(packets, 1000u);
    EXPECT_LE(sockets, 256u);
    return done;
  }

  LinkCall call;
  NodeId at_a{}, at_b{};
  link::Config config_a, config_b;
  Duration took{};
  std::size_t packets = 0, sockets = 0;
};

}  // namespace godesk::sim
