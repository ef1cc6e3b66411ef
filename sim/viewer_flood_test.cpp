// Floods before the login at a running host (SECURITY 7): nobody gets in, nothing grows, and who belongs
// there still enters.
#include <gtest/gtest.h>

#include "quic/connection.h"
#include "sim/desk_world.h"

namespace godesk::sim {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int kMutated = 100'000, kHalfOpen = 1'000;  // the same ways, in bearable time
#else
constexpr int kMutated = 1'000'000, kHalfOpen = 10'000;
#endif
constexpr std::uint16_t kPort = 21118;

struct Flood : testing::Test {
  DeskWorld desk{61};
  NodeId host_at = desk.world().net.add_host(NetworkId::internet, {LinkCall::ip("198.51.100.1")},
                                             LinkCall::access(), LinkCall::access());
  NodeId viewer_at = desk.world().net.add_host(NetworkId::internet, {LinkCall::ip("198.51.101.1")},
                                               LinkCall::access(), LinkCall::access());
  Endpoint door{LinkCall::ip("198.51.100.1"), kPort};
  SocketId listening{1};  // the host's first socket
  auth::Identity caller = auth::make_identity(desk.random);
  std::map<Endpoint, std::vector<Buffer>> answers;  // to addresses of the flood: 100.0.0.0/8
  std::size_t bytes_out = 0;

  void SetUp() override {
    desk.world().net.trace.tap = [this](const TraceEntry& e, ByteView bytes) {
      if (e.fate != Fate::sent || e.to.ip.prefix(8) != LinkCall::ip("100.0.0.0")) return;
      answers[e.to].push_back(to_buffer(bytes));
      bytes_out += bytes.size();
    };
    desk.start_host(host_at, [](auto& config) { config.direct_ip = kPort; });
    ASSERT_TRUE(desk.host_ready());
  }
  static Endpoint attacker(int n) {
    return {IpAddress::v4(0x64000000u + static_cast<std::uint32_t>(n) * 3), 4000};
  }
  /// As the network brings it. What the host sends back to the flood is in `answers`.
  void hit(const Endpoint& from, ByteView bytes) {
    desk.host->on_datagram(desk.world().now(), listening, from, bytes);
    desk.world().poke(desk.host_process);
  }
  std::unique_ptr<quic::Connection> client() {
    quic::Config config;
    config.seed = caller.key.seed;
    config.public_key = caller.public_key.bytes;
    return std::make_unique<quic::Connection>(config, desk.world().now(), desk.random, desk.log);
  }
  Buffer packet_of(quic::Connection& connection) {
    auto packet = connection.next_packet(desk.world().now());
    return packet ? packet->bytes : Buffer();
  }
  /// A connection that proved its address and goes no further. Its last packet.
  Buffer half_open(int n) {
    auto connection = client();
    hit(attacker(n), packet_of(*connection));
    for (const Buffer& answer : std::exchange(answers[attacker(n)], {}))
      connection->on_packet(desk.world().now(), answer, 1);
    Buffer with_token = packet_of(*connection);
    hit(attacker(n), with_token);
    answers.erase(attacker(n));
    return with_token;
  }
  bool enters(const std::function<void(viewer::ViewerConfig&)>& change) {
    desk.start_viewer(viewer_at, change);
    return desk.world().run_until([&] { return desk.seen<viewer::Authenticated>() != nullptr; }, 2s);
  }
  void by_address(viewer::ViewerConfig& config) { config.target = door; }
};

TEST_F(Flood, MutatedPacketsChangeNothing) {
  std::vector<Buffer> seeds;
  for (int i = 0; i < 4; ++i) seeds.push_back(half_open(i));
  {
    auto connection = client();
    seeds.push_back(packet_of(*connection));
  }
  for (int i = 0; i < kMutated; ++i) {
    Buffer bytes = seeds[static_cast<std::size_t>(i) % seeds.size()];
    for (std::uint64_t flips = 1 + desk.random.below(8); flips > 0; --flips)
      bytes[desk.random.below(i % 3 ? 64 : bytes.size())] = static_cast<std::uint8_t>(desk.random.u64());
    if (i % 5 == 0) bytes.resize(desk.random.below(bytes.size()));
    hit(attacker(i % 200), bytes);
    ASSERT_LE(desk.host->session_count(), 16u);
  }
  EXPECT_FALSE(desk.host_saw<host::SessionOpened>());
  EXPECT_EQ(desk.store.saves, 0);
  EXPECT_TRUE(enters([this](auto& config) { by_address(config); }));
}

TEST_F(Flood, ThousandsOfHalfOpenConnectionsKeepNobodyOut) {
  // Who logged in once is known by its key from then on.
  const auto owner = auth::make_identity(desk.random);
  ASSERT_TRUE(enters([&](auto& config) { config.identity = owner; }));
  desk.viewer->close(desk.world().now(), viewer::CloseReason::done);
  desk.world().poke(desk.viewer_process);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.host->session_count() == 0; }, 10s));
  desk.kill_viewer();

  std::size_t most = 0;
  for (int i = 0; i < kHalfOpen; ++i) {
    half_open(i);
    most = std::max(most, desk.host->session_count());
    if (i % 10 == 0) desk.world().run_for(1ms);
  }
  EXPECT_GE(most, 4u);
  EXPECT_LE(most, 32u);

  for (int i = 0; i < 16; ++i) half_open(50'000 + i);  // every place is taken at this moment
  EXPECT_TRUE(enters([&](auto& config) { config.identity = owner; })) << "by ID, with a key that is known";
  desk.kill_viewer();
  for (int i = 0; i < 16; ++i) half_open(60'000 + i);
  EXPECT_TRUE(enters([this](auto& config) { by_address(config); })) << "by address, as anybody";
}

TEST_F(Flood, StrangersByAddressLeaveRoomForStrangersById) {
  for (int i = 0; i < 16; ++i) half_open(i);
  EXPECT_TRUE(enters([](auto&) {})) << "by ID, with a key that nobody knows";
}

TEST_F(Flood, StrangersAreFewAndShortLived) {
  for (int i = 0; i < 100; ++i) half_open(i);
  EXPECT_LE(desk.host->session_count(), 4u) << "of one second, none has used up its right";
  desk.world().run_for(20s);
  EXPECT_EQ(desk.host->session_count(), 0u);
}

TEST_F(Flood, OneNetworkHasHalfOfThePlacesOfItsKind) {
  for (std::uint16_t port = 1; port <= 50; ++port) {
    auto connection = client();
    const Endpoint from{LinkCall::ip("100.1.1.1"), port};
    hit(from, packet_of(*connection));
    for (const Buffer& answer : std::exchange(answers[from], {}))
      connection->on_packet(desk.world().now(), answer, 1);
    hit(from, packet_of(*connection));
  }
  EXPECT_EQ(desk.host->session_count(), 2u);
}

// No flood, but the same host: what is held goes up when a path without ICE is dead, and not before.
TEST_F(Flood, HeldKeysOfACallerByAddressAreReleasedAndItsSessionComesBack) {
  desk.start_viewer(viewer_at, [this](auto& config) { by_address(config); });
  ASSERT_TRUE(desk.first_frame());
  desk.viewer->send_input(desk.world().now(), session::Key{0xffe1, true});
  desk.world().poke(desk.viewer_process);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.input.keys.size() == 1; }, 2s));
  desk.world().run_for(10s);
  EXPECT_EQ(desk.input.released, 0) << "a resting screen is no dead path";
  EXPECT_EQ(desk.count<link::PathLost>(), 0u);
  const Time down = desk.world().now();
  desk.world().net.set_down(viewer_at, true);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.input.released > 0; }, 30s));
  EXPECT_LE(desk.world().now() - down, 2500ms);
  ASSERT_TRUE(desk.world().run_until([&] { return desk.count<link::PathLost>() > 0; }, 3s));
  desk.world().net.set_down(viewer_at, false);
  desk.paint({0, 0, 50, 50}, 0x445566);
  EXPECT_TRUE(desk.shows_the_same(10s));
  EXPECT_FALSE(desk.host_saw<host::SessionClosed>());
  EXPECT_TRUE(desk.path_is(link::Kind::direct));
}

/// A caller that is through with TLS and then talks nonsense, or too much, or nothing.
TEST_F(Flood, NonsenseOnTheLoginStreamEndsTheConnection) {
  for (int n = 0; n < 60; ++n) {
    auto connection = client();
    const Endpoint from = attacker(n);
    std::optional<quic::StreamHandle> control;
    std::size_t heard = 0;
    bool closed = false, wrote = false;
    for (int turn = 0; turn < 60 && !closed; ++turn) {
      while (auto packet = connection->next_packet(desk.world().now())) hit(from, packet->bytes);
      for (const Buffer& answer : std::exchange(answers[from], {}))
        connection->on_packet(desk.world().now(), answer, 1);
      while (auto event = connection->next_event()) {
        if (auto* data = std::get_if<quic::StreamData>(&*event))
          control = data->stream, heard += data->bytes.size();
        closed |= std::holds_alternative<quic::Closed>(*event);
      }
      if (control && !std::exchange(wrote, true)) {
        EXPECT_FALSE(connection->open_stream(0)) << "no stream of its own";
        Buffer nonsense(n % 3 == 0 ? 15'000 : 1 + desk.random.below(200));
        desk.random.fill(nonsense);
        if (n % 3 == 1) nonsense = Buffer{0, 0, 0, 1, static_cast<std::uint8_t>(n)};
        connection->write(*control, nonsense);
        connection->send_datagram(Buffer(100, 1), quic::Urgency::urgent);
      }
      desk.world().run_for(250ms);
    }
    EXPECT_LT(heard, 300u) << "the offer, and no more";
  }
  EXPECT_EQ(desk.store.saves, 0);
  EXPECT_FALSE(desk.host_saw<host::SessionOpened>());
  desk.world().run_for(15s);
  EXPECT_EQ(desk.host->session_count(), 0u);
}

}  // namespace
}  // namespace godesk::sim
