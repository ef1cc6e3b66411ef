// What a stranger can learn of a host, and whom it can make it speak to, before the login (SECURITY 3, 5).
#include <gtest/gtest.h>

#include "sim/desk_world.h"

namespace godesk::sim {
namespace {

using viewer::CloseReason;

IpAddress host_inside() { return LinkCall::ip("192.168.7.2"); }

struct Stranger : testing::Test {
  DeskWorld desk{41};
  NodeId host_at = behind("198.51.100.1", "192.168.7.2"), viewer_at = behind("198.51.100.2", "192.168.1.2");
  std::size_t to_servers = 0, elsewhere = 0;

  NodeId behind(const char* outside, const char* inside) {
    auto lan =
        desk.world().net.add_nat({}, NetworkId::internet, LinkCall::ip(outside), desk.access, desk.access);
    return desk.world().net.add_host(lan, {LinkCall::ip(inside)}, {.delay = 1ms}, {.delay = 1ms});
  }
  /// Every datagram at the host's uplink. TCP goes to the servers only by construction: the host opens no
  /// other stream.
  void start(const std::function<void(host::HostConfig&)>& change = {}) {
    desk.world().net.trace.tap = [this](const TraceEntry& e, ByteView) {
      if (e.fate != Fate::sent || e.from.ip != host_inside()) return;
      ++(e.to.ip == LinkCall::relay4() || e.to.ip == LinkCall::relay6() ? to_servers : elsewhere);
    };
    desk.start_host(host_at, change);
    ASSERT_TRUE(desk.host_ready());
  }
  CloseReason reason() { return desk.seen<viewer::Closed>()->reason; }
};

TEST_F(Stranger, AWrongPasswordLearnsNoAddress) {
  start();
  desk.start_viewer(viewer_at, [](auto& config) { config.password = "AAAA-AAAA"; });
  ASSERT_TRUE(desk.closed());
  desk.world().run_for(20s);
  EXPECT_EQ(reason(), CloseReason::wrong_password);
  EXPECT_GT(to_servers, 0u);
  EXPECT_EQ(elsewhere, 0u);
}

TEST_F(Stranger, UntilTheLoginEveryPacketGoesToAServerAndAfterItDirectIsAllowed) {
  start();
  desk.start_viewer(viewer_at);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.host_saw<host::SessionOpened>(); }, 10s));
  EXPECT_EQ(elsewhere, 0u);
  ASSERT_TRUE(desk.becomes(link::Kind::direct));
  EXPECT_GT(elsewhere, 0u) << "the capture sees what it is to see";
}

TEST_F(Stranger, ACallerWhoseRelayIsBlockedIsNotMetOtherwise) {
  start();
  desk.start_viewer(viewer_at, [](auto& config) {
    link::RelayServer dead;
    dead.udp = dead.tcp = HostPort{"203.0.113.99", 3478};
    dead.username = "caller", dead.password = "secret";
    config.own_relays = {dead};
  });
  ASSERT_TRUE(desk.closed());
  desk.world().run_for(20s);
  EXPECT_EQ(reason(), CloseReason::no_path);
  EXPECT_EQ(elsewhere, 0u);
}

TEST_F(Stranger, ARelayThatTheCallerNamesIsReachedThroughTheHostsOwnOnly) {
  const auto own = LinkCall::ip("203.0.113.2");
  auto own_at = desk.world().net.add_host(NetworkId::internet, {own}, LinkCall::fast(), LinkCall::fast());
  RelayProcess relay(own, std::nullopt, desk.world().fork_random());
  const auto process = desk.world().run(own_at, relay);
  start();
  desk.start_viewer(viewer_at, [&](auto& config) {
    link::RelayServer named;
    named.udp = HostPort{own.to_string(), 3478};
    named.username = "caller", named.password = "secret";
    config.own_relays = {named};
    config.password = "AAAA-AAAA";
  });
  ASSERT_TRUE(desk.closed());
  desk.world().run_for(10s);
  EXPECT_EQ(elsewhere, 0u);
  desk.kill_viewer();
  desk.world().stop(process);
}

TEST_F(Stranger, RelayOnlyHoldsForTheWholeSession) {
  start([](auto& config) { config.relay_only = true; });
  desk.start_viewer(viewer_at);
  ASSERT_TRUE(desk.first_frame());
  for (int i = 0; i < 30; ++i) {
    desk.paint({i * 10, 0, 10, 10}, 0x123456u + static_cast<std::uint32_t>(i));
    ASSERT_TRUE(desk.shows_the_same(1s));
    desk.world().run_for(1s);
  }
  EXPECT_TRUE(desk.path_is(link::Kind::relay));
  EXPECT_EQ(elsewhere, 0u);
}

TEST_F(Stranger, WithoutAnyRelayThereIsNoPathAndNoAddressIsSent) {
  desk.issuer.none = true;
  start();
  desk.start_viewer(viewer_at);
  ASSERT_TRUE(desk.closed());
  EXPECT_EQ(reason(), CloseReason::no_path);
  desk.world().run_for(20s);
  EXPECT_EQ(elsewhere, 0u);
  EXPECT_EQ(desk.count<link::PathChanged>(), 0u);
}

// ---- keys (SECURITY 3)

TEST_F(Stranger, AServerThatNamesAnotherKeyThanThePinnedOneEndsTheCallBeforeTheHostHearsAnything) {
  start();
  const auto pinned = auth::make_identity(desk.random).public_key;
  desk.start_viewer(viewer_at, [&](auto& config) { config.pinned_host = pinned; });
  ASSERT_TRUE(desk.closed());
  EXPECT_EQ(reason(), CloseReason::key_changed);
  EXPECT_TRUE(desk.seen<viewer::Closed>()->server_says);
  desk.world().run_for(5s);
  EXPECT_EQ(desk.count<link::PathChanged>(), 0u);
  EXPECT_EQ(desk.store.saves, 0) << "no guess was spent";
}

TEST_F(Stranger, ARestartedViewerMustLogInAgain) {
  start();
  const auto me = auth::make_identity(desk.random);
  const std::string used = desk.host->shown_password();
  desk.start_viewer(viewer_at, [&](auto& config) { config.identity = me; });
  ASSERT_TRUE(desk.first_frame());
  desk.kill_viewer();
  desk.start_viewer(viewer_at, [&](auto& config) { config.identity = me, config.password = used; });
  ASSERT_TRUE(desk.closed());
  EXPECT_EQ(reason(), CloseReason::wrong_password);
  EXPECT_EQ(desk.count<viewer::Authenticated>(), 0u);
}

TEST_F(Stranger, HeldKeysAreReleasedWhenEveryPathIsDead) {
  start();
  desk.start_viewer(viewer_at);
  ASSERT_TRUE(desk.becomes(link::Kind::direct));
  desk.viewer->send_input(desk.world().now(), session::Key{0xffe1, true});
  desk.viewer->send_input(desk.world().now(), session::Button{1, true, 5, 5});
  desk.world().poke(desk.viewer_process);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.input.keys.size() == 1; }, 2s));
  const Time down = desk.world().now();
  desk.world().net.set_down(viewer_at, true);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.input.released > 0; }, 30s));
  // Half a second of silence, the doubts about one path and then the other, and 700 ms more: then the last is
  // dead. The host may take another second, and takes nothing.
  EXPECT_LE(desk.world().now() - down, 2200ms);
  // The session itself lives on, and the keys stay released.
  EXPECT_FALSE(desk.host_saw<host::SessionClosed>());
  EXPECT_EQ(desk.input.keys.size(), 1u);
}

// ---- the relay (SECURITY 4)

TEST_F(Stranger, ARelayedSessionOutlivesThreeTicketLifetimesWithoutAGap) {
  start([](auto& config) { config.relay_only = true; });
  desk.call.expire_tickets(5min);
  desk.start_viewer(viewer_at);
  ASSERT_TRUE(desk.first_frame());
  const Time end = desk.world().now() + 16min;
  for (std::uint32_t i = 0; desk.world().now() < end; ++i) {
    desk.paint({static_cast<int>(i % 32) * 10, 0, 10, 10}, 0x10203u * i);
    ASSERT_TRUE(desk.shows_the_same(500ms)) << i;
    desk.world().run_for(5s);
  }
  EXPECT_EQ(desk.count<link::PathLost>(), 0u);
  EXPECT_EQ(desk.count<viewer::Authenticated>(), 1u);
  EXPECT_FALSE(desk.seen<viewer::Closed>());
}

}  // namespace
}  // namespace godesk::sim
