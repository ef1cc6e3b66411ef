#include "os/pair_memory.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "os/files.h"

namespace godesk::os {
namespace {

using link::PairOutcome;
using link::PairVerdict;
using Verdicts = std::vector<PairVerdict>;

const WallTime kNow{std::chrono::seconds(1'800'000'000)};

PairVerdict verdict(std::uint8_t pair, PairOutcome outcome, std::uint8_t round = 0) {
  PairVerdict v;
  v.pair.fill(pair);
  v.outcome = outcome;
  v.round = round;
  return v;
}

struct PairMemoryTest : testing::Test {
  PairMemoryTest() { std::filesystem::remove(file); }
  ~PairMemoryTest() override { std::filesystem::remove(file); }

  static std::vector<IpAddress> ips(const char* text) { return {*IpAddress::parse(text)}; }

  std::string file = testing::TempDir() + "pair-memory-" + std::to_string(::getpid());
  std::vector<IpAddress> office = ips("10.1.2.3");
  PairVerdict worked = verdict(7, PairOutcome::punched, 2);
};

TEST_F(PairMemoryTest, WhatWasFoundIsKnownInTheNextRunOfThisHostFromThisNetwork) {
  PairMemory(file).learn(office, "123456789", worked, kNow);
  const PairMemory later(file);
  EXPECT_EQ(later.recall(office, "123456789", kNow + 29 * 24h), Verdicts{worked});
  EXPECT_EQ(later.recall(ips("10.1.2.99"), "123456789", kNow), Verdicts{worked}) << "another lease";
  EXPECT_EQ(later.recall(ips("10.1.3.3"), "123456789", kNow), Verdicts{}) << "another network";
  EXPECT_EQ(later.recall(office, "123456788", kNow), Verdicts{}) << "another host";
  EXPECT_EQ(later.recall(office, "123456789", kNow + 30 * 24h), Verdicts{});
  EXPECT_EQ(later.recall(office, "123456789", kNow - 1s), Verdicts{}) << "the clock was wrong";
}

TEST_F(PairMemoryTest, TheLastWordOfAPairCountsAndAFailureIsForgottenSoon) {
  const PairMemory memory(file);
  const PairVerdict failed = verdict(7, PairOutcome::failed), elsewhere = verdict(8, PairOutcome::plain);
  memory.learn(office, "123456789", worked, kNow);
  memory.learn(office, "123456789", elsewhere, kNow);
  memory.learn(office, "123456789", failed, kNow);
  EXPECT_EQ(memory.recall(office, "123456789", kNow + 23h), (Verdicts{elsewhere, failed}));
  EXPECT_EQ(memory.recall(office, "123456789", kNow + 24h), Verdicts{elsewhere});
}

TEST_F(PairMemoryTest, TheFileIsBoundedAndNamesNobody) {
  const PairMemory memory(file);
  for (int i = 0; i < 140; ++i)
    memory.learn(office, std::to_string(100'000'000 + i), worked, kNow + std::chrono::seconds(i));
  EXPECT_EQ(memory.recall(office, "100000000", kNow + 140s), Verdicts{});
  EXPECT_EQ(memory.recall(office, "100000139", kNow + 140s), Verdicts{worked});
  const Buffer content = *read_secret(file);
  EXPECT_LE(content.size(), PairMemory::kMaxPairs * 82);
  EXPECT_EQ(text_of(content).find("100000139"), std::string_view::npos);
  EXPECT_EQ(text_of(content).find("10.1.2"), std::string_view::npos);
}

TEST_F(PairMemoryTest, WhatCannotBeReadIsForgotten) {
  const std::string place(32, 'a'), mark(32, 'b');
  for (const std::string& line :
       {std::string("nonsense"), place + " " + mark + " 4 0 1799999999",
        place + " " + mark + " 2 9 1799999999", place + " xyz 1 0 1799999999", std::string(5000, '9')}) {
    write_secret(file, bytes_of(line));
    const PairMemory memory(file);
    EXPECT_EQ(memory.recall(office, "123456789", kNow), Verdicts{}) << line;
    memory.learn(office, "123456789", worked, kNow);
    EXPECT_EQ(memory.recall(office, "123456789", kNow), Verdicts{worked}) << line;
  }
}

}  // namespace
}  // namespace godesk::os
