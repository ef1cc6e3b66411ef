// Several relays on the internet: the sum of both distances decides, the runner-up stands by, a dead one is
// survived.
#include <gtest/gtest.h>

#include "sim/link_call.h"

namespace godesk::sim {
namespace {

struct LinkRelays : testing::Test {
  struct Site {
    IpAddress ip;
    NodeId node{};
    ProcessId process{};
    std::vector<std::unique_ptr<RelayProcess>> servers;
    std::size_t allocations() const { return servers.back()->server().stats().allocations; }
  };

  LinkCall call{77};
  NodeId caller_node = public_host("198.51.100.1"), host_node = public_host("198.51.101.2");
  Site sites[3] = {site("203.0.113.11"), site("203.0.113.12"), site("203.0.113.13")};

  NodeId public_host(const char* ip) {
    return call.world.net.add_host(NetworkId::internet, {LinkCall::ip(ip)}, LinkCall::fast(),
                                   LinkCall::fast());
  }
  Site site(const char* ip) {
    Site made;
    made.ip = LinkCall::ip(ip);
    made.node = public_host(ip);
    return made;
  }
  void start(Site& site) {
    site.servers.push_back(std::make_unique<RelayProcess>(site.ip, std::nullopt, call.world.fork_random()));
    site.process = call.world.run(site.node, *site.servers.back());
    call.world.listen(site.process, 3478);
    call.world.listen(site.process, 443);
  }
  void distances(Site& site, Duration from_caller, Duration from_host) {
    call.world.net.set_distance(caller_node, site.node, from_caller);
    call.world.net.set_distance(host_node, site.node, from_host);
  }
  link::Config config(link::Role role) {
    link::Config c = LinkCall::config(role, sites[0].ip);
    for (int i : {1, 2}) c.relays.push_back(LinkCall::config(role, sites[i].ip).relays.front());
    return c;
  }
  /// The middle one is nearest to neither, and the best for both.
  void SetUp() override {
    for (Site& site : sites) start(site);
    distances(sites[0], 2ms, 40ms);
    distances(sites[1], 15ms, 15ms);
    distances(sites[2], 60ms, 60ms);
    call.place(caller_node, host_node, config(link::Role::caller), config(link::Role::host));
    ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
  }
  const IpAddress& carrier() const { return call.caller->path().remote.ip; }
};

TEST_F(LinkRelays, TheSumOfBothDistancesDecidesAndTheWorstGivesItsAllocationsBack) {
  call.world.run_for(4s);
  EXPECT_EQ(carrier(), sites[1].ip);
  EXPECT_EQ(call.host->path().remote.ip, sites[1].ip);
  call.world.run_for(6s);
  EXPECT_EQ(sites[0].allocations(), 2u);
  EXPECT_EQ(sites[1].allocations(), 2u);
  EXPECT_EQ(sites[2].allocations(), 0u);
  EXPECT_TRUE(call.caller->lost.empty());
}

TEST_F(LinkRelays, AKilledRelayIsReplacedByTheStandbyWithinASecond) {
  call.world.run_for(12s);
  ASSERT_EQ(carrier(), sites[1].ip);
  call.stream(30s);
  call.world.run_for(2s);
  const Time killed = call.world.now();
  call.world.stop(sites[1].process);
  ASSERT_TRUE(call.run_until([&] { return carrier() == sites[0].ip && call.both_have_path(); }, 2s));
  const Duration moved = call.world.now() - killed;
  call.world.run_for(5s);
  const Duration gap = std::max(call.longest_gap(*call.caller, killed), call.longest_gap(*call.host, killed));
  std::printf("relay killed: silence %.0f ms, the standby alone after %.0f ms\n", to_ms(gap), to_ms(moved));
  EXPECT_LT(gap, 1s);
  EXPECT_LT(moved, 1s);
  EXPECT_TRUE(call.caller->lost.empty()) << "there was a path all the time";
  EXPECT_EQ(sites[2].allocations(), 2u) << "the third stands by now";
  start(sites[1]);
  call.world.run_for(20s);
  EXPECT_EQ(carrier(), sites[0].ip) << "20 ms better is no reason yet";
}

TEST_F(LinkRelays, ASessionMovesToARelayThatBecameMuchBetterAndNobodyNotices) {
  call.world.run_for(12s);
  ASSERT_EQ(carrier(), sites[1].ip);
  call.stream(60s);
  call.world.run_for(1s);
  const Time slower = call.world.now();
  distances(sites[1], 60ms, 60ms);
  call.world.run_for(8s);
  EXPECT_EQ(carrier(), sites[1].ip) << "not before it was so for ten seconds";
  ASSERT_TRUE(call.run_until([&] { return carrier() == sites[0].ip; }, 20s));
  call.world.run_for(3s);
  EXPECT_LT(call.longest_gap(*call.host, slower + 1s), 150ms);
  EXPECT_TRUE(call.caller->lost.empty());
}

}  // namespace
}  // namespace godesk::sim
