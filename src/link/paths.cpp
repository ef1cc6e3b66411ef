#include "link/paths.h"

#include <algorithm>
#include <tuple>

namespace godesk::link {
namespace {

// A first sample says nothing of how much the RTT varies.
constexpr int kSamplesForJitter = 4;

bool is_suspect(Time since) { return since != kNever; }

}  // namespace

// ---- what is known

const Paths::Path* Paths::find(std::optional<ice::PairId> id) const {
  for (const Path& path : paths_)
    if (id && path.summary.id == *id) return &path;
  return nullptr;
}

void Paths::refresh(Time, const std::vector<ice::PairInfo>& pairs) {
  std::vector<Path> now_valid;
  for (const ice::PairInfo& info : pairs) {
    if (info.state != ice::PairState::valid) continue;
    const Path* known = find(info.id);
    now_valid.push_back(known ? *known : Path{});
    if (!known) choice_due_ = true;
    update(now_valid.back(), info);
  }
  paths_ = std::move(now_valid);
}

void Paths::update(Path& path, const ice::PairInfo& info) {
  path.summary.id = info.id;
  path.leg = info.leg;
  path.summary.relay = info.relayed();
  path.summary.family = info.family();
  path.summary.rtt = info.rtt.value_or(0ms);
  if (info.last_answer > path.answered) {
    ++path.samples;
    path.answered = info.last_answer;
    path.renew_at = path.answered + config_.renew_after;
  }
  path.summary.jitter = path.samples < kSamplesForJitter ? 0ms : info.rtt_variation;
  if (info.last_received > path.heard) {
    path.heard = info.last_received;
    path.waiting_since = path.suspect_since = path.next_ping = kNever;
  }
  if (info.last_sent > path.sent) {
    path.sent = info.last_sent;
    if (path.waiting_since == kNever && path.sent >= path.heard) path.waiting_since = path.sent;
  }
}

void Paths::sent(Time now, ice::PairId pair) {
  Path* path = find(pair);
  if (!path) return;
  path->sent = now;
  if (path->waiting_since == kNever) path->waiting_since = now;
}

void Paths::reserve(const std::set<ice::PairId>& pairs) {
  for (Path& path : paths_) {
    const bool before = std::exchange(path.summary.reserve, pairs.contains(path.summary.id));
    choice_due_ |= before != path.summary.reserve;
  }
}

bool Paths::suspect(ice::PairId pair) const {
  const Path* path = find(std::optional(pair));
  return path && is_suspect(path->suspect_since);
}

Duration Paths::patience(const Path& path) const {
  return std::max(config_.least_doubt, path.summary.rtt + 4 * path.summary.jitter + config_.ack_slack);
}

// ---- what is to be done

Paths::Wishes Paths::decide(Time now) {
  Wishes wishes;
  doubt(now, wishes);
  choose(now, wishes);
  return wishes;
}

void Paths::doubt(Time now, Wishes& wishes) {
  for (Path& path : paths_) {
    const bool current = choice_.current == path.summary.id;
    if (is_suspect(path.suspect_since)) {
      if (now - path.suspect_since >= config_.dead_after) {
        wishes.lost.push_back(path.summary.id);
      } else if (now >= path.next_ping) {
        wishes.ping.push_back(path.summary.id);
        path.next_ping = now + config_.ping_again;
      }
    } else if (path.waiting_since != kNever && now - path.waiting_since >= patience(path)) {
      path.suspect_since = now;
      path.next_ping = now + config_.ping_again;
      wishes.ping.push_back(path.summary.id);
      const Path* other = current ? standby(path) : nullptr;
      if (other) wishes.ping.push_back(other->summary.id);
    } else if (current && path.waiting_since == kNever && now - path.heard >= config_.idle_ping) {
      wishes.ping.push_back(path.summary.id);
      path.waiting_since = now;
    } else if (now >= path.renew_at) {
      wishes.ping.push_back(path.summary.id);
      path.renew_at = now + config_.renew_again;
    }
  }
  std::erase_if(paths_, [&](const Path& p) {
    return std::find(wishes.lost.begin(), wishes.lost.end(), p.summary.id) != wishes.lost.end();
  });
}

void Paths::choose(Time now, Wishes& wishes) {
  const std::optional<ice::PairId> before = choice_.current;
  choice_ = config_.caller ? callers_choice() : hosts_choice();
  choice_due_ = false;
  if (choice_.current == before) return;
  const Path* from = find(before);
  const Path* to = find(choice_.current);
  const bool overlap = from && to && !is_suspect(from->suspect_since);
  previous_ = overlap ? before : std::nullopt;
  if (overlap) overlap_until_ = now + std::max({config_.least_overlap, from->summary.rtt, to->summary.rtt});
  if (config_.caller) wishes.nominate = choice_.current;
}

/// A path in doubt is kept until it is lost: meanwhile packets go two ways.
ice::ChoiceState Paths::callers_choice() const {
  if (!choice_due_ && find(choice_.current)) return choice_;
  std::vector<ice::PathSummary> summaries;
  for (const Path& path : paths_) {
    summaries.push_back(path.summary);
    summaries.back().suspect = is_suspect(path.suspect_since) && choice_.current != path.summary.id;
  }
  return ice::choose(choice_, summaries);
}

ice::ChoiceState Paths::hosts_choice() const {
  ice::ChoiceState next = choice_;
  const Path* wanted = find(nominated_);
  const Path* current = find(choice_.current);
  if (wanted && !is_suspect(wanted->suspect_since)) {
    next.current = nominated_;
  } else if (!current) {
    const Path* best = best_beside({});
    next.current = best ? std::optional(best->summary.id) : std::nullopt;
  }
  return next;
}

const Paths::Path* Paths::best_beside(ice::PairId id) const {
  const Path* best = nullptr;
  auto before = [](const Path& a, const Path& b) {
    if (is_suspect(a.suspect_since) != is_suspect(b.suspect_since)) return is_suspect(b.suspect_since);
    return ice::cost(a.summary, {}) < ice::cost(b.summary, {});
  };
  for (const Path& path : paths_)
    if (path.summary.id != id && (!best || before(path, *best))) best = &path;
  return best;
}

// ---- packets and time

Paths::Route Paths::route(Time now) const {
  Route route;
  const Path* current = find(choice_.current);
  if (!current) return route;
  route.first = choice_.current;
  if (!is_suspect(current->suspect_since) && now < overlap_until_ && find(previous_)) {
    route.second = previous_;
    route.everything = true;
  } else if (const Path* other = standby(*current)) {
    route.second = other->summary.id;
    route.everything = is_suspect(current->suspect_since);
  }
  return route;
}

/// Where copies go: a sound path, then one of another kind, then one by another leg, then the cheapest.
const Paths::Path* Paths::standby(const Path& current) const {
  const Path* best = nullptr;
  auto rank = [&](const Path& p) {
    return std::tuple(is_suspect(p.suspect_since), p.summary.relay == current.summary.relay,
                      p.leg == current.leg, ice::cost(p.summary, {}));
  };
  for (const Path& path : paths_)
    if (path.summary.id != current.summary.id && (!best || rank(path) < rank(*best))) best = &path;
  return best;
}

Time Paths::next_deadline() const {
  Time next = kNever;
  for (const Path& path : paths_) {
    if (!is_suspect(path.suspect_since)) next = std::min(next, path.renew_at);
    if (is_suspect(path.suspect_since)) {
      next = std::min({next, path.next_ping, path.suspect_since + config_.dead_after});
    } else if (path.waiting_since != kNever) {
      next = std::min(next, path.waiting_since + patience(path));
    } else if (choice_.current == path.summary.id) {
      next = std::min(next, path.heard + config_.idle_ping);
    }
  }
  return next;
}

}  // namespace godesk::link
