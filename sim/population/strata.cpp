#include "sim/population/strata.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sim/chance.h"
#include "sim/seeded_random.h"

namespace godesk::population {
namespace {

using nlohmann::json;

constexpr double kLifeSigma = 0.5;

Stratum read_stratum(const std::string& letter, const json& j) {
  Stratum s;
  s.letter = letter;
  s.name = j.at("name");
  s.generic = j.at("generic"), s.host = j.at("host"), s.viewer = j.at("viewer");
  s.ipv6 = j.at("ipv6"), s.ipv6_only = j.at("ipv6_only"), s.hairpin = j.at("hairpin");
  if (j.at("upnp") != 0) throw std::runtime_error("strata: the product leaves routers alone: upnp is 0");
  s.least_flows = j.at("flows_per_second").at(0), s.most_flows = j.at("flows_per_second").at(1);
  const json& life = j.at("life_s");
  s.answered_median_s = life.at("answered_median"), s.answered_min_s = life.at("answered_min");
  s.unanswered_median_s = life.at("unanswered_median"), s.unanswered_min_s = life.at("unanswered_min");
  s.max_s = life.at("max");
  double sum = 0;
  for (std::size_t i = 0; i < kClasses; ++i) {
    const auto key = i == 0 ? std::string("public") : std::string(name(static_cast<NatClass>(i)));
    sum += s.classes[i] = j.at("classes").at(key);
  }
  if (std::abs(sum - 1) > 1e-9)
    throw std::runtime_error("strata: the classes of " + letter + " must sum to 1");
  return s;
}

template <class Items, class Weight>
std::size_t choose(const Items& items, Weight weight, Random& random) {
  double left = sim::unit(random);
  for (std::size_t i = 0; i < items.size(); ++i)
    if ((left -= weight(items[i])) < 0) return i;
  return items.size() - 1;
}

double life(Random& random, double median, double least, double most) {
  return std::clamp(sim::log_normal(random, median, kLifeSigma), least, most);
}

/// Block sizes are powers of two, and blocks are aligned to them.
void draw_ports(const Strata& strata, const Stratum& s, Access& a, Random& random) {
  a.flows_per_second = s.least_flows * std::exp(sim::unit(random) * std::log(s.most_flows / s.least_flows));
  a.step = strata.steps[random.below(static_cast<std::uint32_t>(strata.steps.size()))];
  a.first_port = static_cast<std::uint16_t>(1024 + random.below(64512));
  a.block_size = strata.block_sizes[random.below(static_cast<std::uint32_t>(strata.block_sizes.size()))];
  const std::uint32_t lowest = std::max(1u, 1024 / a.block_size), beyond = 65536 / a.block_size;
  a.block_base = static_cast<std::uint16_t>((lowest + random.below(beyond - lowest)) * a.block_size);
}

}  // namespace

std::string_view name(NatClass nat) {
  constexpr std::array<std::string_view, kClasses> kNames = {
      "open",           "ei_ei",          "ei_ad",      "ei_apd_preserving", "ei_apd_random",
      "apd_preserving", "apd_sequential", "apd_random", "apd_block",         "udp_blocked"};
  return kNames[static_cast<std::size_t>(nat)];
}

Strata load_strata(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("strata: cannot read " + file);
  const json j = json::parse(in);
  Strata out;
  for (const auto& [letter, stratum] : j.at("strata").items())
    out.strata.push_back(read_stratum(letter, stratum));
  out.block_sizes = j.at("block_sizes").get<std::vector<std::uint32_t>>();
  out.steps = j.at("sequential_steps").get<std::vector<int>>();
  const json& refused = j.at("birthday_refused");
  out.refused = refused.at("share");
  out.refused_sessions = refused.at("sessions"), out.refused_scan_ports = refused.at("scan_ports");
  const json& rtt = j.at("rtt_ms");
  out.to_server_median_ms = rtt.at("to_server_median"), out.to_server_sigma = rtt.at("to_server_sigma");
  out.direct_median_ms = rtt.at("direct_median"), out.direct_sigma = rtt.at("direct_sigma");
  out.loss_per_crossing = j.at("loss_per_crossing");
  return out;
}

Access draw_access(const Strata& strata, Random& random) {
  Access a;
  a.stratum = choose(
      strata.strata, [](const Stratum& s) { return s.generic; }, random);
  const Stratum& s = strata.strata[a.stratum];
  a.nat = static_cast<NatClass>(choose(
      s.classes, [](double share) { return share; }, random));
  const double family = sim::unit(random);
  a.ipv6_only = family < s.ipv6_only;
  a.ipv6 = family < s.ipv6;
  a.hairpin = sim::unit(random) < s.hairpin;
  draw_ports(strata, s, a, random);
  if (sim::unit(random) < strata.refused) (random.below(2) == 0 ? a.sessions : a.scan_ports) = 1;
  if (a.sessions > 0) a.sessions = strata.refused_sessions;
  if (a.scan_ports > 0) a.scan_ports = strata.refused_scan_ports;
  a.life_answered_s = life(random, s.answered_median_s, s.answered_min_s, s.max_s);
  a.life_unanswered_s =
      std::min(a.life_answered_s, life(random, s.unanswered_median_s, s.unanswered_min_s, s.max_s));
  a.rtt_ms = sim::log_normal(random, strata.to_server_median_ms, strata.to_server_sigma);
  return a;
}

Pair draw_pair(const Strata& strata, std::uint64_t seed, std::uint64_t index) {
  sim::SeededRandom random(seed * 0x9e3779b97f4a7c15u ^ (index + 1) * 0xd1b54a32d192ed03u);
  Pair pair;
  pair.seed = random.u64();
  pair.caller = draw_access(strata, random);
  pair.host = draw_access(strata, random);
  pair.rtt_ms = sim::log_normal(random, strata.direct_median_ms, strata.direct_sigma);
  return pair;
}

}  // namespace godesk::population
