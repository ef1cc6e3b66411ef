#include "session/clipboard_bridge.h"

#include <gtest/gtest.h>

#include "session/test_desk.h"
#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::session {
namespace {

Buffer text(std::string_view words) { return to_buffer(bytes_of(words)); }

/// Two desktops, joined by a real session.
struct BridgeTest : testing::Test {
  sim::SeededRandom random{7};
  auth::Identity identity = auth::make_identity(random);
  TestDoor door{identity, random};
  Pair pair{door, identity, door.one_time.symbols()};
  TestDesk host_desk, caller_desk;
  ClipboardBridge host{host_desk, ClipboardBridge::Start::waits};
  ClipboardBridge caller{caller_desk, ClipboardBridge::Start::offers};

  void begin(PermissionSet permissions = defaults_of(PasswordKind::unattended)) {
    ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
    pair.host->set_permissions(pair.now, permissions);
    work();
    caller.add(pair.now, *pair.caller);
    host.add(pair.now, *pair.host);
    settle();
  }
  void work() {
    hand_over(pair.host_events, host, *pair.host);
    hand_over(pair.caller_events, caller, *pair.caller);
    host.work(pair.now);
    caller.work(pair.now);
  }
  void hand_over(std::vector<Event>& events, ClipboardBridge& bridge, Session& session) {
    for (Event& event : std::exchange(events, {}))
      if (auto* copied = std::get_if<ClipboardEvent>(&event))
        bridge.on_event(pair.now, session, std::move(*copied));
  }
  bool until(const std::function<bool()>& done, Duration limit = 10s) {
    return pair.run(
        [&] {
          work();
          pair.drain();  // what that made leaves before the next deadline is asked for
          return done();
        },
        limit);
  }
  void settle() {
    until([] { return false; }, 300ms);
  }
  std::optional<Buffer> pasted(TestDesk& desk, ClipboardKind kind) {
    const auto paste = desk.paste(kind);
    EXPECT_TRUE(until([&] { return desk.answers.contains(paste); }));
    return desk.answers[paste];
  }
};

TEST_F(BridgeTest, WhatIsCopiedThereIsPastedHereBothWays) {
  begin();
  host_desk.copy({{ClipboardKind::text, text("from the host")}, {ClipboardKind::html, text("<b>x</b>")}});
  ASSERT_TRUE(until([&] { return caller_desk.holds(ClipboardKind::html); }));
  EXPECT_EQ(host_desk.reads, 0) << "nothing is read before somebody pastes";
  EXPECT_EQ(pasted(caller_desk, ClipboardKind::html), text("<b>x</b>"));
  EXPECT_EQ(pasted(caller_desk, ClipboardKind::text), text("from the host"));
  EXPECT_EQ(pasted(caller_desk, ClipboardKind::png), std::nullopt);
  caller_desk.copy({{ClipboardKind::text, text("from the caller")}});
  ASSERT_TRUE(until([&] { return host_desk.holds(ClipboardKind::text); }));
  EXPECT_EQ(pasted(host_desk, ClipboardKind::text), text("from the caller"));
}

TEST_F(BridgeTest, ASecondPasteCostsNothing) {
  begin();
  host_desk.copy({{ClipboardKind::text, text("once")}});
  ASSERT_TRUE(until([&] { return caller_desk.holds(ClipboardKind::text); }));
  pasted(caller_desk, ClipboardKind::text);
  pasted(caller_desk, ClipboardKind::text);
  EXPECT_EQ(host_desk.reads, 1);
}

TEST_F(BridgeTest, ThreeMegabytesArriveWhilePictureAndInputGoOn) {
  begin();
  Buffer large(3'000'000);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>('a' + i * i % 26);
  host_desk.copy({{ClipboardKind::text, large}});
  ASSERT_TRUE(until([&] { return caller_desk.holds(ClipboardKind::text); }));
  const auto paste = caller_desk.paste(ClipboardKind::text);
  int updates = 0;
  ASSERT_TRUE(until([&] {
    if (pair.host->can_send_update() && updates < 50) {
      pair.host->send_update(pair.now, {1, 2, Buffer(1000, 9)});
      ++updates;
    }
    return caller_desk.answers.contains(paste);
  }));
  EXPECT_EQ(caller_desk.answers[paste], large);
  EXPECT_EQ(updates, 50);
  EXPECT_GE(pair.host->traffic().sent[static_cast<std::size_t>(Content::clipboard)], large.size());
}

TEST_F(BridgeTest, WhoConnectsKeepsWhatHeCopied) {
  host_desk.copy({{ClipboardKind::text, text("host's")}});
  caller_desk.copy({{ClipboardKind::text, text("caller's")}});
  host.work(pair.now);
  caller.work(pair.now);
  begin();
  EXPECT_TRUE(host_desk.holds(ClipboardKind::text));
  EXPECT_TRUE(caller_desk.held.empty());
  EXPECT_EQ(pasted(host_desk, ClipboardKind::text), text("caller's"));
}

TEST_F(BridgeTest, WhoConnectsWithNothingGetsWhatTheHostHas) {
  host_desk.copy({{ClipboardKind::text, text("host's")}});
  host.work(pair.now);
  begin();
  EXPECT_TRUE(caller_desk.holds(ClipboardKind::text));
}

TEST_F(BridgeTest, AClipboardManagerThatTakesWhatItWasGivenIsNoNews) {
  begin();
  host_desk.copy({{ClipboardKind::text, text("kept by two managers")}});
  ASSERT_TRUE(until([&] { return caller_desk.holds(ClipboardKind::text); }));
  const auto given = pasted(caller_desk, ClipboardKind::text);
  caller_desk.copy({{ClipboardKind::text, *given}});
  settle();
  EXPECT_TRUE(host_desk.held.empty()) << "the host's program still holds its clipboard";
  // What is really copied is told again.
  caller_desk.copy({{ClipboardKind::text, text("other")}});
  EXPECT_TRUE(until([&] { return host_desk.holds(ClipboardKind::text); }));
  // The host's answer to that may be the first text again: that is news now.
  host_desk.copy({{ClipboardKind::text, *given}});
  EXPECT_TRUE(until([&] { return caller_desk.holds(ClipboardKind::text); }));
}

TEST_F(BridgeTest, OneTimeIsTextOnlyWhateverTheCallerSays) {
  begin(defaults_of(PasswordKind::one_time));
  const Buffer png = Writer().bytes(*from_hex("89504e470d0a1a0a0000000d49484452")).u32(1).u32(1).take();
  host_desk.copy({{ClipboardKind::png, png}, {ClipboardKind::text, text("t")}});
  ASSERT_TRUE(until([&] { return caller_desk.holds(ClipboardKind::text); }));
  EXPECT_FALSE(caller_desk.holds(ClipboardKind::png));
  caller_desk.copy({{ClipboardKind::html, text("<i>x</i>")}});
  settle();
  EXPECT_FALSE(host_desk.holds(ClipboardKind::html));
}

TEST_F(BridgeTest, WhatIsHeldForAPeerEndsWithItsSession) {
  begin();
  host_desk.copy({{ClipboardKind::text, text("x")}});
  ASSERT_TRUE(until([&] { return caller_desk.holds(ClipboardKind::text); }));
  caller.remove(pair.now, *pair.caller);
  EXPECT_TRUE(caller_desk.held.empty());
  EXPECT_EQ(pasted(caller_desk, ClipboardKind::text), std::nullopt);
}

}  // namespace
}  // namespace godesk::session
