// The measured network in the whole product: a host that waits says no more than it must, and sessions know
// their network.
#include <gtest/gtest.h>

#include "sim/desk_world.h"
#include "sim/profile_world.h"

namespace godesk::sim {
namespace {

using oracle::Dependence;

/// Counts what its machine says; everything goes through.
class Watched final : public Machine {
 public:
  explicit Watched(Machine& inner) : inner_(inner) {}
  std::size_t messages = 0, datagrams = 0;

  void on_network(Time now, const std::vector<IpAddress>& a) override { inner_.on_network(now, a); }
  void on_datagram(Time now, SocketId s, const Endpoint& from, ByteView bytes) override {
    inner_.on_datagram(now, s, from, bytes);
  }
  void on_socket(Time now, SocketId s, const SocketEvent& e) override { inner_.on_socket(now, s, e); }
  void on_stream(Time now, StreamId s, const StreamEvent& e) override { inner_.on_stream(now, s, e); }
  void on_backlog(Time now, StreamId s, std::size_t n) override { inner_.on_backlog(now, s, n); }
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& a) override {
    inner_.on_resolved(now, host, a);
  }
  void on_timer(Time now) override { inner_.on_timer(now); }
  std::optional<Command> next_command() override { return inner_.next_command(); }
  std::optional<Transmit> next_transmit() override {
    auto transmit = inner_.next_transmit();
    if (transmit) ++(std::holds_alternative<Datagram>(*transmit) ? datagrams : messages);
    return transmit;
  }
  Time next_deadline() const override { return inner_.next_deadline(); }

 private:
  Machine& inner_;
};

/// What an idle host behind a NAT of this expiry says in 400 s, after its network was measured. `greets`: it
/// authorised somebody, and keeps the mapping that its greeting names.
std::pair<std::size_t, std::size_t> idle_talk(Duration expiry, bool greets = false) {
  DeskWorld desk(3);
  // The second port of the server, by which a mapping is known.
  StunProcess second({{LinkCall::relay4(), desk.join().tls_port}}, desk.world().fork_random());
  if (greets) desk.world().run(desk.call.relay_host, second);
  NatConfig nat;
  nat.kind = {Dependence::endpoint_independent, Dependence::address_and_port_dependent, false};
  nat.expiry = expiry;
  const auto lan = desk.world().net.add_nat(nat, NetworkId::internet, LinkCall::ip("198.51.100.1"),
                                            desk.access, desk.access);
  const NodeId at =
      desk.world().net.add_host(lan, {LinkCall::ip("192.168.1.2")}, {.delay = 1ms}, {.delay = 1ms});
  host::HostConfig config;
  config.door.identity = auth::make_identity(desk.random);
  config.server = desk.join();
  if (greets)
    config.door.authorised.put({auth::make_identity(desk.random).public_key, 3, std::nullopt, "friend"});
  host::Host host(std::move(config), desk.screen, desk.input, desk.store, desk.host_ids, desk.host_chance,
                  desk.log);
  Watched watched(host);
  const ProcessId process = desk.world().run(at, watched, [&](Time) {
    while (host.next_event()) continue;
  });
  host.start(desk.world().now());
  desk.world().poke(process);
  desk.world().run_for(160s);
  EXPECT_GT(watched.datagrams, 20u) << "the network was not measured";
  watched.messages = watched.datagrams = 0;
  desk.world().run_for(400s);
  desk.world().stop(process);
  return {watched.messages, watched.datagrams};
}

TEST(IdleHost, SaysOneWordInTwentySecondsAndLessOnlyWhereMappingsDieEarly) {
  const auto [usual, usual_datagrams] = idle_talk(300s);
  EXPECT_GE(usual, 400u / 25);
  EXPECT_LE(usual, 400u / 20);
  EXPECT_EQ(usual_datagrams, 0u);
  const auto [often, often_datagrams] = idle_talk(35s);  // 30 s is the longest silence that was survived
  EXPECT_NEAR(static_cast<double>(often), 400.0 / 15, 2);
  EXPECT_EQ(often_datagrams, 0u);
  const auto [most, most_datagrams] = idle_talk(9s);
  EXPECT_NEAR(static_cast<double>(most), 400.0 / 8, 3) << "never oftener than every 8 s";
  EXPECT_EQ(most_datagrams, 0u);
}

TEST(IdleHost, KeepsTheMappingOfItsGreetingWithoutSayingMore) {
  for (const auto& [expiry, every] : {std::pair{300s, 20u}, std::pair{35s, 15u}}) {
    const auto [messages, datagrams] = idle_talk(expiry, true);
    EXPECT_NEAR(static_cast<double>(messages), 200.0 / every, 2);
    EXPECT_NEAR(static_cast<double>(datagrams), 200.0 / every, 2);
    EXPECT_LE(messages + datagrams, 400u / every) << expiry.count() << " s";
  }
  const auto [messages, datagrams] = idle_talk(9s, true);
  EXPECT_EQ(datagrams, 0u) << "it would be dead each time";
  EXPECT_NEAR(static_cast<double>(messages), 400.0 / 8, 3);
}

}  // namespace
}  // namespace godesk::sim
