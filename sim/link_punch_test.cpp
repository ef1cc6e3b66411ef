// Punching: what plain checks cannot join, by known, measured and drawn ports; its budgets in every run.
#include <gtest/gtest.h>

#include "sim/link_call.h"
#include "sim/oracle.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

ice::NatProfile profile_of(const NatConfig& nat, const IpAddress& outside) {
  ice::NatProfile p;
  p.mapping = static_cast<ice::Mapping>(static_cast<int>(nat.kind.mapping) + 2);
  p.filtering = static_cast<ice::Filtering>(static_cast<int>(nat.kind.filtering) + 1);
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
    case PortAllocation::overloading:
      p.mapping = ice::Mapping::endpoint_independent;  // as far as any server can tell
      p.allocation = ice::Allocation::preserving;
      break;
    case PortAllocation::random:
      p.allocation = ice::Allocation::random;
      break;
  }
  p.outside = outside;
  return p;
}

struct Side {
  NatConfig nat;
  const char* outside;
};

struct Outcome {
  bool direct = false;
  Duration took{};
  link::PathInfo caller, host;
  std::size_t packets = 0, sockets = 0;
};

constexpr auto kEi = Dependence::endpoint_independent;
constexpr auto kAd = Dependence::address_dependent;
constexpr auto kApd = Dependence::address_and_port_dependent;

Outcome run(const NatConfig& a, const NatConfig& b, std::uint64_t seed, Duration limit = 5s) {
  LinkCall call(seed);
  auto put = [&](const NatConfig& nat, const char* outside) {
    auto home = call.world.net.add_nat(nat, NetworkId::internet, LinkCall::ip(outside), LinkCall::access(),
                                       LinkCall::access());
    return call.world.net.add_host(home, {LinkCall::ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
  };
  const NodeId at_a = put(a, "198.51.100.1"), at_b = put(b, "198.51.101.2");
  auto config_a = call.default_config(link::Role::caller, at_a);
  auto config_b = call.default_config(link::Role::host, at_b);
  config_a.profile = profile_of(a, LinkCall::ip("198.51.100.1"));
  config_b.profile = profile_of(b, LinkCall::ip("198.51.101.2"));
  call.place(at_a, at_b, config_a, config_b);
  EXPECT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
  const Time allowed = call.world.now();
  call.allow_direct();
  Outcome outcome;
  outcome.direct = call.run_until([&] { return call.both_direct(); }, limit);
  outcome.took = call.world.now() - allowed;
  EXPECT_TRUE(call.talk());
  outcome.caller = call.caller->path(), outcome.host = call.host->path();
  for (const LinkEnd* end : {&*call.caller, &*call.host}) {
    outcome.packets = std::max(outcome.packets, end->link.punch_cost().packets);
    outcome.sockets = std::max(outcome.sockets, end->link.punch_cost().sockets);
  }
  EXPECT_LE(outcome.packets, 1000u);
  EXPECT_LE(outcome.sockets, 256u);
  return outcome;
}

NatConfig nat(Dependence mapping, Dependence filtering, PortAllocation ports) {
  return {{mapping, filtering, false}, ports};
}

void expect_how(const NatConfig& a, const NatConfig& b, link::How how, Duration limit, int at_least = 8) {
  int direct = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    const Outcome o = run(a, b, seed);
    if (!o.direct) continue;
    ++direct;
    std::printf("%.0f ms, %zu packets, %zu sockets\n", to_ms(o.took), o.packets, o.sockets);
    EXPECT_EQ(link::name(o.caller.how.value()), link::name(how));
    EXPECT_EQ(link::name(o.host.how.value()), link::name(how));
    EXPECT_LE(to_ms(o.took), to_ms(limit));
  }
  EXPECT_GE(direct, at_least);
}

TEST(LinkPunch, APortThatIsTheInsideOneIsDeclared) {
  expect_how(nat(kEi, kApd, PortAllocation::preserving), nat(kApd, kApd, PortAllocation::preserving),
             link::How::predicted, 400ms);
}
TEST(LinkPunch, ACounterIsMeasured) {
  expect_how(nat(kApd, kApd, PortAllocation::sequential), nat(kEi, kApd, PortAllocation::random),
             link::How::predicted, 400ms);
}
TEST(LinkPunch, ACounterAndADeclaredPort) {
  expect_how(nat(kApd, kApd, PortAllocation::sequential), nat(kApd, kApd, PortAllocation::preserving),
             link::How::predicted, 500ms);
}
TEST(LinkPunch, TwoDeclaredPorts) {
  expect_how(nat(kApd, kApd, PortAllocation::preserving), nat(kApd, kApd, PortAllocation::preserving),
             link::How::predicted, 400ms);
}
TEST(LinkPunch, TwoCountersCoverEachOther) {
  expect_how(nat(kApd, kApd, PortAllocation::sequential), nat(kApd, kApd, PortAllocation::sequential),
             link::How::predicted, 700ms);
}
TEST(LinkPunch, RandomPortsAreMetByMany) {
  expect_how(nat(kApd, kApd, PortAllocation::random), nat(kEi, kApd, PortAllocation::preserving),
             link::How::birthday, 4s, 7);
}
TEST(LinkPunch, APortPerAddressProbes) {
  expect_how(nat(kApd, kApd, PortAllocation::random), nat(kAd, kApd, PortAllocation::sequential),
             link::How::birthday, 4s, 7);
}

}  // namespace
}  // namespace godesk::sim
