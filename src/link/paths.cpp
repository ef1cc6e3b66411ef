#include "link/paths.h"

#include <algorithm>
#include <tuple>

namespace godesk::link {
namespace {

bool is_suspect(Time since) { return since != kNever; }

}  // namespace

// ---- what is known

const Paths::Path* Paths::find(std::optional<ice::PairId> id) const {
  for (const Path& path : paths_)
    if (id && path.summary.id == *id) return &path;
  return nullptr;
}

void Paths::refresh(Time now, const std::vector<ice::PairInfo>& pairs) {
  std::vector<Path> now_valid;
  for (const ice::PairInfo& info : pairs) {
    if (info.state != ice::PairState::valid) continue;
    const Path* known = find(info.id);
    now_valid.push_back(known ? *known : Path{});
    update(now_valid.back(), info);
    if (known) continue;
    choice_due_ = true;
    hold_if_flapping(now, now_valid.back());
  }
  paths_ = std::move(now_valid);
  std::erase_if(past_, [&](const auto& entry) {
    return std::none_of(pairs.begin(), pairs.end(),
                        [&](const ice::PairInfo& p) { return p.id == entry.first; });
  });
}

void Paths::update(Path& path, const ice::PairInfo& info) {
  path.summary.id = info.id;
  path.leg = info.leg;
  path.summary.relay = info.relayed();
  path.summary.family = info.family();
  path.summary.rtt = info.rtt.value_or(0ms);
  path.summary.jitter = info.rtt_variation;
  path.summary.loss = info.loss;
  if (info.last_answer > path.answered) {
    ++path.summary.samples;
    path.answered = info.last_answer;
    path.renew_at = path.answered + config_.renew_after;
  }
  if (info.last_received > path.heard) {
    path.heard = info.last_received;
    path.waiting_since = path.suspect_since = path.next_ping = kNever;
  }
  if (info.last_sent > path.sent) {
    path.sent = info.last_sent;
    if (path.waiting_since == kNever && path.sent >= path.heard) path.waiting_since = path.sent;
  }
}

/// The second death within half a minute doubles what the path must prove, and each further one again.
void Paths::remember_death(Time now, ice::PairId id) {
  Past& past = past_[id];
  past.deaths = past.deaths > 0 && now - past.died <= config_.flaps_within + past.hold ? past.deaths + 1 : 1;
  past.died = now;
  if (past.deaths < 2) past.hold = 0ms;
  if (past.deaths >= 2) past.hold = std::clamp(2 * past.hold, config_.first_hold, config_.longest_hold);
}

void Paths::hold_if_flapping(Time now, Path& path) {
  auto past = past_.find(path.summary.id);
  if (past != past_.end()) past->second.held_until = now + past->second.hold;
}

bool Paths::held(Time now, ice::PairId id) const {
  auto past = past_.find(id);
  return past != past_.end() && now < past->second.held_until;
}

void Paths::sent(Time now, ice::PairId pair, std::size_t bytes) {
  Path* path = find(pair);
  if (!path) return;
  path->mtu.used(bytes);
  path->sent = now;
  if (path->waiting_since == kNever) path->waiting_since = now;
}

void Paths::reserve(const std::set<ice::PairId>& pairs) {
  for (Path& path : paths_) {
    const bool before = std::exchange(path.summary.reserve, pairs.contains(path.summary.id));
    choice_due_ |= before != path.summary.reserve;
  }
}

bool Paths::works(ice::PairId pair) const { return sound(find(std::optional(pair))); }

bool Paths::suspect(ice::PairId pair) const {
  const Path* path = find(std::optional(pair));
  return path && is_suspect(path->suspect_since);
}

Duration Paths::patience(const Path& path) const {
  return std::max(config_.least_doubt, path.summary.rtt + 4 * path.summary.jitter + config_.ack_slack);
}

// ---- what is to be done

Paths::Wishes Paths::decide(Time now, BitsPerSecond rate) {
  Wishes wishes;
  doubt(now, wishes);
  choose(now, rate, wishes);
  search_mtu(now, wishes);
  warm(wishes);
  return wishes;
}

void Paths::doubt(Time now, Wishes& wishes) {
  for (Path& path : paths_) {
    const bool current = choice_.current == path.summary.id;
    if (is_suspect(path.suspect_since)) {
      if (now - path.suspect_since >= config_.dead_after) {
        wishes.lost.push_back(path.summary.id);
        remember_death(now, path.summary.id);
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
    } else if (path.warm && now >= path.renew_at) {
      wishes.ping.push_back(path.summary.id);
      path.renew_at = now + config_.renew_again;
    }
  }
  std::erase_if(paths_, [&](const Path& p) {
    return std::find(wishes.lost.begin(), wishes.lost.end(), p.summary.id) != wishes.lost.end();
  });
}

void Paths::choose(Time now, BitsPerSecond rate, Wishes& wishes) {
  if (promotion_) promote(now, wishes);
  if (promotion_) return;
  const ice::ChoiceState next = wanted(now);
  const bool moves = next.current != choice_.current;
  if (!moves) {
    choice_ = next;
  } else if (sound(find(choice_.current)) && next.current) {
    start_promotion(now, next, rate);
    promote(now, wishes);
  } else {
    move(now, next, wishes);
  }
}

void Paths::start_promotion(Time now, const ice::ChoiceState& next, BitsPerSecond rate) {
  const ice::PathSummary& from = find(choice_.current)->summary;
  const ice::PathSummary& to = find(next.current)->summary;
  promotion_ = Promotion{next, LoadTrial{}};
  promotion_->test.start(now, to.rtt, to.jitter, rate, from.loss);
}

/// One step of it. Whatever befalls one of the two paths ends it.
void Paths::promote(Time now, Wishes& wishes) {
  const Path* to = find(promotion_->then.current);
  if (!sound(to) || !find(choice_.current)) return promotion_.reset();
  for (std::size_t n = promotion_->test.due(now); n > 0; --n)
    wishes.probe.push_back({to->summary.id, promotion_->test.bytes()});
  const LoadTrial::Verdict verdict = promotion_->test.verdict(now);
  if (verdict == LoadTrial::Verdict::open) return;
  const ice::ChoiceState then = promotion_->then;
  promotion_.reset();
  if (verdict == LoadTrial::Verdict::bad) return refuse(now, to->summary.id);
  past_[to->summary.id].refused = 0;
  move(now, then, wishes);
}

void Paths::refuse(Time now, ice::PairId id) {
  Past& past = past_[id];
  const Duration wait = config_.first_hold * (1 << std::min(past.refused++, 5));
  past.held_until = std::max(past.held_until, now + std::min(wait, config_.longest_hold));
}

void Paths::move(Time now, const ice::ChoiceState& next, Wishes& wishes) {
  const Path* from = find(choice_.current);
  const Path* to = find(next.current);
  const bool overlap = from && to && sound(from);
  previous_ = overlap ? choice_.current : std::nullopt;
  if (overlap) overlap_until_ = now + std::max({config_.least_overlap, from->summary.rtt, to->summary.rtt});
  if (from) find(from->summary.id)->mtu.rest();
  choice_ = next;
  if (config_.caller) wishes.nominate = choice_.current;
}

ice::ChoiceState Paths::wanted(Time now) {
  const ice::ChoiceState next = config_.caller ? callers_choice(now) : hosts_choice(now);
  choice_due_ = false;
  return next;
}

/// A path in doubt is kept until it is lost: meanwhile packets go two ways.
ice::ChoiceState Paths::callers_choice(Time now) const {
  if (!choice_due_ && find(choice_.current)) return choice_;
  std::vector<ice::PathSummary> summaries;
  for (const Path& path : paths_) {
    summaries.push_back(path.summary);
    summaries.back().suspect = is_suspect(path.suspect_since) && choice_.current != path.summary.id;
    summaries.back().held = held(now, path.summary.id);
  }
  return ice::choose(choice_, summaries, now);
}

ice::ChoiceState Paths::hosts_choice(Time now) const {
  ice::ChoiceState next = choice_;
  const Path* named = find(nominated_);
  const Path* current = find(choice_.current);
  if (sound(named) && (!current || !held(now, named->summary.id))) {
    next.current = nominated_;
  } else if (!current) {
    const Path* best = best_beside({});
    next.current = best ? std::optional(best->summary.id) : std::nullopt;
  }
  return next;
}

// ---- beside the choice

void Paths::probed(Time now, ice::PairId pair, std::size_t bytes) {
  Path* path = find(pair);
  if (!path) return;
  if (promotion_ && promotion_->then.current == pair && bytes == promotion_->test.bytes())
    promotion_->test.answered();
  path->mtu.answered(now, bytes);
}

void Paths::search_mtu(Time now, Wishes& wishes) {
  Path* path = choice_.current ? find(*choice_.current) : nullptr;
  if (!path || !sound(path) || promotion_) return;
  if (auto bytes = path->mtu.due(now, path->summary.rtt)) wishes.probe.push_back({path->summary.id, *bytes});
}

/// The current one, its standby, then the cheapest.
void Paths::warm(Wishes& wishes) {
  std::vector<Path*> order;
  for (Path& path : paths_) order.push_back(&path);
  const Path* current = find(choice_.current);
  const Path* second = current ? standby(*current) : nullptr;
  const Path* next = promotion_ ? find(promotion_->then.current) : nullptr;
  auto rank = [&](const Path* p) {
    return std::tuple(p != current, p != second, p != next, ice::cost(p->summary, {}));
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const Path* a, const Path* b) { return rank(a) < rank(b); });
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i]->warm = i < config_.warm;
    if (order[i]->warm) wishes.warm.push_back(order[i]->summary.id);
  }
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

std::optional<Time> Paths::heard_up_to() const {
  const Path* current = find(choice_.current);
  if (!current) return std::nullopt;
  constexpr Duration kSlack = 20ms;
  return current->heard - current->summary.rtt - 4 * current->summary.jitter - kSlack;
}

std::size_t Paths::mtu(ice::PairId pair) const {
  const Path* path = find(std::optional(pair));
  return path ? path->mtu.size() : kLeastMtu;
}

std::size_t Paths::mtu(Time now) const {
  const Route way = route(now);
  if (!way.first) return kLeastMtu;
  return way.second && way.everything ? std::min(mtu(*way.first), mtu(*way.second)) : mtu(*way.first);
}

Time Paths::next_deadline() const {
  Time next = promotion_ ? promotion_->test.next_deadline() : kNever;
  for (const Path& path : paths_) {
    const bool current = choice_.current == path.summary.id;
    if (is_suspect(path.suspect_since)) {
      next = std::min({next, path.next_ping, path.suspect_since + config_.dead_after});
      continue;
    }
    if (path.warm) next = std::min(next, path.renew_at);
    if (current && !promotion_) next = std::min(next, path.mtu.next_deadline());
    if (path.waiting_since != kNever) {
      next = std::min(next, path.waiting_since + patience(path));
    } else if (current) {
      next = std::min(next, path.heard + config_.idle_ping);
    }
  }
  return next;
}

}  // namespace godesk::link
