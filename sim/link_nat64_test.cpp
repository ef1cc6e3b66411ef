// A network with IPv6 and NAT64 alone meets one with IPv4 alone, without a relay.
#include <gtest/gtest.h>

#include "sim/link_call.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

struct Nat64Call : LinkCall {
  explicit Nat64Call(std::uint64_t seed, const NatConfig& cone = home()) : LinkCall(seed) {
    const auto v6 =
        world.net.add_nat(carrier(), NetworkId::internet, ip("198.51.100.64"), access(), access());
    world.net.set_nat64(v6, prefix().network);
    six = world.net.add_host(v6, {ip("2001:db8:6::2")}, fast(), fast());
    const auto v4 = world.net.add_nat(cone, NetworkId::internet, ip("198.51.100.4"), access(), access());
    four = world.net.add_host(v4, {ip("192.168.1.2")}, fast(), fast());
  }
  static ice::Nat64Prefix prefix() { return {ip("64:ff9b::"), 96}; }
  static NatConfig carrier() {
    NatConfig nat;
    nat.kind = {Dependence::endpoint_independent, Dependence::address_dependent, false};
    return nat;
  }
  static NatConfig home() {
    NatConfig nat;
    nat.kind = {Dependence::endpoint_independent, Dependence::address_and_port_dependent, false};
    return nat;
  }
  static ice::NatProfile profile() {
    ice::NatProfile p;
    p.mapping = ice::Mapping::endpoint_independent;
    p.ipv6 = true;
    p.nat64 = prefix();
    return p;
  }

  NodeId six{}, four{};
};

TEST(Nat64, ASideWithIpv6AloneReachesOneWithIpv4Alone) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (bool six_calls : {false, true}) {
      Nat64Call call(seed);
      call.place(six_calls ? call.six : call.four, six_calls ? call.four : call.six);
      LinkEnd& six = six_calls ? *call.caller : *call.host;
      ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 3s));
      EXPECT_TRUE(call.both_relayed());
      six.link.set_profile(call.world.now(), Nat64Call::profile());
      call.world.poke(six.process);
      call.allow_direct();
      ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 3s)) << seed << six_calls;
      EXPECT_EQ(six.path().how, link::How::nat64);
      EXPECT_EQ(six.path().family, Family::v6);
      EXPECT_TRUE(call.talk());
    }
  }
}

TEST(Nat64, AProfileThatComesAfterTheLoginIsUsedToo) {
  Nat64Call call(1);
  call.place(call.six, call.four);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 3s));
  call.allow_direct();
  call.world.run_for(3s);
  EXPECT_TRUE(call.both_relayed());
  call.caller->link.set_profile(call.world.now(), Nat64Call::profile());
  call.world.poke(call.caller->process);
  EXPECT_TRUE(call.run_until([&] { return call.both_direct(); }, 3s));
}

}  // namespace
}  // namespace godesk::sim
