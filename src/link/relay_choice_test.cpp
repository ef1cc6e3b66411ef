#include "link/relay_choice.h"

#include <gtest/gtest.h>

namespace godesk::link {
namespace {

const IpAddress kA = *IpAddress::parse("192.0.2.1"), kB = *IpAddress::parse("192.0.2.2"),
                kC = *IpAddress::parse("192.0.2.3");

RelayFact fact(const IpAddress& relay, Duration own, std::optional<Duration> peers,
               std::optional<Duration> whole = {}) {
  return {relay, true, own, peers, whole};
}
RelayFact dead(RelayFact f) {
  f.works = false;
  return f;
}

TEST(RelayChoice, TheSumOfBothDecides) {
  struct Row {
    const char* what;
    std::vector<RelayFact> facts;
    bool peer_told;
    std::optional<IpAddress> carrier, standby;
  };
  const std::vector<Row> rows = {
      {"none", {}, false, {}, {}},
      {"one", {fact(kA, 10ms, 10ms)}, true, kA, {}},
      {"nearest to neither wins",
       {fact(kA, 5ms, 80ms), fact(kB, 40ms, 30ms), fact(kC, 90ms, 4ms)},
       true,
       kB,
       kA},
      {"a dead one never", {dead(fact(kA, 1ms, 1ms)), fact(kB, 40ms, 30ms)}, true, kB, {}},
      {"measured beats said", {fact(kA, 5ms, 5ms, 90ms), fact(kB, 40ms, 30ms)}, true, kB, kA},
      {"the peer does not reach it", {fact(kA, 5ms, {}), fact(kB, 90ms, 90ms)}, true, kB, kA},
      {"the peer tells nothing", {fact(kA, 30ms, {}), fact(kB, 20ms, {})}, false, kB, kA},
      {"equals by order", {fact(kB, 20ms, 20ms), fact(kA, 20ms, 20ms)}, true, kB, kA},
  };
  for (const Row& row : rows) {
    const RelayChoice choice = choose_relay({}, Time(1s), row.facts, row.peer_told);
    EXPECT_EQ(choice.carrier, row.carrier) << row.what;
    EXPECT_EQ(choice.standby, row.standby) << row.what;
  }
}

TEST(RelayChoice, MeasurementsThatComeLateCountAtOnceInTheBeginning) {
  RelayChoice choice = choose_relay({}, Time(1s), {fact(kA, 50ms, {}), fact(kB, 49ms, {})}, false);
  EXPECT_EQ(choice.carrier, kB);
  choice = choose_relay(choice, Time(1200ms), {fact(kA, 50ms, 10ms), fact(kB, 49ms, 12ms)}, true);
  EXPECT_EQ(choice.carrier, kA);
}

TEST(RelayChoice, LaterOnlyAMuchBetterOneTakesOverAndOnlyAfterTenSeconds) {
  struct Row {
    Duration carrier, rival;
    bool moves;
  };
  for (const Row& row : {Row{100ms, 79ms, true}, Row{100ms, 80ms, false}, Row{100ms, 99ms, false},
                         Row{20ms, 6ms, false}, Row{40ms, 24ms, true}, Row{40ms, 25ms, false}}) {
    RelayChoice choice = choose_relay({}, Time(0s), {fact(kA, {}, {}, 1ms), fact(kB, {}, {}, 2ms)}, false);
    const std::vector<RelayFact> facts = {fact(kA, {}, {}, row.carrier), fact(kB, {}, {}, row.rival)};
    choice = choose_relay(choice, Time(20s), facts, false);
    EXPECT_EQ(next_change(choice), row.moves ? Time(30s) : kNever);
    choice = choose_relay(choice, Time(29'900ms), facts, false);
    EXPECT_EQ(choice.carrier, kA);
    choice = choose_relay(choice, Time(30s), facts, false);
    EXPECT_EQ(choice.carrier, row.moves ? kB : kA) << to_ms(row.carrier) << " " << to_ms(row.rival);
    EXPECT_EQ(choice.standby, row.moves ? kA : kB);
  }
}

TEST(RelayChoice, AMomentOfWeaknessStartsTheTenSecondsAnew) {
  const std::vector<RelayFact> worse = {fact(kA, {}, {}, 100ms), fact(kB, {}, {}, 20ms)};
  const std::vector<RelayFact> same = {fact(kA, {}, {}, 20ms), fact(kB, {}, {}, 20ms)};
  RelayChoice choice = choose_relay({}, Time(0s), same, false);
  choice = choose_relay(choice, Time(10s), worse, false);
  choice = choose_relay(choice, Time(15s), same, false);
  choice = choose_relay(choice, Time(16s), worse, false);
  EXPECT_EQ(choose_relay(choice, Time(25s), worse, false).carrier, kA);
  EXPECT_EQ(choose_relay(choice, Time(26s), worse, false).carrier, kB);
}

TEST(RelayChoice, ADeadCarrierIsLeftAtOnce) {
  RelayChoice choice = choose_relay({}, Time(0s), {fact(kA, 1ms, 1ms), fact(kB, 90ms, 90ms)}, true);
  choice = choose_relay(choice, Time(60s), {dead(fact(kA, 1ms, 1ms)), fact(kB, 90ms, 90ms)}, true);
  EXPECT_EQ(choice.carrier, kB);
  EXPECT_FALSE(choice.standby);
  choice = choose_relay(choice, Time(61s), {dead(fact(kA, 1ms, 1ms)), dead(fact(kB, 90ms, 90ms))}, true);
  EXPECT_FALSE(choice.carrier);
}

}  // namespace
}  // namespace godesk::link
