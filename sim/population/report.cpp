#include "sim/population/report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <ostream>

#include <nlohmann/json.hpp>

namespace godesk::population {
namespace {

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

bool probing(Way way) { return way == Way::birthday; }

}  // namespace

Report::Report(const Strata& strata, std::uint64_t seed, std::vector<Result> results) : strata_(strata) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Pair pair = draw_pair(strata, seed, i);
    rows_.push_back({pair, judge(pair), results[i]});
  }
}

template <class Which>
Report::Summary Report::summary(Which which) const {
  Summary s;
  std::vector<double> bytes, first, direct, plain, probes;
  double allowed = 0, kept = 0;
  for (const Row& row : rows_) {
    if (!which(row)) continue;
    const Outcome& o = row.result.full;
    ++s.pairs;
    s.direct += o.direct, s.plain += row.result.plain.direct, s.connected += o.connected;
    const bool possible = row.judgement.way != Way::none;
    allowed += possible, kept += possible && o.direct;
    if (o.connected) bytes.push_back(o.byte_ms), first.push_back(o.first_ms);
    if (o.direct_ms >= 0) direct.push_back(o.direct_ms);
    if (row.result.plain.direct_ms >= 0) plain.push_back(row.result.plain.direct_ms);
    s.relay_won += o.relay_won;
    probes.push_back(o.probes);
    s.probes_max = std::max(s.probes_max, o.probes), s.ports_max = std::max(s.ports_max, o.ports);
    s.sockets_max = std::max(s.sockets_max, o.sockets);
    s.probes_100_ms_max = std::max(s.probes_100_ms_max, o.probes_100_ms);
  }
  const auto n = static_cast<double>(s.pairs);
  s.direct = percent(s.direct, n), s.plain = percent(s.plain, n), s.connected = percent(s.connected, n);
  s.oracle = percent(allowed, n), s.relay_won = percent(s.relay_won, n);
  if (allowed > 0) s.of_oracle = percent(kept, allowed);
  s.byte_p50 = percentile(bytes, .5), s.byte_p95 = percentile(bytes, .95);
  s.first_p50 = percentile(first, .5), s.first_p95 = percentile(first, .95);
  s.direct_p50 = percentile(direct, .5), s.direct_p95 = percentile(direct, .95);
  s.plain_p50 = percentile(plain, .5), s.plain_p95 = percentile(plain, .95);
  s.probes_p50 = percentile(probes, .5), s.probes_p95 = percentile(probes, .95);
  return s;
}

std::vector<std::pair<std::string, Report::Summary>> Report::groups() const {
  std::vector<std::pair<std::string, Summary>> out;
  out.emplace_back("all", summary([](const Row&) { return true; }));
  out.emplace_back("UDP gets out", summary([](const Row& r) { return udp_capable(r.pair); }));
  auto fixed = [this](const Access& a) {
    const std::string& letter = strata_.strata[a.stratum].letter;
    return letter == "H" || letter == "C";
  };
  out.emplace_back("home and CGN",
                   summary([&](const Row& r) { return fixed(r.pair.caller) && fixed(r.pair.host); }));
  for (std::size_t w = 0; w < static_cast<std::size_t>(Way::count); ++w)
    out.emplace_back("way: " + std::string(name(static_cast<Way>(w))),
                     summary([&](const Row& r) { return r.judgement.way == static_cast<Way>(w); }));
  out.emplace_back("way: NAT64", summary([](const Row& r) { return r.judgement.nat64; }));
  out.emplace_back("probing refused", summary([](const Row& r) { return r.judgement.refused; }));
  for (std::size_t a = 0; a < strata_.strata.size(); ++a)
    for (std::size_t b = a; b < strata_.strata.size(); ++b)
      out.emplace_back(strata_.strata[a].letter + " " + strata_.strata[b].letter, summary([&](const Row& r) {
                         return std::minmax(r.pair.caller.stratum, r.pair.host.stratum) == std::minmax(a, b);
                       }));
  return out;
}

std::array<double, 4> Report::mix(double Stratum::*caller, double Stratum::*host) const {
  std::array<double, 4> sums{};
  double total = 0;
  for (const Row& row : rows_) {
    const Stratum &a = strata_.strata[row.pair.caller.stratum], &b = strata_.strata[row.pair.host.stratum];
    const double weight = a.*caller / a.generic * b.*host / b.generic;
    total += weight;
    sums[0] += weight * row.result.full.direct, sums[1] += weight * row.result.plain.direct;
    sums[2] += weight * (row.judgement.way != Way::none);
    sums[3] += weight * plain_on_v4(row.pair);
  }
  for (double& sum : sums) sum = percent(sum, total);
  return sums;
}

std::vector<std::pair<std::string, std::array<double, 4>>> Report::mixes() const {
  return {{"generic x generic", mix(&Stratum::generic, &Stratum::generic)},
          {"viewer x host", mix(&Stratum::viewer, &Stratum::host)},
          {"viewer x viewer", mix(&Stratum::viewer, &Stratum::viewer)}};
}

std::vector<Report::Missed> Report::missed() const {
  std::map<std::string, Missed> causes;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.judgement.way == Way::none || row.result.full.direct) continue;
    auto word = [&](const Access& a) {
      return strata_.strata[a.stratum].letter + ":" + (a.ipv6_only ? "nat64" : std::string(name(a.nat)));
    };
    std::string a = word(row.pair.caller), b = word(row.pair.host);
    if (b < a) std::swap(a, b);
    const std::string cause =
        std::string(name(row.judgement.way)) + " " + a + " " + b + " (" + row.result.full.why + ")";
    Missed& missed = causes.try_emplace(cause, Missed{cause, 0, i}).first->second;
    ++missed.pairs;
  }
  std::vector<Missed> out;
  for (auto& [cause, missed] : causes) out.push_back(std::move(missed));
  std::stable_sort(out.begin(), out.end(),
                   [](const Missed& a, const Missed& b) { return a.pairs > b.pairs; });
  return out;
}

std::vector<Promise> Report::promises() const {
  auto by_way = [&](auto which) { return summary([&](const Row& r) { return which(r.judgement); }); };
  const auto all = groups();
  const Summary &total = all[0].second, &udp = all[1].second, &fixed = all[2].second;
  const Summary easy =
      by_way([](const Judgement& j) { return (j.way == Way::plain && !j.nat64) || j.way == Way::ipv6; });
  const Summary birthday = by_way([](const Judgement& j) { return probing(j.way); });
  return {{"direct, of what the oracle allows, %", total.of_oracle, 98},
          {"direct, of UDP-capable pairs, %", udp.direct, 92},
          {"direct, of home and CGN pairs, %", fixed.direct, 96},
          {"connected, %", total.connected, 100},
          {"first relayed byte p50, ms", total.byte_p50, 130, false},
          {"first relayed byte p95, ms", total.byte_p95, 240, false},
          {"first packet of the session p50, ms", total.first_p50, 130, false},
          {"first packet of the session p95, ms", total.first_p95, 240, false},
          {"direct p50 of endpoint-independent pairs, ms", easy.direct_p50, 150, false},
          {"direct p95 of endpoint-independent pairs, ms", easy.direct_p95, 330, false},
          {"direct p50 of birthday pairs, ms", birthday.direct_p50, 1300, false},
          {"direct p95 of birthday pairs, ms", birthday.direct_p95, 3500, false},
          {"sockets of one side", static_cast<double>(total.sockets_max), 256, false},
          {"ports visited by one side, 1000 guessed and those named", static_cast<double>(total.ports_max),
           1010, false},
          {"probes of one side within 100 ms", static_cast<double>(total.probes_100_ms_max), 100, false}};
}

void Report::print(std::ostream& out) const {
  char line[256];
  std::snprintf(line, sizeof line,
                "%-22s %6s %6s %6s %6s %6s %6s %6s | %9s | %9s | %13s | %13s | %11s %5s %4s\n", "", "pairs",
                "direct", "plain", "oracle", "of it", "relay+", "conn.", "byte ms", "packet ms", "direct ms",
                "plain ms", "probes", "ports", "sock");
  out << line;
  for (const auto& [label, s] : groups()) {
    if (s.pairs == 0) continue;
    std::snprintf(line, sizeof line,
                  "%-22s %6zu %6.1f %6.1f %6.1f %6.1f %6.1f %6.1f | %4.0f %4.0f | %4.0f %4.0f | %6.0f %6.0f "
                  "| %6.0f %6.0f | %5.0f "
                  "%5u %5u %4u\n",
                  label.c_str(), s.pairs, s.direct, s.plain, s.oracle, s.of_oracle, s.relay_won, s.connected,
                  s.byte_p50, s.byte_p95, s.first_p50, s.first_p95, s.direct_p50, s.direct_p95, s.plain_p50,
                  s.plain_p95, s.probes_p95, s.probes_max, s.ports_max, s.sockets_max);
    out << line;
  }
  out << "\nshares are %, relay+: direct works and the relay is quicker; times p50 and p95 from the click, "
         "probes p95 and most, ports and sockets most\n\n";
  for (const auto& [label, m] : mixes()) {
    std::snprintf(line, sizeof line,
                  "%-18s direct %5.1f  plain ICE %5.1f  oracle %5.1f  plain rule, IPv4 alone %5.1f\n",
                  label.c_str(), m[0], m[1], m[2], m[3]);
    out << line;
  }
  out << "\nallowed by the oracle, not direct:\n";
  const auto causes = missed();
  for (std::size_t i = 0; i < causes.size() && i < 20; ++i)
    out << "  " << causes[i].pairs << "  " << causes[i].cause << ", as --pair " << causes[i].example << "\n";
  out << "\n";
  for (const Promise& p : promises()) {
    std::snprintf(line, sizeof line, "%-50s %8.1f  %s %6.1f  %s\n", p.what.c_str(), p.value,
                  p.at_least ? ">=" : "<=", p.wanted, p.kept() ? "kept" : "MISSED");
    out << line;
  }
}

std::string Report::json() const {
  nlohmann::ordered_json j;
  j["pairs"] = rows_.size();
  for (const auto& [label, s] : groups()) {
    if (s.pairs == 0) continue;
    j["groups"].push_back({{"name", label},
                           {"pairs", s.pairs},
                           {"direct", s.direct},
                           {"plain", s.plain},
                           {"oracle", s.oracle},
                           {"of_oracle", s.of_oracle},
                           {"connected", s.connected},
                           {"relay_won", s.relay_won},
                           {"first_byte_ms", {s.byte_p50, s.byte_p95}},
                           {"first_packet_ms", {s.first_p50, s.first_p95}},
                           {"direct_ms", {s.direct_p50, s.direct_p95}},
                           {"plain_ms", {s.plain_p50, s.plain_p95}},
                           {"probes", {s.probes_p50, s.probes_p95, s.probes_max}},
                           {"ports_max", s.ports_max},
                           {"sockets_max", s.sockets_max},
                           {"probes_100_ms_max", s.probes_100_ms_max}});
  }
  for (const auto& [label, m] : mixes())
    j["mixes"].push_back(
        {{"name", label}, {"direct", m[0]}, {"plain", m[1]}, {"oracle", m[2]}, {"plain_rule_v4", m[3]}});
  for (const Missed& m : missed())
    j["missed"].push_back({{"cause", m.cause}, {"pairs", m.pairs}, {"example", m.example}});
  for (const Promise& p : promises())
    j["promises"].push_back({{"what", p.what}, {"value", p.value}, {"wanted", p.wanted}, {"kept", p.kept()}});
  return j.dump();
}

}  // namespace godesk::population
