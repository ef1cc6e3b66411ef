#include "os/pair_memory.h"

#include <algorithm>
#include <sstream>

#include "crypto/hash.h"
#include "os/files.h"
#include "os/network_memory.h"

namespace godesk::os {
namespace {

constexpr std::size_t kHexDigits = 32;  // of 16 bytes

std::string place_of(const std::vector<IpAddress>& addresses, std::string_view host) {
  const std::string all =
      "GoDesk pair place v1\n" + network_fingerprint(addresses) + "\n" + std::string(host);
  return to_hex(crypto::sha256(bytes_of(all))).substr(0, kHexDigits);
}

bool holds(const link::PairVerdict& verdict, WallTime seen, WallTime now) {
  const bool failed = verdict.outcome == link::PairOutcome::failed;
  return seen <= now && now - seen < (failed ? PairMemory::kFailureHolds : PairMemory::kHolds);
}

std::optional<link::PairVerdict> verdict_from(const std::string& mark, int outcome, int round) {
  const auto bytes = from_hex(mark);
  const bool punched = outcome == static_cast<int>(link::PairOutcome::punched);
  if (!bytes || bytes->size() != kHexDigits / 2 || outcome < 1 || outcome > 3) return std::nullopt;
  if (punched ? round < 1 || round > 3 : round != 0) return std::nullopt;
  link::PairVerdict verdict;
  std::copy(bytes->begin(), bytes->end(), verdict.pair.begin());
  verdict.outcome = static_cast<link::PairOutcome>(outcome);
  verdict.round = static_cast<std::uint8_t>(round);
  return verdict;
}

}  // namespace

std::vector<PairMemory::Entry> PairMemory::read() const {
  std::vector<Entry> entries;
  const auto content = read_secret(file_);
  std::istringstream lines(content ? std::string(text_of(*content)) : std::string());
  std::string place, mark;
  int outcome = 0, round = 0;
  std::int64_t seen = 0;
  while (entries.size() < kMaxPairs && lines >> place >> mark >> outcome >> round >> seen) {
    const auto verdict = verdict_from(mark, outcome, round);
    if (verdict && place.size() == kHexDigits)
      entries.push_back({place, *verdict, WallTime{std::chrono::seconds(seen)}});
  }
  return entries;
}

std::vector<link::PairVerdict> PairMemory::recall(const std::vector<IpAddress>& addresses,
                                                  std::string_view host, WallTime now) const {
  const std::string place = place_of(addresses, host);
  std::vector<link::PairVerdict> verdicts;
  for (const Entry& entry : read())
    if (entry.place == place && holds(entry.verdict, entry.seen, now)) verdicts.push_back(entry.verdict);
  return verdicts;
}

void PairMemory::learn(const std::vector<IpAddress>& addresses, std::string_view host,
                       const link::PairVerdict& verdict, WallTime now) const {
  const std::string place = place_of(addresses, host);
  std::vector<Entry> entries = read();
  // Once an hour is enough to keep it fresh.
  const bool fresh = std::any_of(entries.begin(), entries.end(), [&](const Entry& e) {
    return e.place == place && e.verdict == verdict && e.seen <= now && now - e.seen < std::chrono::hours(1);
  });
  if (fresh) return;
  std::erase_if(entries, [&](const Entry& e) {
    const bool same = e.place == place && e.verdict.pair == verdict.pair;
    return same || !holds(e.verdict, e.seen, now);
  });
  entries.push_back({place, verdict, now});
  if (entries.size() > kMaxPairs)
    entries.erase(std::min_element(entries.begin(), entries.end(),
                                   [](const Entry& a, const Entry& b) { return a.seen < b.seen; }));
  std::ostringstream content;
  for (const Entry& e : entries)
    content << e.place << ' ' << to_hex(e.verdict.pair) << ' ' << static_cast<int>(e.verdict.outcome) << ' '
            << static_cast<int>(e.verdict.round) << ' ' << e.seen.time_since_epoch().count() << '\n';
  write_secret(file_, bytes_of(content.str()));
}

}  // namespace godesk::os
