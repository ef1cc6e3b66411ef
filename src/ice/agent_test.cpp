#include "ice/agent.h"

#include <algorithm>
#include <functional>
#include <set>

#include <gtest/gtest.h>

namespace godesk::ice {
namespace {

struct CountingRandom final : Random {
  explicit CountingRandom(std::uint64_t seed) : state(seed) {}
  void fill(MutableBytes out) override {
    for (auto& byte : out) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<std::uint8_t>(state >> 56);
    }
  }
  std::uint64_t state;
};

Endpoint at(const char* text) { return *Endpoint::parse(text); }
Candidate host(const char* text) { return make_candidate(CandidateType::host, at(text), at(text)); }
Candidate relay(const char* text) { return make_candidate(CandidateType::relay, at(text), at(text)); }

constexpr LegId kUdp{1}, kRelay{2};

/// One end: its agent, its legs' addresses, what it said.
struct End {
  CountingRandom random;
  NullLog log;
  Agent agent;
  std::map<LegId, Endpoint> legs;
  std::vector<Event> events;

  End(std::uint64_t seed, Config config) : random(seed), agent(std::move(config), random, log) {}

  template <class E>
  std::vector<E> all() const {
    std::vector<E> out;
    for (const Event& event : events)
      if (auto* e = std::get_if<E>(&event)) out.push_back(*e);
    return out;
  }
  const PairInfo pair(std::size_t n = 0) const { return agent.pairs().at(n); }
};

/// Two ends on one wire: 10 ms each way, everybody hears what is sent to their leg's address.
struct Wire {
  struct Flying {
    Time when;
    Endpoint from, to;
    Buffer bytes;
  };
  struct Sent {
    Time when;
    Endpoint from, to;
    std::size_t size = 0;
  };

  Time now{};
  End a, b;
  std::deque<Flying> flying;
  std::vector<Sent> sent;
  std::function<bool(const Endpoint& from, const Endpoint& to)> lost = [](auto&, auto&) { return false; };

  static Config role(Config config, bool controlling) { return config.controlling = controlling, config; }
  explicit Wire(Config config = {}) : a(11, role(config, true)), b(22, role(config, false)) {}

  void leg(End& end, LegId id, const Candidate& c) {
    end.legs[id] = c.address;
    end.agent.add_local(now, id, c);
  }
  void introduce() {
    a.agent.set_remote_credentials(now, b.agent.local_credentials());
    b.agent.set_remote_credentials(now, a.agent.local_credentials());
    for (const Candidate& c : b.agent.local_candidates()) a.agent.add_remote(now, c);
    for (const Candidate& c : a.agent.local_candidates()) b.agent.add_remote(now, c);
  }
  void collect(End& end) {
    while (auto t = end.agent.next_transmit()) {
      Endpoint from = end.legs.at(t->leg);
      sent.push_back({now, from, t->to, t->bytes.size()});
      if (!lost(from, t->to)) flying.push_back({now + 10ms, from, t->to, std::move(t->bytes)});
    }
    while (auto e = end.agent.next_event()) end.events.push_back(*e);
  }
  void deliver(const Flying& f) {
    for (End* end : {&a, &b})
      for (auto [id, address] : end->legs)
        if (address == f.to) end->agent.on_datagram(now, id, f.from, f.bytes);
  }
  void run(Duration time) {
    Time until = now + time;
    for (;;) {
      collect(a), collect(b);
      Time next = std::min(a.agent.next_deadline(), b.agent.next_deadline());
      if (!flying.empty()) next = std::min(next, flying.front().when);
      if (next > until) break;
      now = std::max(now, next);
      if (!flying.empty() && flying.front().when <= now) {
        Flying first = std::move(flying.front());
        flying.pop_front();
        deliver(first);
        continue;
      }
      for (End* end : {&a, &b})
        if (end->agent.next_deadline() <= now) end->agent.on_timer(now);
    }
    now = until;
  }
  std::vector<Duration> times_to(const Endpoint& to) const {
    std::vector<Duration> out;
    for (const Sent& s : sent)
      if (s.to == to) out.push_back(s.when - Time{});
    return out;
  }
};

/// Both have a UDP leg.
struct Simple : Wire {
  explicit Simple(Config config = {}) : Wire(config) {
    leg(a, kUdp, host("192.0.2.1:100"));
    leg(b, kUdp, host("192.0.2.2:200"));
    introduce();
  }
};

TEST(IceAgent, TwoEndsFindEachOtherInOneRoundTripAndMeasureIt) {
  Simple w;
  w.run(100ms);
  ASSERT_EQ(w.a.all<PairValid>().size(), 1u);
  ASSERT_EQ(w.b.all<PairValid>().size(), 1u);
  EXPECT_EQ(w.a.all<PairValid>()[0].rtt, 20ms);
  PairInfo info = w.a.pair();
  EXPECT_EQ(info.state, PairState::valid);
  EXPECT_EQ(info.rtt, Duration(20ms));
  EXPECT_EQ(info.mapped, at("192.0.2.1:100"));
  EXPECT_EQ(info.remote, at("192.0.2.2:200"));
  EXPECT_FALSE(info.relayed());
  EXPECT_TRUE(w.a.agent.knows(kUdp, at("192.0.2.2:200")));
  EXPECT_FALSE(w.a.agent.knows(kUdp, at("192.0.2.3:200")));
}

TEST(IceAgent, ThePlanOfChecksIsDenseThenEndsInFailure) {
  Simple w;
  w.lost = [](auto&, auto&) { return true; };
  w.run(1900ms);
  std::vector<Duration> plan = {0ms, 20ms, 45ms, 85ms, 150ms, 250ms, 400ms, 600ms, 850ms, 1150ms};
  EXPECT_EQ(w.times_to(at("192.0.2.2:200")), plan);
  EXPECT_EQ(w.a.all<PairFailed>().size(), 1u);
  EXPECT_EQ(w.a.pair().state, PairState::failed);
}

TEST(IceAgent, AFailedPairIsTriedAgainAtGrowingDistancesWhereLimitsAllow) {
  Config config;
  config.limits.max_unanswered = 13;
  Simple w(config);
  w.lost = [](auto&, auto&) { return true; };
  w.run(3600s);
  auto times = w.times_to(at("192.0.2.2:200"));
  ASSERT_EQ(times.size(), 13u);
  EXPECT_EQ(times[10], 2s);
  EXPECT_EQ(times[11], 10s);
  EXPECT_EQ(times[12], 30s);
  EXPECT_EQ(w.a.agent.next_deadline(), kNever) << "its limits are spent";
  EXPECT_EQ(w.a.all<PairFailed>().size(), 1u);
}

TEST(IceAgent, ChecksKeepThePace) {
  Config config;
  config.limits.max_remotes = 30;
  config.limits.stray_burst = 300;
  Wire w(config);
  w.leg(w.a, kUdp, host("192.0.2.1:100"));
  w.a.agent.set_remote_credentials(w.now, w.b.agent.local_credentials());
  for (int i = 0; i < 30; ++i) {
    Endpoint to{IpAddress::v4(0xC0000264u + static_cast<std::uint32_t>(i)), 9};
    EXPECT_FALSE(w.a.agent.add_remote(w.now, make_candidate(CandidateType::host, to, to)));
  }
  w.run(3s);
  ASSERT_EQ(w.sent.size(), 300u);
  for (std::size_t i = 1; i < w.sent.size(); ++i) EXPECT_GE(w.sent[i].when - w.sent[i - 1].when, 5ms);
}

TEST(IceAgent, StrangersCanMakeUsSendLittleAndNowhereStrange) {
  Simple w;
  auto refusal = [&](const char* text) { return w.a.agent.add_remote(w.now, host(text)); };
  for (const char* bad :
       {"127.0.0.1:5", "0.0.0.0:5", "224.0.0.1:5", "255.255.255.255:5", "192.0.2.9:0", "[::1]:5",
        "[ff02::1]:5", "[fe80::1]:5", "[::]:5", "[::ffff:127.0.0.1]:5", "[::ffff:192.0.2.1]:5"})
    EXPECT_EQ(refusal(bad), RemoteRefusal::bad_target) << bad;
  Candidate bad = host("192.0.2.7:5");
  bad.priority = 0;
  EXPECT_EQ(w.a.agent.add_remote(w.now, bad), RemoteRefusal::bad_candidate);
  for (int port = 1; port <= 7; ++port) EXPECT_FALSE(refusal(("192.0.2.7:" + std::to_string(port)).c_str()));
  EXPECT_EQ(refusal("192.0.2.8:1"), RemoteRefusal::too_many);
  EXPECT_EQ(w.a.agent.remotes().size(), 8u);
}

TEST(IceAgent, LoopbackAndForbiddenAreTheCallersChoice) {
  Config config;
  config.loopback = true;
  config.forbidden = {at("198.51.100.1:3478")};
  Wire w(config);
  w.leg(w.a, kUdp, host("127.0.0.1:100"));
  w.leg(w.b, kUdp, host("127.0.0.1:200"));
  w.introduce();
  EXPECT_EQ(w.a.agent.add_remote(w.now, host("198.51.100.1:3478")), RemoteRefusal::bad_target);
  w.a.agent.add_remote(w.now, host("192.0.2.9:9"));
  EXPECT_EQ(w.a.agent.pairs().size(), 1u) << "a socket on loopback reaches loopback only";
  w.run(100ms);
  EXPECT_EQ(w.a.all<PairValid>().size(), 1u);
}

TEST(IceAgent, NothingIsSentBeforeThePeersCredentialsButItsChecksAreAnswered) {
  Wire w;
  w.leg(w.a, kUdp, host("192.0.2.1:100"));
  w.leg(w.b, kUdp, host("192.0.2.2:200"));
  w.a.agent.set_remote_credentials(w.now, w.b.agent.local_credentials());
  w.a.agent.add_remote(w.now, host("192.0.2.2:200"));
  w.run(15ms);
  EXPECT_FALSE(w.times_to(at("192.0.2.1:100")).empty()) << "answers";
  EXPECT_TRUE(w.b.all<PairValid>().empty());
  w.b.agent.set_remote_credentials(w.now, w.a.agent.local_credentials());
  w.run(100ms);
  EXPECT_EQ(w.b.all<PairValid>().size(), 1u);
  EXPECT_EQ(w.b.pair().remote_type, CandidateType::peer_reflexive);
  w.b.agent.add_remote(w.now, host("192.0.2.1:100"));
  EXPECT_EQ(w.b.pair().remote_type, CandidateType::host) << "signalling knows better";
  EXPECT_EQ(w.b.agent.pairs().size(), 1u);
}

TEST(IceAgent, CredentialsMustBeLongEnough) {
  Wire w;
  EXPECT_FALSE(w.a.agent.set_remote_credentials(w.now, {"abc", std::string(24, 'x')}));
  EXPECT_FALSE(w.a.agent.set_remote_credentials(w.now, {"abcd", std::string(21, 'x')}));
  EXPECT_FALSE(w.a.agent.set_remote_credentials(w.now, {"ab:d", std::string(24, 'x')}));
  EXPECT_TRUE(w.a.agent.set_remote_credentials(w.now, {"abcd", std::string(22, 'x')}));
  EXPECT_TRUE(is_ice_chars(w.a.agent.local_credentials().ufrag, 32));
  EXPECT_GE(w.a.agent.local_credentials().pwd.size(), 22u);
}

TEST(IceAgent, EqualRolesAreSettledByTheTieBreaker) {
  for (bool controlling : {true, false}) {
    Simple w;
    w.a.agent = Agent(Wire::role({}, controlling), w.a.random, w.a.log);
    w.b.agent = Agent(Wire::role({}, controlling), w.b.random, w.b.log);
    w.leg(w.a, kUdp, host("192.0.2.1:100"));
    w.leg(w.b, kUdp, host("192.0.2.2:200"));
    w.introduce();
    w.run(500ms);
    EXPECT_NE(w.a.agent.controlling(), w.b.agent.controlling());
    EXPECT_EQ(w.a.all<RoleChanged>().size() + w.b.all<RoleChanged>().size(), 1u);
    EXPECT_EQ(w.a.pair().state, PairState::valid);
    EXPECT_EQ(w.b.pair().state, PairState::valid);
  }
}

// ---- what is not the peer's

struct Forger {
  Simple wire;
  OutgoingCheck check;
  Credentials mine, theirs;

  Forger() {
    wire.run(100ms);
    mine = wire.b.agent.local_credentials();
    theirs = wire.a.agent.local_credentials();
    check.local = &mine;
    check.remote = &theirs;
    check.priority = 100;
    check.tie_breaker = 1;
  }
  /// What `a` makes of it, coming from an address it never heard of.
  Verdict offer(const Buffer& bytes, LegId leg = kUdp) {
    return wire.a.agent.on_datagram(wire.now, leg, at("192.0.2.66:6"), bytes);
  }
  bool untouched() const {
    return wire.a.agent.pairs().size() == 1 && !wire.a.agent.knows(kUdp, at("192.0.2.66:6"));
  }
};

TEST(IceAgent, ForgedChecksAreCountedAndChangeNothing) {
  Forger f;
  EXPECT_EQ(f.offer({}), Verdict::not_mine);
  EXPECT_EQ(f.offer(Buffer(40, 0x41)), Verdict::not_mine);
  f.theirs.ufrag = "Somebody";
  EXPECT_EQ(f.offer(write_check(f.check)), Verdict::not_mine) << "another agent's on the same socket";
  f.theirs = f.wire.a.agent.local_credentials();
  f.theirs.pwd[0] ^= 1;
  EXPECT_EQ(f.offer(write_check(f.check)), Verdict::dropped);
  EXPECT_EQ(f.wire.a.agent.drops(DropReason::bad_integrity), 1u);
  f.theirs = f.wire.a.agent.local_credentials();
  f.mine.ufrag = "Stranger";
  EXPECT_EQ(f.offer(write_check(f.check)), Verdict::dropped);
  EXPECT_EQ(f.wire.a.agent.drops(DropReason::bad_username), 1u);
  f.mine = f.wire.b.agent.local_credentials();
  f.check.priority = 0;
  EXPECT_EQ(f.offer(write_check(f.check)), Verdict::dropped);
  EXPECT_EQ(f.wire.a.agent.drops(DropReason::missing_attribute), 1u);
  f.check.priority = 100;
  EXPECT_EQ(f.offer(write_check(f.check), LegId{9}), Verdict::dropped);
  EXPECT_EQ(f.wire.a.agent.drops(DropReason::unknown_leg), 1u);
  auto unknown = stun::Builder(stun::Class::request, stun::Method::binding, {})
                     .text(stun::Attr::username, f.theirs.ufrag + ":" + f.mine.ufrag)
                     .u32(stun::Attr{0x7123}, 1)
                     .integrity_sha1(bytes_of(f.theirs.pwd))
                     .finish_with_fingerprint();
  EXPECT_EQ(f.offer(unknown), Verdict::dropped);
  EXPECT_EQ(f.wire.a.agent.drops(DropReason::unknown_attribute), 1u);
  EXPECT_EQ(f.wire.a.agent.next_transmit(), std::nullopt) << "no answer, no error";
  EXPECT_TRUE(f.untouched());
  EXPECT_EQ(f.offer(write_check(f.check)), Verdict::handled);
  EXPECT_FALSE(f.untouched());
}

TEST(IceAgent, AForgedAnswerIsCountedAndTheTrueOneStillCounts) {
  Wire w;
  w.leg(w.a, kUdp, host("192.0.2.1:100"));
  w.a.agent.set_remote_credentials(w.now, w.b.agent.local_credentials());
  w.a.agent.add_remote(w.now, host("192.0.2.2:200"));
  w.a.agent.on_timer(w.now);
  auto check = w.a.agent.next_transmit();
  ASSERT_TRUE(check);
  auto id = stun::Message::parse(check->bytes)->transaction();
  auto answer = [&](const std::string& pwd) {
    return w.a.agent.on_datagram(w.now + 5ms, kUdp, at("192.0.2.2:200"),
                                 write_success(id, at("192.0.2.1:100"), pwd));
  };
  EXPECT_EQ(answer(std::string(24, 'x')), Verdict::dropped);
  EXPECT_TRUE(w.a.all<PairValid>().empty());
  EXPECT_EQ(answer(w.b.agent.local_credentials().pwd), Verdict::handled);
  EXPECT_EQ(w.a.pair().state, PairState::valid);
  EXPECT_EQ(answer(w.b.agent.local_credentials().pwd), Verdict::not_mine) << "each answer counts once";
}

TEST(IceAgent, AuthenticChecksFromAThousandAddressesCostLittle) {
  Forger f;
  std::size_t checks = 0;
  f.wire.sent.clear();
  for (int i = 0; i < 1000; ++i) {
    Endpoint from{IpAddress::v4(0xC6336400u + static_cast<std::uint32_t>(i % 250)),
                  static_cast<std::uint16_t>(1000 + i)};
    f.check.transaction = f.wire.b.random.bytes<12>();
    f.wire.a.agent.on_datagram(f.wire.now, kUdp, from, write_check(f.check));
    while (f.wire.a.agent.next_transmit()) {
    }
  }
  f.wire.run(600s);
  for (const Wire::Sent& s : f.wire.sent)
    if (s.to.ip.prefix(24) == *IpAddress::parse("198.51.100.0")) ++checks;
  EXPECT_EQ(f.wire.a.agent.pairs().size(), 9u);
  EXPECT_LE(checks, 8u * 11u);
}

// ---- relay only

TEST(IceAgent, RelayOnlySpeaksOnRelayLegsOnly) {
  Config config;
  config.relay_only = true;
  Wire w(config);
  EXPECT_FALSE(w.a.agent.add_local(w.now, kUdp, host("192.0.2.1:100")));
  EXPECT_FALSE(w.a.agent.add_local(
      w.now, kUdp, make_candidate(CandidateType::server_reflexive, at("192.0.2.1:100"), at("10.0.0.1:1"))));
  w.leg(w.a, kRelay, relay("203.0.113.1:50000"));
  w.leg(w.b, kRelay, relay("203.0.113.1:50001"));
  w.introduce();
  EXPECT_EQ(w.a.agent.local_candidates().size(), 1u);
  w.run(100ms);
  EXPECT_EQ(w.a.pair().state, PairState::valid);
  EXPECT_TRUE(w.a.pair().relayed());

  Credentials mine = w.b.agent.local_credentials(), theirs = w.a.agent.local_credentials();
  OutgoingCheck check;
  check.local = &mine, check.remote = &theirs, check.priority = 100;
  EXPECT_EQ(w.a.agent.on_datagram(w.now, kUdp, at("192.0.2.2:200"), write_check(check)), Verdict::dropped);
  EXPECT_EQ(w.a.agent.next_transmit(), std::nullopt);
}

// ---- several pairs

struct RelayAndDirect : Wire {
  PairId relayed{}, direct{};

  explicit RelayAndDirect(Config config = wide()) : Wire(config) {
    leg(a, kRelay, relay("203.0.113.1:50000"));
    leg(b, kRelay, relay("203.0.113.1:50001"));
    introduce();
    run(100ms);
    leg(a, kUdp, host("192.0.2.1:100"));
    leg(b, kUdp, host("192.0.2.2:200"));
    introduce();
    run(500ms);
    for (const PairInfo& pair : a.agent.pairs()) {
      if (pair.local_type == CandidateType::relay && pair.remote_type == CandidateType::relay)
        relayed = pair.id;
      if (!pair.relayed()) direct = pair.id;
    }
  }
  static Config wide() {
    Config config;
    config.limits.max_unanswered = 100;
    return config;
  }
  void cut_direct() {
    lost = [](const Endpoint& from, const Endpoint& to) {
      return from.ip.prefix(24) == to.ip.prefix(24) && from.port < 1000 && to.port < 1000;
    };
  }
  Endpoint selected_by(End& end) {
    auto id = end.agent.selected();
    return id ? end.agent.pair_info(*id)->remote : Endpoint{};
  }
};

TEST(IceAgent, TheRelayStaysWarmBesideDirectAndNominationMovesBetweenThem) {
  RelayAndDirect w;
  EXPECT_EQ(w.a.agent.pair_info(w.relayed)->state, PairState::valid);
  EXPECT_EQ(w.a.agent.pair_info(w.direct)->state, PairState::valid);
  EXPECT_FALSE(w.b.agent.nominate(w.now, PairId{1})) << "the controlled end does not choose";
  EXPECT_TRUE(w.a.agent.nominate(w.now, w.relayed));
  w.run(100ms);
  EXPECT_EQ(w.selected_by(w.b), at("203.0.113.1:50000"));
  EXPECT_TRUE(w.a.agent.nominate(w.now, w.direct));
  w.run(100ms);
  EXPECT_EQ(w.selected_by(w.b), at("192.0.2.1:100"));
  EXPECT_EQ(w.a.all<Nominated>().size(), 2u);
  EXPECT_EQ(w.b.all<Nominated>().size(), 2u);
  EXPECT_EQ(w.a.agent.selected(), w.direct);
}

TEST(IceAgent, ANominationIsRepeatedUntilItIsAnswered) {
  RelayAndDirect w;
  w.lost = [](auto&, auto&) { return true; };
  EXPECT_TRUE(w.a.agent.nominate(w.now, w.direct));
  w.run(1s);
  EXPECT_EQ(w.a.agent.selected(), std::nullopt);
  w.lost = [](auto&, auto&) { return false; };
  w.run(300ms);
  EXPECT_EQ(w.a.agent.selected(), w.direct);
  EXPECT_EQ(w.selected_by(w.b), at("192.0.2.1:100"));
}

TEST(IceAgent, ConsentIsAskedEveryFiveSecondsAndRunsOutAfterThirty) {
  Simple w;
  w.run(60s);
  auto times = w.times_to(at("192.0.2.2:200"));
  std::set<Duration> gaps;
  for (std::size_t i = 1; i < times.size(); ++i)
    if (times[i] - times[i - 1] > 1s) gaps.insert(times[i] - times[i - 1]);
  EXPECT_GE(gaps.size(), 3u) << "spread";
  for (Duration gap : gaps) EXPECT_LE(gap, 6s);
  w.lost = [](auto&, auto&) { return true; };
  w.run(24s);
  EXPECT_TRUE(w.a.all<ConsentLost>().empty());
  w.run(7s);
  EXPECT_EQ(w.a.all<ConsentLost>().size(), 1u);
  EXPECT_EQ(w.a.pair().state, PairState::lost);
  w.lost = [](auto&, auto&) { return false; };
  w.run(3s);
  EXPECT_EQ(w.a.pair().state, PairState::valid);
  EXPECT_EQ(w.a.all<PairValid>().size(), 2u);
}

TEST(IceAgent, APingIsAnsweredAtOnceAndADeclaredDeadPairComesBack) {
  RelayAndDirect w;
  std::size_t answers = w.a.all<PairAnswered>().size();
  EXPECT_TRUE(w.a.agent.ping(w.now, w.direct));
  w.run(21ms);
  EXPECT_EQ(w.a.all<PairAnswered>().size(), answers + 1);
  EXPECT_FALSE(w.a.agent.ping(w.now, PairId{999}));

  w.cut_direct();
  w.a.agent.declare_lost(w.now, w.direct);
  w.run(60s);
  EXPECT_EQ(w.a.agent.pair_info(w.direct)->state, PairState::lost);
  EXPECT_EQ(w.a.agent.pair_info(w.relayed)->state, PairState::valid);
  w.lost = [](auto&, auto&) { return false; };
  w.run(2100ms);
  EXPECT_EQ(w.a.agent.pair_info(w.direct)->state, PairState::valid);
}

TEST(IceAgent, AProbeHasTheLengthAskedForAndIsNoSample) {
  RelayAndDirect w;
  w.run(100ms);
  const std::size_t answers = w.a.all<PairAnswered>().size();
  w.sent.clear();
  for (std::size_t bytes : {1200u, 1352u, 1400u, 1452u}) {
    ASSERT_TRUE(w.a.agent.probe(w.now, w.direct, bytes));
    w.run(21ms);
    EXPECT_EQ(w.sent.front().size, bytes);
    EXPECT_LT(w.sent.back().size, 120u) << "the answer is short";
    EXPECT_EQ(w.a.all<ProbeAnswered>().back().bytes, bytes);
    w.sent.clear();
  }
  EXPECT_EQ(w.a.all<PairAnswered>().size(), answers);
  w.a.agent.declare_lost(w.now, w.direct);
  EXPECT_FALSE(w.a.agent.probe(w.now, w.direct, 1200)) << "only validated pairs are loaded";
}

TEST(IceAgent, UnansweredChecksAreLossOnceChanceCannotExplainThem) {
  RelayAndDirect w;
  int sent = 0;
  w.lost = [&](const Endpoint& from, const Endpoint& to) {
    return from == at("192.0.2.1:100") && to == at("192.0.2.2:200") && ++sent % 2 == 0;
  };
  w.run(1s);
  EXPECT_EQ(w.a.agent.pair_info(w.relayed)->loss, 0);
  for (int i = 0; i < 40; ++i) {
    w.a.agent.ping(w.now, w.direct);
    w.a.agent.ping(w.now, w.relayed);
    w.run(200ms);
  }
  w.run(2s);
  EXPECT_EQ(w.a.agent.pair_info(w.relayed)->loss, 0);
  EXPECT_GT(w.a.agent.pair_info(w.direct)->loss, 0.2);
  EXPECT_LT(w.a.agent.pair_info(w.direct)->loss, 0.5);
}

TEST(IceAgent, AtRestAPairIsCheckedSeldomAndTriedAtOnceWhenAnotherDies) {
  Config config = RelayAndDirect::wide();
  config.consent_interval = 2s;
  config.consent_expiry = 5s;
  RelayAndDirect w(config);
  w.run(1s);
  w.a.agent.keep_warm({w.direct});
  w.run(20s);
  w.sent.clear();
  w.run(60s);
  const auto from_relay = std::count_if(w.sent.begin(), w.sent.end(), [](const auto& s) {
    return s.from == at("203.0.113.1:50000") && s.to == at("203.0.113.1:50001") && s.size > 80;
  });
  EXPECT_LE(from_relay, 5);
  EXPECT_GE(from_relay, 3);
  EXPECT_TRUE(w.a.all<ConsentLost>().empty()) << "nobody is told of a pair at rest";
  w.cut_direct();
  w.a.agent.declare_lost(w.now, w.direct);
  w.run(100ms);
  EXPECT_EQ(w.a.agent.pair_info(w.relayed)->state, PairState::valid);
}

TEST(IceAgent, DataThatArrivesIsRememberedPerPair) {
  Simple w;
  w.run(1s);
  w.a.agent.on_received(w.now, kUdp, at("192.0.2.2:200"));
  EXPECT_EQ(w.a.pair().last_received, w.now);
  w.a.agent.on_sent(w.now, w.a.pair().id);
  EXPECT_EQ(w.a.pair().last_sent, w.now);
}

TEST(IceAgent, ARemovedLegTakesItsPairsAndCandidatesAlong) {
  RelayAndDirect w;
  w.a.agent.nominate(w.now, w.direct);
  w.run(100ms);
  w.a.agent.remove_leg(w.now, kUdp);
  EXPECT_EQ(w.a.agent.selected(), std::nullopt);
  EXPECT_EQ(w.a.agent.pair_info(w.direct), std::nullopt);
  for (const PairInfo& pair : w.a.agent.pairs()) EXPECT_EQ(pair.leg, kRelay);
  EXPECT_EQ(w.a.agent.local_candidates().size(), 1u);
}

TEST(IceAgent, ARestartKeepsTheOldPairUntilANewOneIsNominated) {
  Simple w;
  w.run(100ms);
  PairId old = w.a.pair().id;
  ASSERT_TRUE(w.a.agent.nominate(w.now, old));
  w.run(100ms);
  std::string ufrag = w.a.agent.local_credentials().ufrag;
  w.a.agent.restart(w.now);
  w.b.agent.restart(w.now);
  EXPECT_NE(w.a.agent.local_credentials().ufrag, ufrag);
  w.run(20s);
  EXPECT_EQ(w.a.agent.pair_info(old)->state, PairState::valid) << "consent goes on under the old credentials";
  w.introduce();
  w.run(200ms);
  ASSERT_EQ(w.a.agent.pairs().size(), 2u);
  PairId fresh = w.a.pair(1).id;
  ASSERT_TRUE(w.a.agent.nominate(w.now, fresh));
  w.run(100ms);
  EXPECT_EQ(w.a.agent.pairs().size(), 1u);
  EXPECT_EQ(w.b.agent.pairs().size(), 1u);
  EXPECT_EQ(w.a.agent.selected(), fresh);
}

TEST(IceAgent, APeerThatRestartsAloneIsFollowed) {
  Simple w;
  w.run(100ms);
  w.b.agent.restart(w.now);
  w.introduce();
  w.run(300ms);
  bool fresh = false;
  for (const PairInfo& pair : w.a.agent.pairs())
    fresh |= pair.id != PairId{1} && pair.state == PairState::valid;
  EXPECT_TRUE(fresh);
}

TEST(IceAgent, TheEpochIsAnnouncedAndToldOnce) {
  Simple w;
  w.run(100ms);
  w.a.agent.set_epoch(3);
  w.a.agent.ping(w.now, w.a.pair().id);
  w.run(60s);
  ASSERT_EQ(w.b.all<PeerEpoch>().size(), 1u);
  EXPECT_EQ(w.b.all<PeerEpoch>()[0].epoch, 3u);
}

TEST(IceAgent, PairsAreBounded) {
  Config config;
  config.limits = {50, 8, 10, 20};
  config.limits.stray_burst = 300;
  Wire w(config);
  w.a.agent.set_remote_credentials(w.now, w.b.agent.local_credentials());
  w.leg(w.a, kUdp, host("192.0.2.1:100"));
  for (int port = 1; port <= 50; ++port)
    w.a.agent.add_remote(w.now, host(("192.0.2.7:" + std::to_string(port)).c_str()));
  EXPECT_EQ(w.a.agent.pairs().size(), 20u);
  w.run(10s);
  w.a.agent.add_remote(w.now, host("192.0.2.7:50"));
  EXPECT_EQ(w.a.agent.pairs().size(), 20u) << "one that failed makes room";
  EXPECT_EQ(w.a.pair(19).remote, at("192.0.2.7:50"));
}

TEST(IceAgent, APeerThatRestartsWithNewVictimsGetsNoNewBudget) {
  Config config;
  config.limits.max_remotes = 32;
  config.limits.max_unanswered = 300;
  Wire w(config);
  w.leg(w.a, kUdp, host("192.0.2.1:100"));
  for (int round = 0; round < 60; ++round) {
    w.a.agent.set_remote_credentials(w.now,
                                     {"evil" + std::to_string(1000 + round), "0123456789012345678901234"});
    for (int i = 0; i < 30; ++i) {
      Endpoint victim{IpAddress::v4(0xC6336400u + static_cast<std::uint32_t>(round * 30 + i)), 9};
      w.a.agent.add_remote(w.now, make_candidate(CandidateType::host, victim, victim));
    }
    w.run(1s);
  }
  EXPECT_GE(w.sent.size(), 60u);
  EXPECT_LE(w.sent.size(), 80u);
}

/// A relay that was restarted gives new addresses, after a session in which nothing direct ever answered.
TEST(IceAgent, WhatStaysAtTheRelayNeedsNoneOfTheBudgetForStrays) {
  Config config;
  config.limits.max_unanswered = 300;
  Wire w(config);
  w.leg(w.a, kUdp, host("192.0.2.1:100"));
  w.leg(w.a, kRelay, relay("203.0.113.1:1000"));
  w.a.agent.set_remote_credentials(w.now, w.b.agent.local_credentials());
  w.lost = [](auto&, auto&) { return true; };
  for (int port = 1; port <= 5; ++port)
    EXPECT_FALSE(w.a.agent.add_remote(w.now, host(("198.51.100.7:" + std::to_string(port)).c_str())));
  for (int i = 0; i < 20; ++i) w.a.agent.check_again(w.now), w.run(1s);
  w.sent.clear();
  const Time named = w.now;
  for (const char* there : {"203.0.113.1:2000", "203.0.113.99:2000"})
    EXPECT_FALSE(w.a.agent.add_remote(w.now, relay(there)));
  w.run(15s);
  const auto here = w.times_to(at("203.0.113.1:2000")), elsewhere = w.times_to(at("203.0.113.99:2000"));
  auto by_relay = std::count_if(w.sent.begin(), w.sent.end(), [](const Wire::Sent& s) {
    return s.from == at("203.0.113.1:1000") && s.to == at("203.0.113.1:2000");
  });
  EXPECT_GE(by_relay, 10);
  EXPECT_LE(here.at(0), named - Time{} + 5ms);
  ASSERT_FALSE(elsewhere.empty());
  EXPECT_LE(elsewhere.at(0), named - Time{} + 3s)
      << "the next one that may go, before those for direct paths";
  EXPECT_LE(w.sent.size() - static_cast<std::size_t>(by_relay), 6u) << "one in three seconds, as ever";
}

TEST(IceAgent, ACheckFromAForgedAddressBringsItNoMoreThanThreeTimesItsBytes) {
  Forger f;
  f.wire.sent.clear();
  const Endpoint victim = at("198.51.100.7:53");
  std::size_t in = 0, out = 0;
  for (int i = 0; i < 20; ++i) {
    f.check.transaction = f.wire.b.random.bytes<12>();
    const Buffer check = write_check(f.check);
    in += check.size();
    f.wire.a.agent.on_datagram(f.wire.now, kUdp, victim, check);
    f.wire.run(2s);
    out = 0;
    for (const Wire::Sent& s : f.wire.sent)
      if (s.to == victim) out += s.size;
    EXPECT_LE(out, 3 * in);
  }
  EXPECT_GT(out, 0u);
}

TEST(IceAgent, WiderLimitsWakeWhatWasGivenUp) {
  Simple w;
  w.lost = [](auto&, auto&) { return true; };
  w.run(60s);
  EXPECT_EQ(w.times_to(at("192.0.2.2:200")).size(), 10u);
  w.lost = [](auto&, auto&) { return false; };
  w.a.agent.set_limits(w.now, {32, 32, 100, 100});
  w.run(100ms);
  EXPECT_EQ(w.a.pair().state, PairState::valid);
}

// ---- punching

/// `a` opened two sockets that `b` does not know of; the guess of `b` reaches the second.
TEST(IceAgent, AGuessThatReachesASocketMakesItALegAndOnlyForThatAddress) {
  Simple w;
  w.lost = [](const Endpoint& from, const Endpoint& to) { return from.port == 100 || to.port == 100; };
  w.run(3s);
  ASSERT_TRUE(w.a.all<PairValid>().empty());
  const Buffer guess = w.b.agent.guess();
  ASSERT_FALSE(guess.empty());
  EXPECT_TRUE(w.a.agent.authentic(guess));
  EXPECT_FALSE(w.b.agent.authentic(guess));
  Buffer forged = guess;
  forged[30] ^= 1;
  EXPECT_FALSE(w.a.agent.authentic(forged));

  w.a.legs[LegId{7}] = at("192.0.2.1:7777");
  w.a.agent.add_punched_leg(LegId{7}, host("192.0.2.1:7777"));
  w.a.agent.add_remote(w.now, host("192.0.2.99:9"));
  EXPECT_EQ(w.a.agent.on_datagram(w.now, LegId{7}, at("192.0.2.2:200"), guess), Verdict::handled);
  const Time hit = w.now;
  w.run(100ms);
  ASSERT_EQ(w.a.all<PairValid>().size(), 1u);
  ASSERT_EQ(w.b.all<PairValid>().size(), 1u);
  EXPECT_EQ(w.a.pair().leg, kUdp);
  for (const PairInfo& p : w.a.agent.pairs()) EXPECT_TRUE(p.leg == kUdp || p.remote == at("192.0.2.2:200"));
  EXPECT_LE(w.b.agent.pairs().back().last_answer - hit, 60ms) << "the answer is not held back by any budget";
}

TEST(IceAgent, WithoutAPeerThereIsNothingToGuess) {
  Wire w;
  EXPECT_TRUE(w.a.agent.guess().empty());
}

}  // namespace
}  // namespace godesk::ice
