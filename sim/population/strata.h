// The population: strata.json (what is in it, and from where, is told in docs/population.md) and draws from
// it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "sim/population/access.h"

namespace godesk::population {

struct Stratum {
  std::string letter, name;
  double generic = 0, host = 0, viewer = 0;  // shares of endpoints
  double ipv6 = 0, ipv6_only = 0, hairpin = 0;
  double least_flows = 0, most_flows = 0;  // a second; drawn log-uniformly
  double answered_median_s = 0, answered_min_s = 0, unanswered_median_s = 0, unanswered_min_s = 0, max_s = 0;
  std::array<double, kClasses> classes{};  // rows sum to 1
};

struct Strata {
  std::vector<Stratum> strata;
  std::vector<std::uint32_t> block_sizes;
  std::vector<int> steps;
  double refused = 0;
  std::size_t refused_sessions = 0, refused_scan_ports = 0;
  double to_server_median_ms = 0, to_server_sigma = 0, direct_median_ms = 0, direct_sigma = 0;
  double loss_per_crossing = 0;
};

std::string_view name(NatClass nat);
/// Throws std::runtime_error with what is wrong.
Strata load_strata(const std::string& file);

/// An endpoint of the generic mix.
Access draw_access(const Strata& strata, Random& random);
/// The same seed and index give the same pair, whatever else is drawn.
Pair draw_pair(const Strata& strata, std::uint64_t seed, std::uint64_t index);

}  // namespace godesk::population
