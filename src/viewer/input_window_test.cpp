#include "viewer/input_window.h"

#include <gtest/gtest.h>

#include "session/test_door.h"
#include "session/test_pair.h"

namespace godesk::viewer {
namespace {

using session::Pair;

struct InputWindowTest : testing::Test {
  sim::SeededRandom random{4};
  auth::Identity host = auth::make_identity(random);
  session::TestDoor door{host, random};
  Pair pair{door, host, door.one_time.symbols()};
  InputWindow window;

  void SetUp() override {
    ASSERT_TRUE(pair.run([&] { return pair.both_in(); }));
  }
  void type(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      window.add(session::Character{static_cast<char32_t>(0x4e00 + next++)});
  }
  std::u32string arrived() {
    window.work(pair.now, *pair.caller);
    pair.run([] { return false; }, 500ms);
    std::u32string text;
    for (const auto& event : pair.host_events)
      if (auto* input = std::get_if<session::InputReceived>(&event))
        text += std::get<session::Character>(input->input).code_point;
    return text;
  }
  std::size_t next = 0;
};

TEST_F(InputWindowTest, NoMoreThanAWindowIsUnderWay) {
  type(session::kInputWindow + 100);
  EXPECT_EQ(arrived().size(), session::kInputWindow);
  EXPECT_EQ(window.pending(), session::kInputWindow + 100);
  EXPECT_TRUE(window.acknowledge(40));
  EXPECT_EQ(window.pending(), session::kInputWindow + 60);
  const std::u32string text = arrived();
  ASSERT_EQ(text.size(), session::kInputWindow + 40);
  for (std::size_t i = 0; i < text.size(); ++i) ASSERT_EQ(text[i], 0x4e00 + i) << "in order";
}

TEST_F(InputWindowTest, MotionsThatWaitBecomeOne) {
  type(session::kInputWindow);
  window.work(pair.now, *pair.caller);
  for (int i = 0; i < 1000; ++i) window.add(session::Motion{1, -2});
  EXPECT_EQ(window.pending(), session::kInputWindow + 1);
  window.add(session::Button{1, true, 0, 0, true});
  window.add(session::Motion{1, 0});
  EXPECT_EQ(window.pending(), session::kInputWindow + 3);
}

TEST_F(InputWindowTest, AnAcknowledgementOfWhatWasNeverSentIsALie) {
  type(3);
  EXPECT_FALSE(window.acknowledge(1));
  arrived();
  EXPECT_FALSE(window.acknowledge(4));
  EXPECT_TRUE(window.acknowledge(3));
  EXPECT_FALSE(window.acknowledge(2)) << "and none is taken back";
  EXPECT_TRUE(window.acknowledge(3));
  EXPECT_EQ(window.pending(), 0u);
}

}  // namespace
}  // namespace godesk::viewer
