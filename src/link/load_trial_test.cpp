#include "link/load_trial.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

constexpr Duration kRtt = 50ms;

/// Every check is answered one RTT after it left, but for the first `lost`.
LoadTrial::Verdict run(LoadTrial& test, std::size_t lost, std::size_t& sent, Duration& lasted) {
  const Time start{1s};
  std::vector<Time> answers;
  for (Time now = start; now < start + 2s; now += 1ms) {
    for (std::size_t n = test.due(now); n > 0; --n)
      if (++sent > lost) answers.push_back(now + kRtt);
    for (; !answers.empty() && answers.front() <= now; answers.erase(answers.begin())) test.answered();
    lasted = now - start;
    if (auto verdict = test.verdict(now); verdict != LoadTrial::Verdict::open) return verdict;
  }
  return LoadTrial::Verdict::open;
}

TEST(LoadTrial, SendsWhatTheSessionSendsInOneRoundTrip) {
  struct Row {
    BitsPerSecond rate;
    std::size_t checks;
  };
  for (const Row& row : {Row{{0}, 0}, Row{{1'000'000}, 8}, Row{{5'760'000}, 30}, Row{{100'000'000}, 64}}) {
    LoadTrial test;
    std::size_t sent = 0;
    Duration lasted{};
    test.start(Time{1s}, kRtt, 0ms, row.rate, 0);
    EXPECT_EQ(run(test, 0, sent, lasted), LoadTrial::Verdict::good);
    EXPECT_EQ(sent, row.checks);
    EXPECT_LE(lasted, 2 * kRtt);
  }
}

TEST(LoadTrial, JudgesByWhatChanceCannotExplain) {
  struct Row {
    std::size_t lost;
    double borne;
    LoadTrial::Verdict verdict;
  };
  for (const Row& row : {Row{0, 0, LoadTrial::Verdict::good}, Row{3, 0, LoadTrial::Verdict::good},
                         Row{10, 0, LoadTrial::Verdict::bad}, Row{10, 0.15, LoadTrial::Verdict::good},
                         Row{60, 0.15, LoadTrial::Verdict::bad}}) {
    LoadTrial test;
    std::size_t sent = 0;
    Duration lasted{};
    test.start(Time{1s}, kRtt, 5ms, {100'000'000}, row.borne);
    EXPECT_EQ(run(test, row.lost, sent, lasted), row.verdict) << row.lost;
    EXPECT_LE(lasted, 2 * kRtt + 20ms + 50ms);
  }
}

}  // namespace
}  // namespace godesk::link
