// Peers and servers that would have us punch at a bystander (SECURITY 6).
#include <gtest/gtest.h>

#include "link/signal.h"
#include "sim/punch_run.h"

namespace godesk::sim {
namespace {

using link::Role;

const IpAddress kHost = LinkCall::ip("198.51.100.1"), kViewer = LinkCall::ip("198.51.100.2"),
                kVictim = LinkCall::ip("203.0.113.200");
constexpr stun::Opening kOpening = {1, 2, 3};

/// A host with a public address, and a viewer that says what it likes.
struct PunchHostile : testing::Test {
  LinkCall call{41};
  NodeId host_at =
      call.world.net.add_host(NetworkId::internet, {kHost}, LinkCall::access(), LinkCall::access());
  std::map<IpAddress, std::size_t> shots;
  std::uint32_t generation = 0;

  /// `seen_as`: where the ID server says that it saw the viewer.
  void place(const IpAddress& seen_as, ice::NatProfile profile) {
    link::Config config = call.default_config(Role::host, host_at);
    config.profile = profile;
    config.seen = stun::Seen{{9}, stun::seen_mark(kOpening, seen_as)};
    call.host.emplace(config, call.world.fork_random());
    call.host->process = call.world.run(host_at, call.host->link, [this](Time) {
      while (call.host->link.next_event()) continue;
    });
    call.host->link.start(call.world.now());
    call.world.poke(call.host->process);
    call.world.run_for(500ms);
    call.world.net.trace.tap = [this](const TraceEntry& e, ByteView) {
      if (e.fate == Fate::sent && e.from.ip == kHost && e.to.ip != LinkCall::relay4()) ++shots[e.to.ip];
    };
  }
  static ice::NatProfile cone() {
    return profile_of(
        {{oracle::Dependence::endpoint_independent, oracle::Dependence::address_and_port_dependent, false},
         PortAllocation::random},
        kHost);
  }
  static ice::NatProfile drawing(const IpAddress& outside) {
    return profile_of({{oracle::Dependence::address_and_port_dependent,
                        oracle::Dependence::address_and_port_dependent, false},
                       PortAllocation::random},
                      outside);
  }
  /// The viewer names `base` as its own, on a network where only a birthday helps.
  void say(const IpAddress& base, ice::NatProfile profile, std::uint8_t round = 1) {
    link::Description d;
    d.generation = ++generation;
    d.credentials = {"evilevil", "0123456789012345678901"};
    const Endpoint at{base, 4000};
    d.candidates = {ice::make_candidate(ice::CandidateType::server_reflexive, at, at)};
    d.profile = profile;
    d.offer.emplace();
    d.offer->round = round;
    d.offer->base = at;
    d.offer->opening = kOpening;
    d.offer->ports = {1, 2, 3, 4, 5, 6, 7, 8};
    call.host->link.on_signal(call.world.now(), link::encode_signal(d));
    call.world.poke(call.host->process);
  }
  std::size_t probes() const { return call.host->link.punch_cost().packets; }
  void allow() {
    call.host->link.allow_direct(call.world.now());
    call.world.poke(call.host->process);
  }
};

TEST_F(PunchHostile, WhoIsSeenWhereItSaysGetsOneRunAndNoMore) {
  place(kViewer, cone());
  allow();
  for (std::uint8_t round = 1; round < 40; ++round) {
    say(kViewer, drawing(kViewer), round);
    call.world.run_for(20s);
  }
  EXPECT_GE(probes(), 900u);
  EXPECT_LE(probes(), 1000u);
  EXPECT_EQ(shots.size(), 1u);
}

TEST_F(PunchHostile, BeforeTheLoginNobodyIsPunchedAt) {
  place(kViewer, cone());
  say(kViewer, drawing(kViewer));
  call.world.run_for(10s);
  EXPECT_EQ(probes(), 0u);
  EXPECT_TRUE(shots.empty());
}

TEST_F(PunchHostile, AViewerThatNamesAVictimGetsNoProbeOutOfUs) {
  place(kViewer, cone());
  allow();
  for (std::uint8_t round = 1; round < 10; ++round) {
    say(kVictim, drawing(kVictim), round);
    call.world.run_for(3s);
  }
  EXPECT_EQ(probes(), 0u);
  EXPECT_LE(shots[kVictim], 80u) << "its reflexive candidate is checked as any is";
}

TEST_F(PunchHostile, AServerThatNamesAVictimGetsNothingOutOfUs) {
  place(kVictim, cone());
  allow();
  say(kViewer, drawing(kViewer));
  call.world.run_for(10s);
  EXPECT_EQ(probes(), 0u);
  EXPECT_EQ(shots[kVictim], 0u);
}

TEST_F(PunchHostile, OpeningManySocketsIsBoundedToo) {
  place(kViewer, drawing(kHost));
  allow();
  ice::NatProfile standing = cone();
  standing.outside = kViewer;
  for (std::uint8_t round = 1; round < 40; ++round) {
    say(kViewer, standing, round);
    call.world.run_for(20s);
  }
  EXPECT_LE(probes(), 3 * 256u);
  EXPECT_LE(call.host->link.punch_cost().sockets, 256u);
}

TEST_F(PunchHostile, OwnPrivateAndServersAddressesAreNoTargets) {
  for (const char* target : {"198.51.100.1", "203.0.113.1", "192.168.1.1", "127.0.0.1", "224.0.0.1",
                             "169.254.1.1", "100.64.0.1"}) {
    SCOPED_TRACE(target);
    const IpAddress ip = LinkCall::ip(target);
    place(ip, cone());
    allow();
    say(ip, drawing(ip));
    call.world.run_for(5s);
    EXPECT_EQ(probes(), 0u);
    call.world.stop(call.host->process);
  }
}

}  // namespace
}  // namespace godesk::sim
