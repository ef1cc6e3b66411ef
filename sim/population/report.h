// What came of a population: shares, times and costs by pair of strata, by the way that the oracle names and
// in all, beside plain ICE and the oracle; and what was promised of them.
#pragma once

#include <array>
#include <iosfwd>
#include <string>
#include <vector>

#include "sim/population/pair_world.h"

namespace godesk::population {

struct Result {
  Outcome full, plain;
};

struct Promise {
  std::string what;
  double value = 0, wanted = 0;
  bool at_least = true;  // else at most
  bool kept() const { return at_least ? value >= wanted : value <= wanted; }
};

class Report {
 public:
  /// results[i] belongs to draw_pair(strata, seed, i).
  Report(const Strata& strata, std::uint64_t seed, std::vector<Result> results);

  std::vector<Promise> promises() const;
  void print(std::ostream& out) const;
  std::string json() const;

 private:
  struct Row {
    Pair pair;
    Judgement judgement;
    Result result;
  };
  /// Of some rows. Shares are of 100; times in ms.
  struct Summary {
    std::size_t pairs = 0;
    double direct = 0, plain = 0, oracle = 0, connected = 0;
    double of_oracle = 100;  // of the pairs that the oracle allows, so many are direct
    double relay_won = 0;
    double byte_p50 = 0, byte_p95 = 0;
    double first_p50 = 0, first_p95 = 0, direct_p50 = 0, direct_p95 = 0, plain_p50 = 0, plain_p95 = 0;
    double probes_p50 = 0, probes_p95 = 0;
    std::uint32_t probes_max = 0, ports_max = 0, sockets_max = 0, probes_100_ms_max = 0;
  };
  template <class Which>
  Summary summary(Which which) const;
  std::vector<std::pair<std::string, Summary>> groups() const;
  /// Shares when endpoints come as these: {direct, plain, oracle, plain_on_v4()}.
  std::array<double, 4> mix(double Stratum::*caller, double Stratum::*host) const;
  std::vector<std::pair<std::string, std::array<double, 4>>> mixes() const;
  /// Why pairs that the oracle allows are not direct.
  struct Missed {
    std::string cause;
    std::size_t pairs = 0, example = 0;
  };
  std::vector<Missed> missed() const;

  const Strata& strata_;
  std::vector<Row> rows_;
};

}  // namespace godesk::population
