#include "host/input_feed.h"

#include <gtest/gtest.h>

#include "host/test_sink.h"
#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::host {
namespace {

using session::Pair;

struct InputFeedTest : testing::Test {
  sim::SeededRandom random{4};
  auth::Identity host = auth::make_identity(random);
  session::TestDoor door{host, random};
  Pair pair{door, host, door.one_time.symbols()};
  MemorySink sink;
  InputFeed feed{*pair.host, sink};

  void SetUp() override {
    ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  }
  void add(const session::Input& input) { feed.add(pair.now, input); }
  std::uint64_t acked() {
    if (feed.next_deadline() != kNever) feed.work(pair.now = feed.next_deadline());
    pair.run([] { return false; }, 200ms);
    std::uint64_t last = 0;
    for (const auto& event : pair.caller_events)
      if (auto* ack = std::get_if<session::InputAcked>(&event)) last = ack->events;
    return last;
  }
};

TEST_F(InputFeedTest, EffectsKeepTheirOrderAndPlace) {
  add(session::Key{97, true});
  add(session::Button{1, true, 10, 20});
  add(session::Wheel{1, 120, 3, 4});
  add(session::Character{U'b'});
  add(session::ReleaseAll{});
  feed.work(pair.now);
  EXPECT_EQ(sink.done, "k97+ p10,20 b1+ p3,4 w1,-120 t98 r");
  EXPECT_EQ(acked(), 5u);
}

TEST_F(InputFeedTest, KeysByPlaceAndAHeldMouse) {
  add(session::PhysicalKey{30, true});
  add(session::Motion{-3, 4});
  add(session::Button{1, true, 10, 20, true});
  add(session::Wheel{0, 120, 3, 4, true});
  feed.work(pair.now);
  EXPECT_EQ(sink.done, "c30+ m-3,4 b1+ w0,-120");
}

TEST_F(InputFeedTest, NothingIsAcknowledgedBeforeTheSystemHasIt) {
  sink.busy = true;
  add(session::Character{U'a'});
  feed.work(pair.now);
  EXPECT_EQ(sink.done, "t97");
  EXPECT_EQ(acked(), 0u);
  sink.busy = false;
  feed.work(pair.now);
  EXPECT_EQ(acked(), 1u);
}

TEST_F(InputFeedTest, AcknowledgementsWaitForASilenceOrForMany) {
  add(session::Character{U'a'});
  feed.work(pair.now);
  const Time due = feed.next_deadline();
  EXPECT_GT(due, pair.now);
  EXPECT_LE(due, pair.now + 200ms);
  add(session::Character{U'b'});
  feed.work(pair.now + 50ms);
  EXPECT_EQ(feed.next_deadline(), due + 50ms);
  EXPECT_EQ(acked(), 2u);
  EXPECT_EQ(feed.next_deadline(), kNever);
  for (std::size_t i = 0; i < session::kInputWindow / 4; ++i) add(session::Character{U'a'});
  feed.work(pair.now);
  EXPECT_EQ(feed.next_deadline(), kNever) << "many are acknowledged at once";
}

TEST_F(InputFeedTest, AFullSinkIsWaitedForAndTheMouseDoesNotOvertake) {
  sink.queued = session::kInputWindow;
  add(session::Key{97, true});
  feed.move_pointer(1, 2);
  feed.work(pair.now);
  EXPECT_EQ(sink.done, "");
  sink.queued = 0;
  feed.work(pair.now);
  feed.move_pointer(1, 2);
  EXPECT_EQ(sink.done, "k97+ p1,2");
}

TEST_F(InputFeedTest, WhoSendsMoreThanTheWindowIsCutOff) {
  sink.queued = session::kInputWindow;
  for (std::size_t i = 0; i < session::kInputWindow; ++i) add(session::Character{U'a'});
  EXPECT_FALSE(pair.run([&] { return Pair::find<session::Ended>(pair.host_events); }, 100ms));
  add(session::Character{U'a'});
  ASSERT_TRUE(pair.run([&] { return Pair::find<session::Ended>(pair.host_events); }, 1s));
  EXPECT_EQ(Pair::find<session::Ended>(pair.host_events)->reason, session::EndReason::error);
}

TEST_F(InputFeedTest, ThePermissionIsAskedAtTheEffect) {
  sink.queued = session::kInputWindow;
  add(session::Key{97, true});
  pair.host->set_permissions(pair.now, session::PermissionSet().with(session::Permission::view));
  sink.queued = 0;
  feed.work(pair.now);
  feed.move_pointer(1, 2);
  EXPECT_EQ(sink.done, "");
  EXPECT_EQ(acked(), 1u) << "what is refused is done with";
}

TEST_F(InputFeedTest, WhatWaitsDiesWithTheSession) {
  sink.queued = session::kInputWindow;
  add(session::Key{97, true});
  pair.host->close(pair.now, session::EndReason::revoked);
  sink.queued = 0;
  feed.work(pair.now);
  EXPECT_EQ(sink.done, "");
}

TEST_F(InputFeedTest, LettingGoForgetsWhatWaits) {
  add(session::Key{97, true});
  feed.work(pair.now);
  sink.queued = session::kInputWindow;
  add(session::Key{98, true});
  feed.let_go();
  sink.queued = 0;
  feed.work(pair.now);
  EXPECT_EQ(sink.done, "k97+ r");
  EXPECT_EQ(acked(), 2u);
}

}  // namespace
}  // namespace godesk::host
