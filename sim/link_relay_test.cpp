// The relay path: the first one there is, on every leg, and again after a restart of the relay.
#include <gtest/gtest.h>

#include "sim/link_call.h"

namespace godesk::sim {
namespace {

using link::DeadReason;
using link::Kind;
using link::Role;
using link::Transport;
using link::Why;

struct LinkRelay : testing::Test {
  LinkCall call{7};

  static IpAddress ip(const char* text) { return LinkCall::ip(text); }
  NetworkId home(const char* outside) {
    return call.world.net.add_nat({}, NetworkId::internet, ip(outside), LinkCall::access(),
                                  LinkCall::access());
  }
  NodeId behind(NetworkId network) {
    return call.world.net.add_host(network, {ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
  }
  NodeId with(std::vector<IpAddress> addresses) {
    return call.world.net.add_host(NetworkId::internet, std::move(addresses), LinkCall::access(),
                                   LinkCall::access());
  }
  NetworkId home_a = home("198.51.100.1"), home_b = home("198.51.101.2");
  NodeId a = behind(home_a), b = behind(home_b);
};

TEST_F(LinkRelay, TheRelayIsTheFirstPath) {
  const Time start = call.world.now();
  call.place(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  const auto& path = call.caller->path();
  EXPECT_EQ(path.kind, Kind::relay);
  EXPECT_EQ(path.transport, Transport::udp);
  EXPECT_EQ(path.family, Family::v4);
  EXPECT_EQ(path.why, Why::login);
  EXPECT_FALSE(path.how);
  EXPECT_EQ(path.remote, *Endpoint::parse("203.0.113.1:3478"));
  EXPECT_TRUE(call.talk());
  EXPECT_LT(call.world.now() - start, 250ms);
}

TEST_F(LinkRelay, BeforeTheLoginEveryPacketGoesToAServer) {
  std::size_t elsewhere = 0;
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
    const bool ours = e.from.ip == ip("192.168.1.2");
    if (e.fate == Fate::sent && ours && e.to.ip != LinkCall::relay4()) ++elsewhere;
  };
  // The caller shows its addresses and tries everything at once; the host has not let it in.
  call.place(a, b);
  call.caller->link.allow_direct(call.world.now());
  call.world.poke(call.caller->process);
  call.stream(5s);
  call.world.run_for(10s);
  EXPECT_TRUE(call.both_relayed());
  EXPECT_EQ(call.host->path().why, Why::login);
  // Only relay candidates of the host are known to the caller, so it tries nothing else either.
  EXPECT_EQ(elsewhere, 0u);
  EXPECT_GT(call.host->link.drops(link::DropReason::refused_candidate), 0u);
}

TEST_F(LinkRelay, RelayOnlyStaysOnTheRelayWhoeverAsksForIt) {
  for (const bool at_caller : {true, false}) {
    LinkCall one(11);
    auto home_1 = one.world.net.add_nat({}, NetworkId::internet, ip("198.51.100.1"), LinkCall::access(),
                                        LinkCall::access());
    auto home_2 = one.world.net.add_nat({}, NetworkId::internet, ip("198.51.101.2"), LinkCall::access(),
                                        LinkCall::access());
    auto host_1 = one.world.net.add_host(home_1, {ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
    auto host_2 = one.world.net.add_host(home_2, {ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
    auto caller = one.default_config(Role::caller, host_1), host = one.default_config(Role::host, host_2);
    (at_caller ? caller : host).relay_only = true;
    std::size_t elsewhere = 0;
    one.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
      if (e.fate == Fate::sent && e.from.ip == ip("192.168.1.2") && e.to.ip != LinkCall::relay4())
        ++elsewhere;
    };
    one.place(host_1, host_2, caller, host);
    ASSERT_TRUE(one.run_until([&] { return one.both_have_path(); }, 1s));
    one.allow_direct();
    one.world.run_for(5s);
    EXPECT_TRUE(one.both_relayed());
    EXPECT_EQ(one.caller->path().why, Why::relay_only);
    EXPECT_EQ(one.host->path().why, Why::relay_only);
    EXPECT_EQ(elsewhere, 0u);
    EXPECT_TRUE(one.talk());
  }
}

TEST_F(LinkRelay, TcpWhereUdpIsBlocked) {
  call.world.net.block_udp(home_a, true);
  const Time start = call.world.now();
  call.place(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
  EXPECT_LT(call.world.now() - start, 500ms);
  EXPECT_EQ(call.caller->path().transport, Transport::tcp);
  EXPECT_EQ(call.host->path().transport, Transport::udp);
  call.allow_direct();
  call.world.run_for(5s);
  EXPECT_EQ(call.caller->path().why, Why::udp_blocked);
  EXPECT_EQ(call.host->path().why, Why::udp_blocked);
  EXPECT_TRUE(call.talk());
}

TEST_F(LinkRelay, TlsWhereNothingElseIsLetOut) {
  for (const bool at_caller : {true, false}) {
    LinkCall one(13);
    one.tcp_listens = false;
    one.stop_relay();
    one.start_relay();
    auto home_1 = one.world.net.add_nat({}, NetworkId::internet, ip("198.51.100.1"), LinkCall::access(),
                                        LinkCall::access());
    auto host_1 = one.world.net.add_host(home_1, {ip("192.168.1.2")}, LinkCall::fast(), LinkCall::fast());
    auto host_2 = one.world.net.add_host(NetworkId::internet, {ip("198.51.101.2")}, LinkCall::access(),
                                         LinkCall::access());
    one.world.net.block_udp(home_1, true);
    const Time start = one.world.now();
    at_caller ? one.place(host_1, host_2) : one.place(host_2, host_1);
    ASSERT_TRUE(one.run_until([&] { return one.both_have_path(); }, 3s));
    EXPECT_LT(one.world.now() - start, 700ms);
    EXPECT_EQ((at_caller ? one.caller : one.host)->path().transport, Transport::tls);
    EXPECT_TRUE(one.talk());
  }
}

TEST_F(LinkRelay, Ipv6OnlyMeetsIpv4Only) {
  call.place(with({ip("2001:db8:1::2")}), with({ip("198.51.100.9")}));
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  EXPECT_EQ(call.caller->path().family, Family::v6);
  EXPECT_EQ(call.host->path().family, Family::v4);
  call.allow_direct();
  call.world.run_for(3s);
  EXPECT_TRUE(call.both_relayed());
  EXPECT_EQ(call.caller->path().why, Why::family);
  EXPECT_EQ(call.host->path().why, Why::family);
  EXPECT_TRUE(call.talk());
}

TEST_F(LinkRelay, ARestartedRelayCarriesTheSessionAgain) {
  call.place(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  call.stream(20s);
  call.world.run_for(3s);
  call.stop_relay();
  call.world.run_for(2s);
  EXPECT_FALSE(call.caller->lost.empty());
  const Time back = call.world.now();
  call.start_relay();
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 10s));
  EXPECT_LT(call.world.now() - back, 3s);
  EXPECT_TRUE(call.talk());
  EXPECT_EQ(call.caller->epochs_wanted, 1);
  EXPECT_EQ(call.host->epochs_wanted, 0);
}

TEST_F(LinkRelay, AnUntouchedDirectSessionDoesNotNoticeARestartOfTheRelay) {
  call.place(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  call.allow_direct();
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 2s));
  const Time from = call.world.now();
  call.stream(40s);
  call.stop_relay();
  call.world.run_for(2s);
  call.start_relay();
  call.world.run_for(30s);
  EXPECT_LT(call.longest_gap(*call.host, from), 100ms);
  EXPECT_LT(call.longest_gap(*call.caller, from), 100ms);
  // The new allocation is there when direct dies.
  const Time cut = call.world.now();
  call.world.net.cut(ip("198.51.100.1"), ip("198.51.101.2"));
  call.world.run_for(5s);
  EXPECT_TRUE(call.both_relayed());
  EXPECT_LT(call.longest_gap(*call.host, cut), 1s);
}

TEST_F(LinkRelay, LostSignalsAreSaidAgain) {
  call.signals_flow = false;
  call.place(a, b);
  call.world.run_for(1500ms);
  call.signals_flow = true;
  EXPECT_TRUE(call.run_until([&] { return call.both_have_path(); }, 3s));
}

TEST_F(LinkRelay, WithoutARelayAStrangerGetsNothing) {
  auto config = call.default_config(Role::host, b);
  config.relays.clear();
  call.place(a, b, call.default_config(Role::caller, a), config);
  EXPECT_EQ(call.host->dead, DeadReason::no_path);
  call.world.run_for(20s);
  EXPECT_EQ(call.host->signals, 0u);
  EXPECT_EQ(call.caller->dead, DeadReason::no_path);
}

TEST_F(LinkRelay, RefusedCredentialsAreSaidEarly) {
  auto config = call.default_config(Role::caller, a);
  config.relays[0].username = "stranger";
  call.place(a, b, config, call.default_config(Role::host, b));
  EXPECT_TRUE(call.run_until([&] { return call.caller->dead.has_value(); }, 2s));
  EXPECT_EQ(call.caller->dead, DeadReason::relay_refused);
}

TEST_F(LinkRelay, SilenceEndsAfterItsTimeLimit) {
  call.place(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  call.stop_relay();
  const Time stopped = call.world.now();
  ASSERT_TRUE(call.run_until([&] { return call.caller->dead && call.host->dead; }, 80s));
  EXPECT_EQ(call.caller->dead, DeadReason::path_lost);
  EXPECT_GT(call.world.now() - stopped, 60s);
}

TEST_F(LinkRelay, FreshCredentialsReplaceRefusedOnes) {
  call.place(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  auto relays = call.default_config(Role::caller, a).relays;
  relays[0].username = "caller-again";
  call.caller->link.set_relays(call.world.now(), relays);
  call.world.poke(call.caller->process);
  EXPECT_TRUE(call.talk());
}

TEST_F(LinkRelay, MalformedSignalsAreCountedAndChangeNothing) {
  call.place(a, b);
  const Buffer junk = {1, 0, 0, 0, 0, 9};
  call.host->link.on_signal(call.world.now(), junk);
  call.host->link.on_signal(call.world.now(), Buffer(5000));
  EXPECT_EQ(call.host->link.drops(link::DropReason::bad_signal), 2u);
  EXPECT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
}

TEST_F(LinkRelay, ThePeersEpochComesWithItsPackets) {
  call.place(a, b);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 1s));
  ASSERT_TRUE(call.talk());
  EXPECT_EQ(call.host->peer_epoch, 1);
  call.caller->link.set_epoch(2);
  ASSERT_TRUE(call.talk());
  EXPECT_EQ(call.host->peer_epoch, 2);
}

/// What our own ID server says ahead of either side's relayed address.
struct LinkRelayAhead : LinkRelay {
  void place_ahead(bool true_words = true) {
    auto caller = call.default_config(Role::caller, a), host = call.default_config(Role::host, b);
    for (link::Config* c : {&caller, &host}) {
      link::RelayServer& r = c->relays.front();
      r.relayed = call.propose(r.username);
      r.realm = call.relay_server().realm();
      r.nonce = call.relay_server().issue_nonce(
          call.world.now(), call.world.net.route(c == &caller ? a : b, LinkCall::relay4())->seen_as);
      if (!true_words) r.relayed->port ^= 1;
    }
    call.place(a, b, caller, host);
  }
};

TEST_F(LinkRelayAhead, TheFirstPacketArrivesAfterThreeRoundTripsHalved) {
  call.signal_delay = 25ms;  // to the server and on to the other side, as the relay has it
  place_ahead();
  bool may = false;
  const Time start = call.world.now();
  ASSERT_TRUE(call.run_until([&] { return may |= call.caller->link.ahead().has_value(); }, 200ms));
  EXPECT_LT(call.world.now() - start, 30ms) << "Allocate took a round trip, the peer's signal too";
  EXPECT_FALSE(call.caller->link.has_path());
  call.send(*call.caller, 1);
  ASSERT_TRUE(call.run_until([&] { return call.host->heard.contains(1); }, 200ms));
  EXPECT_LT(call.world.now() - start, 55ms);
  ASSERT_TRUE(call.run_until([&] { return call.both_relayed(); }, 200ms));
  EXPECT_LT(call.world.now() - start, 80ms);
  EXPECT_FALSE(call.caller->link.ahead());
}

TEST_F(LinkRelayAhead, FewPacketsLeaveBeforeThePathIsProved) {
  call.world.net.trace.tap = {};
  place_ahead();
  ASSERT_TRUE(call.run_until([&] { return call.caller->link.ahead().has_value(); }, 200ms));
  call.world.stop(call.host->process);
  for (std::uint32_t n = 1; n <= 50; ++n) call.send(*call.caller, n);
  EXPECT_EQ(call.caller->link.drops(link::DropReason::no_path), 42u);
  EXPECT_FALSE(call.caller->link.ahead());
}

TEST_F(LinkRelayAhead, AnAddressThatCameOutDifferentlyCostsTimeAndNothingElse) {
  place_ahead(false);
  ASSERT_TRUE(call.run_until([&] { return call.both_relayed(); }, 1s));
  EXPECT_TRUE(call.talk());
}

}  // namespace
}  // namespace godesk::sim
