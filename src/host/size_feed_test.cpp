#include "host/size_feed.h"

#include <gtest/gtest.h>

#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::host {
namespace {

using session::Sizing;
using Why = Sizing::Why;
using State = Sizing::State;

class TestSizer final : public ScreenSizer {
 public:
  Result<ScreenSize, Why> set(ScreenSize wanted) override {
    ++sets;
    if (refuses != Why::nothing) return Failure{refuses};
    size = wanted;
    return wanted;
  }
  void restore() override { size = {1, 1}; }
  int fd() const override { return -1; }
  void on_ready() override {}

  Why refuses = Why::nothing;
  ScreenSize size{1, 1};
  int sets = 0;
};

struct Viewer {
  Viewer(session::TestDoor& door, const auth::Identity& identity, std::uint64_t seed)
      : pair(door, identity, door.one_time.symbols(), seed) {
    pair.run([this] { return pair.both_in(); });
    allow(true);
  }
  void allow(bool resize) {
    auto set = session::defaults_of(session::PasswordKind::one_time);
    if (resize) set = set.with(session::Permission::resize);
    pair.host->set_permissions(pair.now, set);
  }
  session::Session& at_host() { return *pair.host; }
  /// The last word about its wish, and forgets it.
  std::optional<Sizing> told() {
    pair.run([] { return false; }, 200ms);
    std::optional<Sizing> last;
    for (const auto& event : pair.caller_events)
      if (auto* sizing = std::get_if<Sizing>(&event)) last = *sizing;
    pair.caller_events.clear();
    return last;
  }
  session::Pair pair;
};

struct SizeFeedTest : testing::Test {
  sim::SeededRandom random{7};
  auth::Identity identity = auth::make_identity(random);
  session::TestDoor door{identity, random};
  Viewer a{door, identity, 1}, b{door, identity, 2};
  TestSizer sizer;
  SizeFeed feed{{}, &sizer};
  Time now{};

  void after(Duration passed) {
    now += passed;
    for (Viewer* viewer : {&a, &b}) viewer->pair.now = std::max(viewer->pair.now, now);
    feed.work(now);
  }
};

constexpr Sizing kDecides{State::decides, Why::nothing}, kFollows{State::follows, Why::nothing};

TEST_F(SizeFeedTest, TheFirstWhoAsksDecidesUntilItLeaves) {
  feed.want(a.at_host(), {1000, 700});
  after(1s);
  feed.want(b.at_host(), {640, 480});
  after(1s);
  EXPECT_EQ(sizer.size, (ScreenSize{1000, 700}));
  EXPECT_EQ(a.told(), kDecides);
  EXPECT_EQ(b.told(), kFollows);
  feed.remove(a.at_host());
  after(1s);
  EXPECT_EQ(sizer.size, (ScreenSize{640, 480}));
  EXPECT_EQ(b.told(), kDecides);
  feed.want(b.at_host(), {});
  after(1s);
  EXPECT_EQ(sizer.size, (ScreenSize{1, 1})) << "what it was";
  EXPECT_EQ(b.told(), std::nullopt);
}

TEST_F(SizeFeedTest, ManyWishesAreOneChangeInAWhile) {
  for (std::uint16_t i = 0; i < 100; ++i) {
    feed.want(a.at_host(), {static_cast<std::uint16_t>(800 + i), 600});
    after(10ms);
  }
  EXPECT_LE(sizer.sets, 5);
  ASSERT_NE(feed.next_deadline(), kNever);
  now = feed.next_deadline();
  feed.work(now);
  EXPECT_EQ(sizer.size, (ScreenSize{899, 600})) << "the newest counts";
  EXPECT_EQ(feed.next_deadline(), kNever);
}

TEST_F(SizeFeedTest, WhoHasNoPathLosesItAfterAWhileAndGetsItBack) {
  feed.want(a.at_host(), {1000, 700});
  after(1s);
  feed.set_pathless(now, a.at_host(), true);
  after(1s);
  EXPECT_EQ(sizer.size, (ScreenSize{1000, 700}));
  ASSERT_NE(feed.next_deadline(), kNever);
  now = feed.next_deadline();
  feed.work(now);
  EXPECT_EQ(sizer.size, (ScreenSize{1, 1}));
  feed.set_pathless(now, a.at_host(), false);
  after(1s);
  EXPECT_EQ(sizer.size, (ScreenSize{1000, 700}));
}

TEST_F(SizeFeedTest, OnlyWhoMayChangesIt) {
  a.allow(false);
  feed.want(a.at_host(), {1000, 700});
  after(1s);
  EXPECT_EQ(sizer.sets, 0);
  EXPECT_EQ(a.told(), (Sizing{State::refused, Why::not_allowed}));
  a.allow(true);
  after(1s);
  EXPECT_EQ(a.told(), kDecides);
  a.allow(false);
  after(1s);
  EXPECT_EQ(sizer.size, (ScreenSize{1, 1})) << "the right may end";
}

TEST_F(SizeFeedTest, AScreenThatIsForViewersIsTheirs) {
  SizeConfig config;
  config.for_viewers = true;
  SizeFeed theirs(config, &sizer);
  a.allow(false);
  theirs.want(a.at_host(), {1000, 700});
  theirs.work(now);
  EXPECT_EQ(a.told(), kDecides);
  a.pair.host->set_permissions(a.pair.now, session::PermissionSet().with(session::Permission::view));
  theirs.work(now);
  EXPECT_EQ(sizer.size, (ScreenSize{1, 1})) << "but not of those who may only look";
}

TEST_F(SizeFeedTest, WhatCannotBeIsSaid) {
  sizer.refuses = Why::unsupported;
  feed.want(a.at_host(), {1000, 700});
  after(1s);
  after(1s);
  EXPECT_EQ(sizer.sets, 1) << "asked once for each size";
  EXPECT_EQ(a.told(), (Sizing{State::refused, Why::unsupported}));
  SizeFeed none({}, nullptr);
  none.want(b.at_host(), {1000, 700});
  none.work(now);
  EXPECT_EQ(b.told(), (Sizing{State::refused, Why::not_allowed}));
}

}  // namespace
}  // namespace godesk::host
