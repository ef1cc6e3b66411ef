// A peer that means harm: what its signals can make us send, and what it can learn (SECURITY 5 and 6).
#include <gtest/gtest.h>

#include "link/signal.h"
#include "sim/link_call.h"

namespace godesk::sim {
namespace {

using link::Role;

struct LinkHostile : testing::Test {
  LinkCall call{31};
  NodeId host_at = call.world.net.add_host(NetworkId::internet, {LinkCall::ip("198.51.100.1")},
                                           LinkCall::access(), LinkCall::access());
  std::uint32_t generation = 0;

  void place_host() {
    call.host.emplace(call.default_config(Role::host, host_at), call.world.fork_random());
    call.host->process = call.world.run(host_at, call.host->link, [this](Time) { drain(); });
    call.host->link.start(call.world.now());
    call.world.poke(call.host->process);
    call.world.run_for(500ms);
  }
  void drain() {
    while (auto event = call.host->link.next_event())
      if (auto* signal = std::get_if<link::Signal>(&*event)) said.push_back(signal->bytes);
  }
  void say(std::vector<Endpoint> victims, ice::CandidateType type) {
    link::Description d;
    d.generation = ++generation;
    d.credentials = {"evilevil", "0123456789012345678901"};
    for (const Endpoint& v : victims) d.candidates.push_back(ice::make_candidate(type, v, v));
    call.host->link.on_signal(call.world.now(), link::encode_signal(d));
    call.world.poke(call.host->process);
  }
  static std::vector<Endpoint> victims(std::uint8_t net) {
    std::vector<Endpoint> out;
    for (std::uint8_t i = 1; i <= 32; ++i)
      out.push_back({IpAddress::v4({203, 0, net, i}), static_cast<std::uint16_t>(5000 + i)});
    return out;
  }

  std::vector<Buffer> said;
};

TEST_F(LinkHostile, BeforeTheLoginVictimsAreSentNothing) {
  std::size_t shots = 0;
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
    if (e.fate == Fate::sent && e.to.ip != LinkCall::relay4() && e.to.ip != LinkCall::ip("198.51.100.1"))
      ++shots;
  };
  place_host();
  for (std::uint8_t net = 200; net < 205; ++net) {
    say(victims(net), ice::CandidateType::relay);
    say(victims(net), ice::CandidateType::host);
    call.world.run_for(5s);
  }
  // Our relay refuses what is no relay of the session; to other relays at most 8 addresses times 10 would go.
  EXPECT_EQ(shots, 0u);
  EXPECT_GT(call.host->link.drops(link::DropReason::refused_candidate), 100u);
}

TEST_F(LinkHostile, BeforeTheLoginOnlyRelayAddressesAreSaid) {
  place_host();
  ASSERT_FALSE(said.empty());
  for (const Buffer& bytes : said) {
    auto d = link::decode_signal(bytes);
    ASSERT_TRUE(d.ok());
    for (const ice::Candidate& c : d->candidates) EXPECT_EQ(c.type, ice::CandidateType::relay);
  }
}

TEST_F(LinkHostile, AfterTheLoginVictimsGetABoundedNumberOfChecks) {
  place_host();
  call.host->link.allow_direct(call.world.now());
  std::map<Endpoint, std::size_t> shots;
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
    if (e.fate == Fate::sent && e.from.ip == LinkCall::ip("198.51.100.1") && e.to.ip != LinkCall::relay4())
      ++shots[e.to];
  };
  for (int round = 0; round < 20; ++round) {
    say(victims(static_cast<std::uint8_t>(200 + round % 2)), ice::CandidateType::host);
    call.world.run_for(10s);
  }
  EXPECT_LE(shots.size(), 16u);
  for (const auto& [victim, n] : shots) EXPECT_LE(n, 100u);
}

TEST_F(LinkHostile, ServersAndLoopbackAreNeverChecked) {
  place_host();
  call.host->link.allow_direct(call.world.now());
  std::size_t checks = 0;
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView bytes) {
    auto m = stun::Message::parse(bytes);
    const bool check = m && m->is(stun::Class::request, stun::Method::binding) && m->has_integrity();
    if (e.fate == Fate::sent && check) ++checks;
  };
  say({{LinkCall::relay4(), 3478},
       *Endpoint::parse("127.0.0.1:22"),
       *Endpoint::parse("224.0.0.1:9"),
       *Endpoint::parse("255.255.255.255:9")},
      ice::CandidateType::host);
  call.world.run_for(5s);
  EXPECT_EQ(checks, 0u);
}

/// SECURITY 6, for the minute that an introduction lives: a hundred victims, named anew under a new name each
/// time.
TEST_F(LinkHostile, AnEvilViewerIsGivenEightyPacketsForItsVictims) {
  place_host();
  call.host->link.allow_direct(call.world.now());
  std::size_t shots = 0;
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
    if (e.fate == Fate::sent && e.from.ip == LinkCall::ip("198.51.100.1") && e.to.ip != LinkCall::relay4())
      ++shots;
  };
  for (int round = 0; round < 60; ++round) {
    link::Description d;
    d.generation = ++generation;
    d.credentials = {"evil" + std::to_string(1000 + round), "0123456789012345678901"};
    for (int i = 0; i < 100; ++i) {
      const Endpoint victim{
          IpAddress::v4({203, 0, static_cast<std::uint8_t>(100 + round), static_cast<std::uint8_t>(1 + i)}),
          53};
      d.candidates.push_back(ice::make_candidate(ice::CandidateType::host, victim, victim));
    }
    call.host->link.on_signal(call.world.now(), link::encode_signal(d));
    call.world.poke(call.host->process);
    call.world.run_for(1s);
  }
  EXPECT_GE(shots, 20u);
  EXPECT_LE(shots, 80u);
}

TEST_F(LinkHostile, GarbageAndFloodsOfSignalsAreCountedAndCostNothing) {
  place_host();
  std::size_t shots = 0;
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView) {
    if (e.fate == Fate::sent && e.from.ip == LinkCall::ip("198.51.100.1") && e.to.ip != LinkCall::relay4())
      ++shots;
  };
  SeededRandom noise(5);
  for (int i = 0; i < 5000; ++i) {
    Buffer junk(noise.below(200));
    noise.fill(junk);
    if (!junk.empty()) junk[0] = 1;
    call.host->link.on_signal(call.world.now(), junk);
  }
  EXPECT_EQ(call.host->link.drops(link::DropReason::bad_signal), 5000u);
  const std::size_t said_before = said.size();
  for (int i = 0; i < 5000; ++i) say(victims(200), ice::CandidateType::host);
  call.world.run_for(5s);
  EXPECT_EQ(shots, 0u);
  EXPECT_LE(said.size() - said_before, 10u) << "signals are not answered with signals";
}

/// RFC 7675 in five seconds: whoever vanishes, or never was there, is not sent to for longer.
TEST_F(LinkHostile, SendingStopsFiveSecondsAfterTheLastConsent) {
  auto caller_at = call.world.net.add_host(NetworkId::internet, {LinkCall::ip("198.51.100.2")},
                                           LinkCall::access(), LinkCall::access());
  call.place(caller_at, host_at);
  ASSERT_TRUE(call.run_until([&] { return call.both_have_path(); }, 2s));
  call.allow_direct();
  ASSERT_TRUE(call.run_until([&] { return call.both_direct(); }, 5s));
  Time last_data{};
  call.world.net.trace.tap = [&](const TraceEntry& e, ByteView bytes) {
    if (e.fate != Fate::sent || e.from.ip != LinkCall::ip("198.51.100.1")) return;
    // Inside a channel there may also be a check, which asks for consent anew.
    const bool relayed = e.kind == DatagramKind::channel && bytes.size() > 4 && bytes[4] >= 0x40;
    if (relayed || e.kind == DatagramKind::quic) last_data = e.time;
  };
  call.stream(60s);
  call.world.run_for(2s);
  const Time gone = call.world.now();
  call.world.stop(call.caller->process);
  call.world.run_for(30s);
  EXPECT_GT(last_data, gone);
  EXPECT_LE(last_data - gone, 5100ms);
}

TEST_F(LinkHostile, OlderSignalsDoNotTakeNewerOnesBack) {
  place_host();
  say(victims(200), ice::CandidateType::relay);
  say(victims(200), ice::CandidateType::relay);
  generation = 0;
  say(victims(200), ice::CandidateType::relay);
  EXPECT_EQ(call.host->link.drops(link::DropReason::stale_signal), 1u);
}

TEST_F(LinkHostile, PacketsFromAddressesWithoutACheckAreDropped) {
  place_host();
  call.host->link.allow_direct(call.world.now());
  call.world.poke(call.host->process);
  call.world.run_for(500ms);
  auto last = link::decode_signal(said.back());
  ASSERT_TRUE(last.ok());
  struct Shooter final : Machine {
    void on_timer(Time) override {}
    std::optional<Command> next_command() override {
      if (std::exchange(opened, true)) return std::nullopt;
      return OpenSocket{SocketId{1}, {IpAddress::any(Family::v4), 0}};
    }
    void on_socket(Time, SocketId, const SocketEvent&) override { ready = true; }
    std::optional<Transmit> next_transmit() override {
      if (!ready || shots.empty()) return std::nullopt;
      Datagram d{SocketId{1}, target, shots.back()};
      shots.pop_back();
      return d;
    }
    Time next_deadline() const override { return kNever; }
    Endpoint target;
    std::vector<Buffer> shots;
    bool opened = false, ready = false;
  } shooter;
  for (const ice::Candidate& c : last->candidates)
    if (c.type == ice::CandidateType::host) shooter.target = c.address;
  ASSERT_NE(shooter.target.port, 0);
  shooter.shots = {Buffer{0x40, 1, 2}, Buffer{0xc0, 0, 0}, Buffer{0x20}, Buffer{0x00, 0x01}, Buffer{}};
  auto at = call.world.net.add_host(NetworkId::internet, {LinkCall::ip("198.51.100.66")}, LinkCall::fast(),
                                    LinkCall::fast());
  call.world.run(at, shooter);
  call.world.run_for(1s);
  EXPECT_EQ(call.host->link.drops(link::DropReason::unknown_source), 2u);
  EXPECT_EQ(call.host->link.drops(link::DropReason::unknown_kind), 2u);
  EXPECT_EQ(call.host->link.drops(link::DropReason::bad_stun), 1u);
}

}  // namespace
}  // namespace godesk::sim
