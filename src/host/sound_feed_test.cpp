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
  std::optional<media::SoundFrame> next_frame() override {
    if (frames == 0) return std::nullopt;
    --frames;
    media::SoundFrame noise;
    for (auto& sample : noise) sample = static_cast<std::int16_t>(random.u32());
    return noise;
  }
  bool listening = false;
  int frames = 0;
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

}  // namespace
}  // namespace godesk::host
