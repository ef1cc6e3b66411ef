#include "ice/checks.h"

#include <algorithm>
#include <array>

namespace godesk::ice {
namespace {

// When the checks of a plan leave, counted from the first one. Denser than RFC 8445's retransmissions: two
// NATs open for each other within the first few, and ten small packets harm nobody.
constexpr std::array<Duration, 10> kPlan = {0ms, 20ms, 45ms, 85ms, 150ms, 250ms, 400ms, 600ms, 850ms, 1150ms};
constexpr Duration kLastWait = 500ms;
// A second try with nothing changed seldom helps, so tries grow apart.
constexpr std::array<Duration, 4> kRetries = {2s, 10s, 30s, 120s};
constexpr Duration kRetryForEver = 300s;
constexpr Duration kNominationRetry = 200ms;

Time next_consent(Time now, const Pair& pair, const Config& config, double jitter) {
  const Duration interval = pair.resting ? config.rest_interval : config.consent_interval;
  auto spread = static_cast<double>(interval.count()) * (0.8 + 0.4 * jitter);
  Time next = now + Duration{static_cast<Duration::rep>(spread)};
  return pair.nominating ? std::min(next, now + kNominationRetry) : next;
}

}  // namespace

Pair& CheckList::add(Pair pair) {
  pair.info.id = PairId{++last_id_};
  pairs_.push_back(std::move(pair));
  return pairs_.back();
}

Pair* CheckList::find(PairId id) {
  for (Pair& p : pairs_)
    if (p.info.id == id) return &p;
  return nullptr;
}
const Pair* CheckList::find(PairId id) const { return const_cast<CheckList*>(this)->find(id); }

Pair* CheckList::find(LegId leg, const Endpoint& remote, std::uint32_t generation) {
  for (Pair& p : pairs_)
    if (p.info.leg == leg && p.info.remote == remote && p.generation == generation) return &p;
  return nullptr;
}

Pair* CheckList::next_due(Time now) {
  if (now < not_before_) return nullptr;
  auto before = [](const Pair& a, const Pair& b) {
    if (a.urgent != b.urgent) return a.urgent;
    if (a.next_check != b.next_check) return a.next_check < b.next_check;
    return a.info.priority > b.info.priority;
  };
  Pair* first = nullptr;
  for (Pair& p : pairs_)
    if (p.next_check <= now && (!first || before(p, *first))) first = &p;
  return first;
}

Time CheckList::next_deadline() const {
  Time first = kNever;
  for (const Pair& p : pairs_) first = std::min(first, p.next_check);
  return first == kNever ? kNever : std::max(first, not_before_);
}

void start_plan(Time now, Pair& pair) {
  pair.info.state = PairState::waiting;
  pair.planned_sent = 0;
  pair.next_check = now;
}

void schedule_after_send(Time now, Pair& pair, const Config& config, double jitter) {
  pair.urgent = false;
  switch (pair.info.state) {
    case PairState::waiting:
      pair.info.state = PairState::checking;
      pair.plan_start = now;
      [[fallthrough]];
    case PairState::checking:
      ++pair.planned_sent;
      pair.next_check = pair.planned_sent < kPlan.size()
                            ? std::max(pair.plan_start + kPlan[pair.planned_sent], now + config.pace)
                            : now + kLastWait;
      return;
    case PairState::valid:
      pair.next_check = next_consent(now, pair, config, jitter);
      return;
    case PairState::lost:
    case PairState::failed:
      pair.next_check = retry_time(now, pair, config);
      return;
  }
}

Time retry_time(Time now, const Pair& pair, const Config& config) {
  if (pair.was_valid) return now + (pair.resting ? config.rest_interval : config.lost_retry);
  for (Duration offset : kRetries)
    if (pair.plan_start + offset > now) return pair.plan_start + offset;
  return now + kRetryForEver;
}

bool plan_over(Time now, const Pair& pair) {
  return pair.info.state == PairState::checking && pair.planned_sent >= kPlan.size() && !pair.urgent &&
         now - pair.info.last_sent >= kLastWait;
}

}  // namespace godesk::ice
