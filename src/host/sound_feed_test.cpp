#include "host/sound_feed.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::host {
namespace {

class TestSource final : public SoundSource {
 public:
  int fd() const override { return -1; }
  void listen(bool on) override { listening = on; }
  std::optional<Recorded> next_frame() override {
    if (frames == 0) return std::nullopt;
    --frames;
    Recorded noise{{}, heard};
    for (auto& sample : noise.frame) sample = static_cast<std::int16_t>(random.u32());
    return noise;
  }
  bool listening = false;
  int frames = 0;
  Time heard{};
  sim::SeededRandom random{1};
};

struct SoundFeedTest : testing::Test {
  sim::SeededRandom random{7};
  auth::Identity identity = auth::make_identity(random);
  session::TestDoor door{identity, random};
  session::Pair pair{door, identity, door.one_time.symbols()};
  TestSource source;
  SoundFeed feed{source};

  std::size_t heard(int frames) {
    source.frames = frames;
    feed.work(pair.now);
    pair.caller_events.clear();
    pair.run([] { return false; }, 200ms);
    return static_cast<std::size_t>(std::count_if(
        pair.caller_events.begin(), pair.caller_events.end(),
        [](const auto& event) { return std::holds_alternative<session::SoundReceived>(event); }));
  }
  void allow(bool sound) {
    auto set = session::defaults_of(session::PasswordKind::one_time);
    if (sound) set = set.with(session::Permission::sound);
    pair.host->set_permissions(pair.now, set);
  }
};

TEST_F(SoundFeedTest, OnlyWhoMayAndWantsToHears) {
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  EXPECT_EQ(heard(5), 0u);
  EXPECT_FALSE(source.listening);
  feed.want(*pair.host, true);
  EXPECT_EQ(heard(5), 0u) << "a one-time password does not let hear";
  EXPECT_FALSE(source.listening) << "and nothing is recorded for it";
  allow(true);
  EXPECT_EQ(heard(5), 5u);
  EXPECT_TRUE(source.listening);
  allow(false);
  EXPECT_EQ(heard(5), 0u) << "the right may end";
  EXPECT_FALSE(source.listening);
  source.frames = 0;
  allow(true);
  feed.work(pair.now);
  EXPECT_TRUE(source.listening);
  feed.remove(*pair.host);
  EXPECT_EQ(heard(5), 0u);
  EXPECT_FALSE(source.listening);
}

TEST_F(SoundFeedTest, ItIsToldHowLongAfterAPictureItIsHeard) {
  ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  allow(true);
  feed.want(*pair.host, true);
  const auto told = [&](Duration after) {
    source.heard = pair.now + after;
    EXPECT_EQ(heard(1), 1u);
    for (const auto& event : pair.caller_events)
      if (auto* sound = std::get_if<session::SoundReceived>(&event))
        return std::pair(int{sound->sound.picture}, int{sound->sound.after_ms});
    return std::pair(-1, 0);
  };
  pair.host->send_update(pair.now, {0, 0, Buffer(4)});
  pair.host->send_update(pair.now, {0, 0, Buffer(4)});
  EXPECT_EQ(told(-40ms), std::pair(2, -40)) << "a monitor is recorded before it is heard";
  pair.host->send_update(pair.now, {0, 0, Buffer(4)});
  EXPECT_EQ(told(7ms), std::pair(3, 7));
  EXPECT_EQ(told(10min).second, session::kMaxAfterMs);
}

}  // namespace
}  // namespace godesk::host
