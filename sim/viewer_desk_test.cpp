// The whole product in virtual time: what a user sees, in each kind of network.
#include <algorithm>

#include <gtest/gtest.h>

#include "sim/desk_world.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

/// The commonest home router.
NatConfig cone() { return {{Dependence::endpoint_independent, Dependence::address_and_port_dependent}}; }
NatConfig symmetric() {
  return {{Dependence::address_and_port_dependent, Dependence::address_and_port_dependent},
          PortAllocation::random};
}

struct Desk : testing::Test {
  DeskWorld desk{11};

  NodeId behind(const NatConfig& nat, const char* outside, const char* inside) {
    auto lan =
        desk.world().net.add_nat(nat, NetworkId::internet, LinkCall::ip(outside), desk.access, desk.access);
    return desk.world().net.add_host(lan, {LinkCall::ip(inside)}, {.delay = 1ms}, {.delay = 1ms});
  }
  NodeId host_at(const NatConfig& nat) { return behind(nat, "198.51.100.1", "192.168.1.2"); }
  NodeId viewer_at(const NatConfig& nat) { return behind(nat, "198.51.100.2", "192.168.1.2"); }

  void open(NodeId host, NodeId viewer) {
    desk.start_host(host);
    ASSERT_TRUE(desk.host_ready());
    desk.start_viewer(viewer);
    ASSERT_TRUE(desk.first_frame());
  }
};

TEST_F(Desk, ConesMeetDirectlyAndTheScreenIsThereInUnderASecond) {
  open(host_at(cone()), viewer_at(cone()));
  EXPECT_LE(desk.world().now() - desk.clicked, 1s);
  EXPECT_TRUE(desk.becomes(link::Kind::direct));
  EXPECT_TRUE(desk.shows_the_same());
  desk.paint({10, 20, 100, 50}, 0x336699);
  EXPECT_TRUE(desk.shows_the_same());
}

TEST_F(Desk, SymmetricNatsStayOnTheRelay) {
  open(host_at(symmetric()), viewer_at(symmetric()));
  desk.world().run_for(15s);
  EXPECT_TRUE(desk.path_is(link::Kind::relay));
  desk.paint({0, 0, 320, 10}, 0xff0000);
  EXPECT_TRUE(desk.shows_the_same());
}

TEST_F(Desk, WhatIsTypedArrivesInOrderAndIsAcknowledged) {
  open(host_at(cone()), viewer_at(cone()));
  std::u32string text;
  for (char32_t c = 0; c < 3000; ++c) text += U'!' + c % 1500;
  desk.type(text);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.viewer->input_pending() == 0; }, 20s));
  EXPECT_EQ(desk.input.typed, text);
}

TEST_F(Desk, ADirectPathThatIsCutGoesOnOverTheRelayWithinASecondAndComesBack) {
  open(host_at(cone()), viewer_at(cone()));
  ASSERT_TRUE(desk.becomes(link::Kind::direct));
  desk.world().run_for(3s);
  const auto a = LinkCall::ip("198.51.100.1"), b = LinkCall::ip("198.51.100.2");
  desk.world().net.cut(a, b);
  const Time cut = desk.world().now();
  desk.paint({5, 5, 50, 50}, 0x00ff00);
  desk.type(U"still here");
  ASSERT_TRUE(desk.shows_the_same());
  ASSERT_TRUE(desk.world().run_until([&] { return desk.input.typed == U"still here"; }, 5s));
  EXPECT_LE(desk.world().now() - cut, 1s);
  EXPECT_TRUE(desk.becomes(link::Kind::relay));
  EXPECT_EQ(desk.seen<link::PathChanged>()->path.why, link::Why::direct_lost);
  desk.world().net.heal(a, b);
  EXPECT_TRUE(desk.becomes(link::Kind::direct, 30s));
  EXPECT_EQ(desk.count<viewer::Authenticated>(), 1u);
}

TEST_F(Desk, ADirectSessionDoesNotNoticeThatTheServersDie) {
  open(host_at(cone()), viewer_at(cone()));
  ASSERT_TRUE(desk.becomes(link::Kind::direct));
  desk.world().stop(desk.server);
  desk.call.stop_relay();
  for (int i = 0; i < 20; ++i) {
    desk.paint({i * 10, 0, 10, 10}, 0x123456u + static_cast<std::uint32_t>(i));
    ASSERT_TRUE(desk.shows_the_same(300ms)) << i;
    desk.world().run_for(1s);
  }
  desk.start_server();
  desk.call.start_relay();
  const Time up = desk.world().now();
  auto online = [&] {
    return std::any_of(desk.host_events.begin(), desk.host_events.end(),
                       [](const auto& e) { return std::holds_alternative<host::WentOnline>(e); });
  };
  ASSERT_TRUE(desk.world().run_until(online, 10s));
  EXPECT_LE(desk.world().now() - up, 10s);
  EXPECT_TRUE(desk.path_is(link::Kind::direct));
}

TEST_F(Desk, KeysDoNotStayDownWhenTheViewerVanishes) {
  open(host_at(cone()), viewer_at(cone()));
  ASSERT_TRUE(desk.becomes(link::Kind::direct));
  desk.viewer->send_input(desk.world().now(), session::Key{0xffe1, true});
  desk.world().poke(desk.viewer_process);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.input.keys.size() == 1; }, 2s));
  desk.world().stop(desk.viewer_process);
  const Time gone = desk.world().now();
  ASSERT_TRUE(desk.world().run_until([&] { return desk.input.released > 0; }, 30s));
  EXPECT_LE(desk.world().now() - gone, 10s);
}

TEST_F(Desk, AWrongPasswordEndsAsSuch) {
  desk.start_host(host_at(cone()));
  ASSERT_TRUE(desk.host_ready());
  desk.start_viewer(viewer_at(cone()), [](auto& config) { config.password = "AAAA-AAAA"; });
  ASSERT_TRUE(desk.world().run_until([&] { return desk.seen<viewer::Closed>() != nullptr; }, 20s));
  EXPECT_EQ(desk.seen<viewer::Closed>()->reason, viewer::CloseReason::wrong_password);
  EXPECT_FALSE(desk.seen<viewer::FirstFrame>());
}

TEST_F(Desk, AnUnknownIdIsNotFound) {
  desk.start_host(host_at(cone()));
  ASSERT_TRUE(desk.host_ready());
  desk.start_viewer(viewer_at(cone()), [](auto& config) { config.target = auth::DeviceId(); });
  ASSERT_TRUE(desk.world().run_until([&] { return desk.seen<viewer::Closed>() != nullptr; }, 20s));
  EXPECT_EQ(desk.seen<viewer::Closed>()->reason, viewer::CloseReason::not_found);
}

TEST_F(Desk, RelayOnlyOnOneSideKeepsBothOnTheRelay) {
  desk.start_host(host_at(cone()));
  ASSERT_TRUE(desk.host_ready());
  desk.start_viewer(viewer_at(cone()), [](auto& config) { config.relay_only = true; });
  ASSERT_TRUE(desk.first_frame());
  desk.world().run_for(10s);
  EXPECT_TRUE(desk.path_is(link::Kind::relay));
  EXPECT_EQ(desk.seen<link::PathChanged>()->path.why, link::Why::relay_only);
}

TEST_F(Desk, OnlyTcp443OnBothSidesWorks) {
  desk.call.tcp_listens = false;
  const auto host = host_at(cone()), viewer = viewer_at(cone());
  for (std::uint32_t network : {1u, 2u}) desk.world().net.block_udp(NetworkId{network}, true);
  open(host, viewer);
  EXPECT_LE(desk.world().now() - desk.clicked, 1700ms);
  EXPECT_EQ(desk.seen<link::PathChanged>()->path.kind, link::Kind::relay);
}

TEST_F(Desk, ACloseIsHeardAtOnceOnBothSides) {
  open(host_at(cone()), viewer_at(cone()));
  desk.viewer->close(desk.world().now(), viewer::CloseReason::done);
  desk.world().poke(desk.viewer_process);
  auto closed = [&] {
    return std::any_of(desk.host_events.begin(), desk.host_events.end(),
                       [](const auto& e) { return std::holds_alternative<host::SessionClosed>(e); });
  };
  EXPECT_TRUE(desk.world().run_until([&] { return closed() && desk.seen<viewer::Closed>(); }, 1s));
}

TEST_F(Desk, TheEndOfASessionFreesItsAllocations) {
  const NodeId viewer = viewer_at(symmetric());
  open(host_at(symmetric()), viewer);
  EXPECT_EQ(desk.call.relay_server().stats().allocations, 2u);
  desk.viewer->close(desk.world().now(), viewer::CloseReason::done);
  desk.world().poke(desk.viewer_process);
  EXPECT_TRUE(desk.no_allocations(200ms));

  desk.kill_viewer();
  desk.start_viewer(viewer);
  ASSERT_TRUE(desk.first_frame());
  EXPECT_EQ(desk.call.relay_server().stats().allocations, 2u);
  desk.host->end_session(desk.world().now(), desk.host->sessions().front().first);
  desk.world().poke(desk.host_process);
  EXPECT_TRUE(desk.no_allocations(1s));
}

TEST_F(Desk, TheEndOfASessionFreesItsAllocationsOverTls) {
  desk.call.tcp_listens = false;
  const auto host = host_at(cone()), viewer = viewer_at(cone());
  for (std::uint32_t network : {1u, 2u}) desk.world().net.block_udp(NetworkId{network}, true);
  open(host, viewer);
  EXPECT_EQ(desk.call.relay_server().stats().allocations, 2u);
  desk.viewer->close(desk.world().now(), viewer::CloseReason::done);
  desk.world().poke(desk.viewer_process);
  EXPECT_TRUE(desk.no_allocations(300ms));
}

TEST_F(Desk, ALoginThatFailsFreesItsAllocationsToo) {
  desk.start_host(host_at(cone()));
  ASSERT_TRUE(desk.host_ready());
  desk.start_viewer(viewer_at(cone()), [](auto& config) { config.password = "AAAA-AAAA"; });
  ASSERT_TRUE(desk.closed());
  EXPECT_TRUE(desk.no_allocations(2s));
}

/// A session on the only relay of the world, which stays there.
struct Relayed : Desk {
  void SetUp() override {
    open(host_at(symmetric()), viewer_at(symmetric()));
    desk.world().run_for(20s);
    ASSERT_TRUE(desk.path_is(link::Kind::relay));
  }
  /// Credentials handed out so far open nothing any more, as after five minutes.
  void spend_credentials() {
    for (int i = 0; i <= desk.issuer.issued(); ++i) desk.call.spent.insert("guest" + std::to_string(i));
  }
  void expect_back_within(Duration limit, Time up) {
    desk.input.typed.clear();
    desk.paint({5, 5, 60, 60}, 0x00aaff + 0x1000 * ++paints_);
    ASSERT_TRUE(desk.shows_the_same(limit));
    std::printf("picture back %.0f ms after the relay was up again\n", to_ms(desk.world().now() - up));
    desk.type(U"still in");
    ASSERT_TRUE(desk.world().run_until([&] { return desk.input.typed == U"still in"; }, 2s));
    EXPECT_EQ(desk.count<viewer::Authenticated>(), 1u);
    EXPECT_EQ(desk.host->session_count(), 1u);
    EXPECT_EQ(static_cast<int>(desk.host->sessions().front().first), 1);
    EXPECT_FALSE(desk.host_saw<host::SessionClosed>());
    desk.world().run_for(5s);
    EXPECT_EQ(desk.introductions(), 0u) << "signals travel within the session again";
  }

 private:
  std::uint32_t paints_ = 0;
};

TEST_F(Relayed, TheOnlyRelayIsKilledAndRestartedAndNobodyLogsIn) {
  for (Duration outage : {100ms, 2000ms, 12'000ms, 40'000ms}) {
    SCOPED_TRACE(to_ms(outage));
    desk.call.stop_relay();
    desk.world().run_for(outage);
    desk.call.start_relay();
    expect_back_within(5s, desk.world().now());
  }
}

TEST_F(Relayed, CredentialsThatAreSpentAreReplaced) {
  desk.call.stop_relay();
  spend_credentials();
  desk.world().run_for(20s);
  desk.call.start_relay();
  expect_back_within(5s, desk.world().now());
}

TEST_F(Relayed, TheWholeServerIsRestarted) {
  for (Duration outage : {2000ms, 25'000ms}) {
    SCOPED_TRACE(to_ms(outage));
    desk.world().stop(desk.server);
    desk.call.stop_relay();
    spend_credentials();
    desk.world().run_for(outage);
    desk.start_server();
    desk.call.start_relay();
    expect_back_within(5s, desk.world().now());
  }
}

TEST_F(Relayed, AHostThatWasRestartedDoesNotTakeTheSessionBack) {
  desk.call.stop_relay();
  desk.world().run_for(1500ms);
  const auto identity = desk.host_identity;
  desk.world().stop(desk.host_process);
  desk.start_host(desk.world().net.add_host(NetworkId::internet, {LinkCall::ip("198.51.100.77")}, {}, {}),
                  [&](auto& config) { config.door.identity = *identity; });
  desk.call.start_relay();
  ASSERT_TRUE(desk.closed(70s));
  EXPECT_EQ(desk.seen<viewer::Closed>()->reason, viewer::CloseReason::no_path);
  EXPECT_EQ(desk.host->session_count(), 0u);
}

TEST_F(Desk, ASessionOutlivesThreeTicketLifetimesWithoutAGap) {
  constexpr auto kLife = 20min;
  desk.call.stop_relay();
  desk.call.ticket_life = kLife;
  desk.call.start_relay();
  open(host_at(symmetric()), viewer_at(symmetric()));
  const Time end = desk.world().now() + 3 * kLife + 5min;
  Duration longest{};
  for (int i = 0; desk.world().now() < end; ++i) {
    const Time painted = desk.world().now();
    desk.paint({i % 30 * 10, 0, 10, 10}, 0x123456u + static_cast<std::uint32_t>(i));
    ASSERT_TRUE(desk.shows_the_same(2s)) << to_ms(painted.time_since_epoch());
    longest = std::max(longest, desk.world().now() - painted);
    desk.world().run_for(500ms);
  }
  std::printf("longest time to a picture over three lifetimes: %.0f ms\n", to_ms(longest));
  EXPECT_LE(longest, 300ms);
  EXPECT_EQ(desk.count<link::PathLost>(), 0u);
  EXPECT_LE(desk.call.relay_server().stats().allocations, 2u) << "what was replaced is given back";
}

TEST(DeskTrace, TheSameSeedGivesTheSameTrace) {
  auto trace = [](std::uint64_t seed) {
    DeskWorld desk(seed);
    auto lan = desk.world().net.add_nat(cone(), NetworkId::internet, LinkCall::ip("198.51.100.1"),
                                        desk.access, desk.access);
    auto a = desk.world().net.add_host(lan, {LinkCall::ip("10.0.0.2")}, {}, {});
    auto b = desk.world().net.add_host(NetworkId::internet, {LinkCall::ip("198.51.100.9")}, {}, {});
    desk.start_host(a);
    desk.host_ready();
    desk.start_viewer(b);
    desk.first_frame();
    desk.world().run_for(5s);
    return desk.world().net.trace.hash();
  };
  EXPECT_EQ(trace(5), trace(5));
  EXPECT_NE(trace(5), trace(6));
}

/// The host's user let this caller in by its key, and the two met before.
struct Authorised : Desk {
  auth::Identity caller = auth::make_identity(desk.random), host = auth::make_identity(desk.random);

  auth::AuthorisedKeys friends() const {
    auth::AuthorisedKeys keys;
    keys.put({caller.public_key, 3, std::nullopt, "friend"});
    return keys;
  }
  void call(const NatConfig& hosts, const NatConfig& viewers) {
    desk.start_host(host_at(hosts), [&](host::HostConfig& c) {
      c.door.identity = host;
      c.door.authorised = friends();
    });
    ASSERT_TRUE(desk.host_ready());
    desk.start_viewer(viewer_at(viewers), [&](viewer::ViewerConfig& c) {
      c.identity = caller;
      c.pinned_host = host.public_key;
      c.password.clear();
    });
  }
};

TEST_F(Authorised, EntersWithoutPasswordAndMeetsDirectlyBeforeTheLoginIsThrough) {
  call(cone(), cone());
  ASSERT_TRUE(desk.first_frame());
  EXPECT_EQ(desk.seen<viewer::Authenticated>()->permissions.bits(), 3u);
  Time direct = kNever, login = kNever;
  for (const auto& [at, event] : desk.viewer_events) {
    auto* path = std::get_if<link::PathChanged>(&event);
    if (path && path->path.kind == link::Kind::direct) direct = std::min(direct, at);
    if (std::holds_alternative<viewer::Authenticated>(event)) login = at;
  }
  EXPECT_LE(direct, login);
}

/// With signals alone the host's addresses need a way to the server and on to the viewer more (50 ms here),
/// and a STUN server's answer ahead of that (50 ms).
TEST_F(Authorised, ChecksToTheOtherSidesAddressBeginWithTheIntroduction) {
  const auto host_node = host_at(cone()), viewer_node = viewer_at(cone());
  const auto friendly = [&](host::HostConfig& c) {
    c.door.identity = host;
    c.door.authorised = friends();
  };
  desk.start_host(host_node, friendly);
  ASSERT_TRUE(desk.host_ready());
  desk.world().run_for(5s);
  std::map<IpAddress, Time> first;  // datagram to the other side's router
  desk.world().net.trace.tap = [&](const TraceEntry& e, ByteView) {
    const bool across = e.to.ip == LinkCall::ip("198.51.100.1") || e.to.ip == LinkCall::ip("198.51.100.2");
    if (e.fate == Fate::sent && across && e.from.ip.is_private()) first.emplace(e.to.ip, e.time);
  };
  desk.start_viewer(viewer_node, [&](viewer::ViewerConfig& c) {
    c.identity = caller;
    c.pinned_host = host.public_key;
    c.password.clear();
  });
  ASSERT_TRUE(desk.world().run_until([&] { return desk.introductions() == 1; }, 5s));
  const Time introduced = desk.world().now();
  ASSERT_TRUE(desk.becomes(link::Kind::direct));
  const Time direct = desk.world().now();
  ASSERT_EQ(first.size(), 2u);
  for (const auto& [to, at] : first) EXPECT_LT(at - introduced, 35ms) << to.to_string();
  EXPECT_LT(direct - introduced, 350ms);
  ASSERT_TRUE(desk.first_frame());
}

TEST_F(Authorised, TheNextCallHasSocketsOfItsOwn) {
  call(cone(), cone());
  ASSERT_TRUE(desk.first_frame());
  desk.viewer->close(desk.world().now(), viewer::CloseReason::done);
  desk.world().poke(desk.viewer_process);
  ASSERT_TRUE(desk.closed());
  desk.kill_viewer();
  desk.world().run_for(2s);
  desk.start_viewer(behind(symmetric(), "198.51.100.3", "192.168.1.3"), [&](viewer::ViewerConfig& c) {
    c.identity = caller;
    c.pinned_host = host.public_key;
    c.password.clear();
  });
  EXPECT_TRUE(desk.first_frame());
}

TEST_F(Authorised, ARelayOnlyHostTellsNoAddressAhead) {
  std::size_t elsewhere = 0;
  const auto node = host_at(cone());
  desk.world().net.trace.tap = [&](const TraceEntry& e, ByteView) {
    const bool hosts = e.fate == Fate::sent && e.from.ip == LinkCall::ip("192.168.1.2") &&
                       e.to.ip == LinkCall::ip("198.51.100.2");
    elsewhere += hosts;
  };
  desk.start_host(node, [&](host::HostConfig& c) {
    c.door.identity = host;
    c.door.authorised = friends();
    c.relay_only = true;
  });
  ASSERT_TRUE(desk.host_ready());
  desk.start_viewer(viewer_at(cone()), [&](viewer::ViewerConfig& c) {
    c.identity = caller;
    c.pinned_host = host.public_key;
    c.password.clear();
  });
  ASSERT_TRUE(desk.first_frame());
  desk.world().run_for(5s);
  EXPECT_TRUE(desk.path_is(link::Kind::relay));
  EXPECT_EQ(elsewhere, 0u);
}

TEST_F(Authorised, WhoIsTakenOutIsOutWithinASecond) {
  call(cone(), cone());
  ASSERT_TRUE(desk.first_frame());
  const Time revoked = desk.world().now();
  desk.host->set_authorised(revoked, {});
  desk.world().poke(desk.host_process);
  ASSERT_TRUE(desk.closed(1s));
  EXPECT_EQ(desk.seen<viewer::Closed>()->reason, viewer::CloseReason::revoked);
}

TEST_F(Authorised, AnotherKeyIsAStranger) {
  desk.start_host(host_at(cone()), [&](host::HostConfig& c) {
    c.door.identity = host;
    c.door.authorised = friends();
  });
  ASSERT_TRUE(desk.host_ready());
  desk.start_viewer(viewer_at(cone()), [&](viewer::ViewerConfig& c) {
    c.pinned_host = host.public_key;
    c.password.clear();
  });
  ASSERT_TRUE(desk.closed());
  EXPECT_EQ(desk.seen<viewer::Closed>()->reason, viewer::CloseReason::refused);
  EXPECT_FALSE(desk.host_saw<host::SessionOpened>());
}

TEST_F(Authorised, NoPrivateAddressIsShownBeforeTheLogin) {
  call(cone(), cone());
  ASSERT_TRUE(desk.world().run_until([&] { return desk.seen<link::PathChanged>() != nullptr; }, 10s));
  for (const auto& [at, event] : desk.viewer_events) {
    if (auto* path = std::get_if<link::PathChanged>(&event)) {
      EXPECT_FALSE(path->path.remote.ip.is_private());
    }
  }
}

}  // namespace
}  // namespace godesk::sim
