#include "link/port_classes.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace godesk::link {
namespace {

using ice::Allocation;

/// Two bursts of six, 5 ms apart, 200 ms between.
std::vector<PortSample> bursts(const std::function<std::uint16_t(const PortSample&)>& nat) {
  std::vector<PortSample> out;
  for (int i = 0; i < 12; ++i) {
    PortSample s;
    s.number = i;
    s.sent_at = Time{} + (i < 6 ? 5ms * i : 200ms + 5ms * i);
    s.inside = static_cast<std::uint16_t>(40000 + 137 * i % 997);
    s.outside = nat(s);
    out.push_back(s);
  }
  return out;
}

/// The counter of a NAT whose others open `lambda` flows a second, as a Poisson process.
std::function<std::uint16_t(const PortSample&)> counter(int start, int step, double lambda) {
  std::vector<double> arrivals;  // ms
  SeededRandom random(7);
  for (double t = 0; lambda > 0 && t < 300;)
    arrivals.push_back(t += -std::log((random.u32() + 1.0) / 4294967297.0) * 1000 / lambda);
  return [=](const PortSample& s) {
    const auto others = std::upper_bound(arrivals.begin(), arrivals.end(), to_ms(s.sent_at - Time{}));
    return static_cast<std::uint16_t>(start +
                                      step * (s.number + static_cast<int>(others - arrivals.begin())));
  };
}

TEST(PortClasses, SequencesTellTheirStepAndTheFlowOfOthers) {
  struct Row {
    int start, step;
    double lambda;
  };
  for (const Row& row : {Row{20000, 1, 0}, Row{20000, 1, 15}, Row{20000, 2, 500}, Row{20000, 1, 2000},
                         Row{20000, -1, 30}, Row{65530, 1, 200}, Row{40000, 4, 0}}) {
    const PortClass c = classify_ports(bursts(counter(row.start, row.step, row.lambda)));
    EXPECT_EQ(c.allocation, Allocation::sequential) << row.start << " " << row.step << " " << row.lambda;
    EXPECT_EQ(c.step, row.step) << row.lambda;
    EXPECT_NEAR(c.flows_per_second, row.lambda, 4 * std::sqrt(row.lambda / 0.255));
  }
}

TEST(PortClasses, LostAndRepeatedSamplesDoNotHideASequence) {
  auto samples = bursts(counter(30000, 1, 50));
  samples[3].resent = true;
  samples[3].outside = 30077;  // its first copy was lost, the second came much later
  samples.erase(samples.begin() + 7);
  const PortClass c = classify_ports(samples);
  EXPECT_EQ(c.allocation, Allocation::sequential);
  EXPECT_EQ(c.step, 1);
  EXPECT_NEAR(c.flows_per_second, 50, 40);
}

TEST(PortClasses, ASequenceThatStartsOverInItsBlockIsOne) {
  auto samples =
      bursts([](const PortSample& s) { return static_cast<std::uint16_t>(2048 + (508 + s.number) % 512); });
  EXPECT_EQ(classify_ports(samples).allocation, Allocation::sequential);
}

TEST(PortClasses, PreservingEvenWhereOnePortWasTaken) {
  auto samples = bursts([](const PortSample& s) { return s.inside; });
  samples[5].outside = static_cast<std::uint16_t>(samples[5].inside + 1);
  EXPECT_EQ(classify_ports(samples).allocation, Allocation::preserving);
}

TEST(PortClasses, BlocksAreFoundWhereverTheyLieAndRandomPortsAreNoBlock) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    for (std::uint32_t size : {512u, 1024u, 2048u, 4096u}) {
      const std::uint32_t base = size * (1 + random.below(65536 / size - 1));
      auto c = classify_ports(
          bursts([&](const PortSample&) { return static_cast<std::uint16_t>(base + random.below(size)); }));
      ASSERT_EQ(c.allocation, Allocation::block) << seed << " " << size;
      EXPECT_LE(c.block_size, 2 * size);
      EXPECT_GE(c.block_size, size / 4);
    }
    auto c = classify_ports(
        bursts([&](const PortSample&) { return static_cast<std::uint16_t>(1024 + random.below(64512)); }));
    EXPECT_EQ(c.allocation, Allocation::random) << seed;
  }
}

TEST(PortClasses, ABlockAcrossALargeBorderIsAsWideAsItsSamplesSay) {
  SeededRandom random(1);
  const auto c = classify_ports(bursts(
      [&](const PortSample&) { return static_cast<std::uint16_t>(32768 - 500 + random.below(1000)); }));
  EXPECT_EQ(c.allocation, Allocation::block);
  EXPECT_LE(c.block_size, 1400u);
  EXPECT_LE(c.block_base, 32768u);
  EXPECT_GE(c.block_base + c.block_size, 32768u);
}

TEST(PortClasses, FewSamplesDoubleTheBlockAndTooFewSayNothing) {
  std::vector<PortSample> samples = bursts([](const PortSample& s) {
    const std::uint16_t ports[] = {5121, 5300, 5200, 5380, 5130};
    return ports[s.number % 5];
  });
  samples.resize(5);
  const auto c = classify_ports(samples);
  EXPECT_EQ(c.allocation, Allocation::block);
  EXPECT_EQ(c.block_base, 5120u);
  EXPECT_EQ(c.block_size, 1024u);
  samples.resize(3);
  EXPECT_EQ(classify_ports(samples).allocation, Allocation::unknown);
}

}  // namespace
}  // namespace godesk::link
