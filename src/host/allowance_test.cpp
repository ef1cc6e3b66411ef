#include "host/allowance.h"

#include <gtest/gtest.h>

namespace godesk::host {
namespace {

quic::Stats link(Duration round_trip, std::int64_t window, std::int64_t rate, std::int64_t carries = 0) {
  quic::Stats stats;
  stats.smoothed_rtt = round_trip;
  stats.congestion_window = {window};
  stats.delivery_rate = {rate};
  stats.link_rate = {carries};
  return stats;
}

TEST(Allowance, FollowsTheLink) {
  struct {
    const char* what;
    quic::Stats link;
    std::size_t bytes, exact;
  } const rows[] = {
      {"nothing measured yet", link(0ms, 14'000, 0), 256u << 10, media::kNoBudget},
      {"a wire: the window says it is fast", link(500us, 14'000, 16'000), 256u << 10, 2'800'000},
      {"20 Mbit/s", link(60ms, 150'000, 20'000'000), 250'000, 250'000},
      {"2 Mbit/s", link(60ms, 15'000, 1'500'000), 25'000, 25'000},
      {"a modem", link(400ms, 3'000, 56'000), 16u << 10, 16u << 10},
      {"what was delivered counts where the window says less", link(100ms, 14'000, 8'000'000), 100'000,
       100'000},
      {"a link that had a queue, whatever the window says", link(60ms, 200'000, 2'000'000, 2'000'000), 25'000,
       25'000},
  };
  for (const auto& row : rows) {
    const media::Allowance got = allowance(row.link);
    EXPECT_EQ(got.bytes, row.bytes) << row.what;
    EXPECT_EQ(got.exact, row.exact) << row.what;
    EXPECT_EQ(got.rate.n, capacity(row.link).n * 7 / 10) << row.what;
  }
}

TEST(Allowance, InMotionAQuarterOfTheLinkRefines) {
  for (std::int64_t rate : {500'000, 2'000'000, 31'000'000, 1'000'000'000}) {
    const Slice slice = slice_in_motion(link(60ms, 200'000, rate, rate));
    const double share =
        static_cast<double>(slice.allowance.bytes) * 8e9 / static_cast<double>(slice.pause.count());
    EXPECT_NEAR(share, static_cast<double>(rate) / 4, static_cast<double>(rate) / 100) << rate;
    EXPECT_GE(slice.allowance.bytes, 4096u);
  }
}

}  // namespace
}  // namespace godesk::host
