#include "session/session.h"

#include <gtest/gtest.h>

#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::session {
namespace {

struct SessionTest : testing::Test {
  sim::SeededRandom random{7};
  auth::Identity host = auth::make_identity(random);
  TestDoor door{host, random};

  EndReason end_of(const std::vector<Event>& events) {
    auto* ended = Pair::find<Ended>(events);
    EXPECT_TRUE(ended);
    return ended ? ended->reason : EndReason::error;
  }
};

TEST_F(SessionTest, TheRightPasswordOpensInFourRoundTrips) {
  Pair pair(door, host, door.one_time.symbols());
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  // QUIC and Offer 2 (the first to prove the caller's key), Share and Response 1, Confirm and Accepted 1.
  // Pacing (ngtcp2 1.x) adds microseconds.
  EXPECT_LE(pair.now - Time{}, 4 * 50ms + 1ms);
  pair.drain();
  auto* at_host = Pair::find<Authenticated>(pair.host_events);
  auto* at_caller = Pair::find<Authenticated>(pair.caller_events);
  ASSERT_TRUE(at_host && at_caller);
  EXPECT_EQ(at_host->peer, pair.caller_key);
  EXPECT_EQ(at_caller->peer, host.public_key);
  EXPECT_EQ(at_host->permissions, defaults_of(PasswordKind::one_time));
  EXPECT_EQ(at_caller->permissions, at_host->permissions);
}

TEST_F(SessionTest, AddressesAreShownOnlyAfterLogin) {
  Pair pair(door, host, door.one_time.symbols());
  EXPECT_FALSE(pair.caller_wire->direct_allowed || pair.host_wire->direct_allowed);
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  EXPECT_TRUE(pair.caller_wire->direct_allowed && pair.host_wire->direct_allowed);
  // Before login the link's signal goes out by way of the server, after it by the control stream.
  EXPECT_EQ(Pair::find<SignalOut>(pair.caller_events)->bytes, Buffer{1});
  ASSERT_TRUE(pair.run([&] { return !pair.host_wire->signals.empty(); }));
  EXPECT_EQ(pair.host_wire->signals.front(), Buffer{2});
}

TEST_F(SessionTest, AWrongPasswordIsRefusedAndCostsAGuess) {
  Pair pair(door, host, "AAAA-AAAA");
  ASSERT_TRUE(pair.run([&] { return Pair::find<Ended>(pair.caller_events); }));
  EXPECT_EQ(end_of(pair.caller_events), EndReason::wrong_password);
  ASSERT_TRUE(pair.run([&] { return Pair::find<Ended>(pair.host_events); }));
  EXPECT_FALSE(Pair::find<Authenticated>(pair.host_events));
  EXPECT_EQ(door.spent, 1);
  EXPECT_EQ(door.admitted, 0);
}

TEST_F(SessionTest, WhoMustWaitHearsHowLongAndSpendsNothing) {
  door.wait_for = 17s;
  Pair pair(door, host, door.one_time.symbols());
  ASSERT_TRUE(pair.run([&] { return Pair::find<Ended>(pair.caller_events); }));
  auto* ended = Pair::find<Ended>(pair.caller_events);
  EXPECT_EQ(ended->reason, EndReason::busy);
  EXPECT_EQ(ended->wait, 17s);
  EXPECT_EQ(door.spent, 0);
}

TEST_F(SessionTest, OfTwoCallersWithOneOneTimePasswordOneOpens) {
  const std::string password = door.one_time.symbols();
  Pair a(door, host, password, 1), b(door, host, password, 2);
  auto over = [](Pair& p) { return p.both_in() || Pair::find<Ended>(p.caller_events); };
  // In step, so that both pass the limiter before either is admitted.
  for (int i = 0; i < 400 && !(over(a) && over(b)); ++i) {
    a.run([] { return false; }, 5ms);
    b.run([] { return false; }, 5ms);
    a.now = b.now = std::max(a.now, b.now) + 5ms;
  }
  EXPECT_EQ(a.both_in() + b.both_in(), 1);
  EXPECT_EQ(door.admitted, 1);
  EXPECT_EQ(door.spent, 2);
}

TEST_F(SessionTest, AHostWithAnotherKeyIsRefusedBeforeAnyShare) {
  auto other = auth::make_identity(random);
  Pair pair(door, host, door.one_time.symbols());
  // The caller expects `host`; a host of another identity answers.
  Pair impostor(door, other, door.one_time.symbols());
  impostor.caller = std::move(pair.caller);
  // The caller of `pair` is connected to the wires of `pair`: cross them.
  pair.caller_wire->connect(*impostor.host_wire);
  impostor.host_wire->connect(*pair.caller_wire);
  ASSERT_TRUE(impostor.run([&] { return Pair::find<Ended>(impostor.caller_events); }));
  EXPECT_EQ(end_of(impostor.caller_events), EndReason::key_changed);
  EXPECT_EQ(door.spent, 0);
}

TEST_F(SessionTest, ARoundTripIsMeasuredFromWhenSomethingWasWritten) {
  Pair pair(door, host, door.one_time.symbols());
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  for (int key = 0; key < 40; ++key) {
    const Time end = pair.now + 200ms;
    pair.run([] { return false; }, 200ms);
    pair.now = end;
    pair.caller->send_input(pair.now, Character{U'a'});
    pair.drain();
  }
  EXPECT_LT(pair.caller->channel().stats().smoothed_rtt, 70ms) << "50 ms there and back";
}

TEST_F(SessionTest, ScreenInputAndCursorTravel) {
  Pair pair(door, host, door.one_time.symbols());
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  ASSERT_TRUE(pair.host->can_send_update());
  pair.host->send_update(pair.now, {45, 123, Buffer(100'000, 7)});
  pair.host->send_cursor_shape(pair.now, Buffer{1, 2, 3});
  pair.host->send_cursor_position(pair.now, 5, 6);
  pair.caller->send_input(pair.now, Character{U'€'});
  pair.caller->move_pointer(pair.now, 10, 20);
  ASSERT_TRUE(pair.run([&] { return Pair::find<ScreenReceived>(pair.caller_events); }));
  EXPECT_EQ(Pair::find<ScreenReceived>(pair.caller_events)->update.update.size(), 100'000u);
  EXPECT_EQ(Pair::find<ScreenReceived>(pair.caller_events)->update.encode_us, 123u);
  EXPECT_EQ(Pair::find<CursorShapeReceived>(pair.caller_events)->shape, (Buffer{1, 2, 3}));
  EXPECT_EQ(Pair::find<PointerMoved>(pair.caller_events)->x, 5);
  EXPECT_EQ(Pair::find<PointerMoved>(pair.host_events)->y, 20);
  auto* input = Pair::find<InputReceived>(pair.host_events);
  ASSERT_TRUE(input);
  EXPECT_EQ(std::get<Character>(input->input).code_point, U'€');
  pair.host->acknowledge_input(pair.now, 1);
  ASSERT_TRUE(pair.run([&] { return Pair::find<InputAcked>(pair.caller_events); }));
}

/// A host that always has a newer picture of 8 kB, on a link that carries one in 33 ms.
struct SlowLink : SessionTest {
  Pair pair{door, host, door.one_time.symbols()};
  std::size_t largest = 0;  // bytes of a picture that comes every 33 ms
  std::vector<Time> sent;   // by number
  Duration oldest{};        // when it came
  std::size_t read = 0, came = 0;

  void SetUp() override {
    ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
    set_rate(2'000'000);
  }
  void set_rate(std::int64_t rate) { pair.host_wire->set_line({.delay = 25ms, .rate = {rate}, .queue = 1s}); }
  void send_if_allowed() {
    if (!pair.host->can_send_update()) return;
    if (largest > 0 && !sent.empty() && pair.now < sent.back() + 33ms) return;
    const auto known = pair.host->channel().stats().link_rate;
    std::size_t size = std::max<std::size_t>(8'192, largest);
    if (largest > 0 && known.n > 0)
      size = std::min(size, static_cast<std::size_t>((known * 33ms).n) * 7 / 10);
    pair.host->send_update(pair.now, {static_cast<std::uint32_t>(sent.size()), 0, Buffer(size, 7)});
    sent.push_back(pair.now);
  }
  void look() {
    for (; read < pair.caller_events.size(); ++read) {
      auto* screen = std::get_if<ScreenReceived>(&pair.caller_events[read]);
      if (!screen) continue;
      ++came;
      oldest = std::max(oldest, pair.now - sent.at(screen->update.capture_us));
    }
  }
  void run(Duration time) {
    for (const Time end = pair.now + time; pair.now < end;) {
      send_if_allowed();
      const Time until = pair.now + 1ms;
      pair.run([] { return false; }, 1ms);
      pair.now = until;
      look();
    }
  }
};

TEST_F(SlowLink, NoPictureWaitsLongAndTheLinkIsMadeUseOf) {
  run(2s);
  oldest = {};
  came = 0;
  run(8s);
  EXPECT_LE(oldest, 25ms + 33ms + 75ms);
  EXPECT_GE(came * 8'192, 8u * 2'000'000 / 8 * 8 / 10);
}

/// A film of 8 Mbit/s, or as much as the link is thought to carry.
TEST_F(SlowLink, WhatTheLinkLosesOfItsRateMakesNoOldPictures) {
  set_rate(20'000'000);
  largest = 33'000;
  run(2s);
  oldest = {};
  for (const std::int64_t rate : {4'000'000, 20'000'000, 4'000'000, 20'000'000}) {
    set_rate(rate);
    run(500ms);
  }
  EXPECT_LE(oldest, 300ms);
  EXPECT_GE(came, 110u);
}

TEST_F(SlowLink, WhatIsCopiedDelaysNoPicture) {
  const std::size_t kSize = 4u << 20;
  run(3s);
  pair.host->clipboard(pair.now).offer({{ClipboardKind::text}});
  run(200ms);
  const auto request = pair.caller->clipboard(pair.now).fetch(ClipboardKind::text);
  ASSERT_NE(request, 0u);
  run(200ms);
  const auto wanted = std::find_if(pair.host_events.begin(), pair.host_events.end(), [](const Event& event) {
    const auto* clipboard = std::get_if<ClipboardEvent>(&event);
    return clipboard && std::holds_alternative<ClipboardWanted>(*clipboard);
  });
  ASSERT_NE(wanted, pair.host_events.end());
  pair.host->clipboard(pair.now).provide(std::get<ClipboardWanted>(std::get<ClipboardEvent>(*wanted)).request,
                                         Buffer(kSize, 'x'));
  oldest = {};
  came = 0;
  run(5s);
  EXPECT_LE(oldest, 200ms);
  EXPECT_GE(came, 100u);
  // Pictures now come seldom: the link is the clipboard's.
  for (int i = 0; i < 50; ++i) {
    send_if_allowed();
    for (const Time until = pair.now + 200ms; pair.now < until;) {
      pair.run([] { return false; }, 5ms);
      pair.now += 5ms;
      look();
    }
  }
  EXPECT_LE(oldest, 230ms);
  EXPECT_GE(pair.caller->traffic().got(Content::clipboard), 1'000'000u);
}

TEST_F(SessionTest, EachSideHearsWhyTheOtherLeft) {
  Pair left(door, host, door.one_time.symbols());
  ASSERT_TRUE(left.run([&] { return left.both_in(); }));
  left.caller->close(left.now, EndReason::done);
  ASSERT_TRUE(
      left.run([&] { return Pair::find<Ended>(left.host_events) && Pair::find<Ended>(left.caller_events); }));
  EXPECT_EQ(end_of(left.host_events), EndReason::done);
  EXPECT_EQ(end_of(left.caller_events), EndReason::done);

  Pair thrown(door, host, door.one_time.symbols());
  ASSERT_TRUE(thrown.run([&] { return thrown.both_in(); }));
  thrown.host->close(thrown.now, EndReason::revoked);
  ASSERT_TRUE(thrown.run([&] { return Pair::find<Ended>(thrown.caller_events); }));
  EXPECT_EQ(end_of(thrown.caller_events), EndReason::revoked);
}

TEST_F(SessionTest, RevocationIsHeardWithinASecond) {
  Pair pair(door, host, door.one_time.symbols());
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  const Time revoked = pair.now;
  pair.host->close(pair.now, EndReason::revoked);
  EXPECT_EQ(pair.host->permissions(), PermissionSet());
  ASSERT_TRUE(pair.run([&] { return Pair::find<Ended>(pair.caller_events); }));
  EXPECT_EQ(Pair::find<Ended>(pair.caller_events)->reason, EndReason::revoked);
  EXPECT_LE(pair.now - revoked, 1s);
}

TEST_F(SessionTest, SilenceEndsASessionAfterAMinuteOnBothEnds) {
  Pair pair(door, host, door.one_time.symbols());
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  pair.caller_wire->cut(true);
  pair.host_wire->cut(true);
  const Time cut = pair.now;
  ASSERT_TRUE(pair.run(
      [&] { return Pair::find<Ended>(pair.host_events) && Pair::find<Ended>(pair.caller_events); }, 90s));
  EXPECT_GE(pair.now - cut, 45s);
  EXPECT_LE(pair.now - cut, 80s);
  EXPECT_EQ(end_of(pair.host_events), EndReason::no_path);
}

TEST_F(SessionTest, ACallerWhoSaysNothingIsCutOffAfterTenSeconds) {
  Pair pair(door, host, door.one_time.symbols());
  ASSERT_TRUE(pair.run([&] { return Pair::find<link::PathChanged>(pair.host_events) != nullptr; }));
  // The handshake completes, then the caller goes silent for good.
  ASSERT_TRUE(pair.run([&] { return pair.now - Time{} >= 75ms; }));
  pair.caller_wire->cut(true);
  ASSERT_TRUE(pair.run([&] { return Pair::find<Ended>(pair.host_events); }, 30s));
  EXPECT_LE(pair.now - Time{}, 16s);
  EXPECT_FALSE(Pair::find<Authenticated>(pair.host_events));
}

}  // namespace
}  // namespace godesk::session
