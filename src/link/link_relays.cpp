// Several relays: which carries, which stands by, which rest.
//
// All are tried at the start. Both sides tell how far each is from them (signal.h); a few seconds later the
// cheapest carries (relay_choice.h), the runner-up is kept with permission, channel and checks, and the
// others give their allocations back until one of the two dies. Both sides see the same figures, and the
// caller nominates.
#include <algorithm>

#include "link/link_impl.h"

namespace godesk::link {
namespace {

constexpr Duration kRest = 6s;  // from the first choice: then what is not needed rests

}  // namespace

bool Link::Impl::has_several_relays() const {
  const RelayRace* first = nullptr;
  for (const auto& race : races_) {
    if (race->resting() || (first && race->up() && race->relay() != first->relay())) return true;
    if (race->up()) first = race.get();
  }
  return false;
}

/// Ten times a second is often enough: a death in between is the path manager's business.
void Link::Impl::choose_relays(Time now) {
  constexpr Duration kPause = 100ms;
  if (!relay_choice_.carrier && !has_several_relays()) return;
  if (now < relays_chosen_at_ + kPause) return;
  relays_chosen_at_ = now;
  const auto pairs = agent_.pairs();
  relay_choice_ =
      choose_relay(std::move(relay_choice_), now, relays_seen(pairs), heard_ && !heard_->relays.empty());
  paths_.reserve(pairs_in_reserve(pairs));
  rest_and_wake(now);
}

/// One fact per relay: the nearer leg where it is reached by two.
std::vector<RelayFact> Link::Impl::relays_seen(const std::vector<ice::PairInfo>& pairs) const {
  std::vector<RelayFact> facts;
  for (const auto& race : races_) {
    if (!race->up() || !race->relay()) continue;
    const RelayFact seen = relay_seen(*race, pairs);
    auto known =
        std::find_if(facts.begin(), facts.end(), [&](const RelayFact& f) { return f.relay == seen.relay; });
    if (known == facts.end()) {
      facts.push_back(seen);
    } else if (!known->works || (seen.works && seen.whole < known->whole)) {
      *known = seen;
    }
  }
  return facts;
}

RelayFact Link::Impl::relay_seen(const RelayRace& race, const std::vector<ice::PairInfo>& pairs) const {
  RelayFact fact;
  fact.relay = *race.relay();
  fact.own = race.distance();
  if (heard_)
    for (const RelayDistance& d : heard_->relays)
      if (d.relay == fact.relay) fact.peers = d.rtt;
  for (const ice::PairInfo& pair : pairs) {
    const Leg* via = leg(pair.leg);
    if (!via || via->race != &race || pair.state != ice::PairState::valid ||
        !at_same_relay(race, pair.remote))
      continue;
    fact.works = true;
    if (pair.rtt && (!fact.whole || *pair.rtt < *fact.whole)) fact.whole = pair.rtt;
  }
  return fact;
}

/// Or the peer is on none of this side's relays: then any of its own is as good.
bool Link::Impl::at_same_relay(const RelayRace& race, const Endpoint& remote) const {
  auto is_there = [&](const Endpoint& relayed) { return relayed.ip == *race.relay(); };
  return is_there(remote) || std::none_of(peer_relays_.begin(), peer_relays_.end(), is_there);
}

std::set<ice::PairId> Link::Impl::pairs_in_reserve(const std::vector<ice::PairInfo>& pairs) const {
  std::set<ice::PairId> reserve;
  if (!relay_choice_.carrier) return reserve;
  for (const ice::PairInfo& pair : pairs) {
    const Leg* via = leg(pair.leg);
    if (!via || !via->race || !via->race->relay()) continue;
    if (via->race->relay() != relay_choice_.carrier || !at_same_relay(*via->race, pair.remote))
      reserve.insert(pair.id);
  }
  return reserve;
}

/// The caller decides; the host keeps what the caller keeps.
bool Link::Impl::is_needed(const RelayRace& race) const {
  if (config_.role == Role::caller) {
    const bool complete = relay_choice_.carrier && relay_choice_.standby;
    return !complete || race.relay() == relay_choice_.carrier || race.relay() == relay_choice_.standby;
  }
  if (!heard_ || heard_->relays.empty()) return true;
  return std::any_of(heard_->relays.begin(), heard_->relays.end(),
                     [&](const RelayDistance& d) { return d.relay == race.relay(); });
}

void Link::Impl::rest_and_wake(Time now) {
  const bool settled = relay_choice_.first_at != kNever && now - relay_choice_.first_at >= kRest;
  for (auto& race : races_) {
    if (settled && race->up() && !is_needed(*race)) {
      remove_legs(now, *race);
      race->rest(now);
    } else if (race->resting() && is_needed(*race)) {
      race->restart(now);
    }
  }
}

Time Link::Impl::relay_choice_due() const {
  if (!relay_choice_.carrier) return kNever;
  const Time rest = relay_choice_.first_at == kNever ? kNever : relay_choice_.first_at + kRest;
  const Time change = next_change(relay_choice_);
  return std::min(rest > now_ ? rest : kNever, change > now_ ? change : kNever);
}

/// With a single relay there is nothing to decide.
std::vector<RelayDistance> Link::Impl::relay_distances() const {
  std::vector<RelayDistance> distances;
  for (const auto& race : races_) {
    if (!race->up() || !race->relay()) continue;
    auto known = std::find_if(distances.begin(), distances.end(),
                              [&](const RelayDistance& d) { return d.relay == *race->relay(); });
    if (known == distances.end()) {
      distances.push_back({*race->relay(), race->distance()});
    } else {
      known->rtt = std::min(known->rtt, race->distance());
    }
  }
  if (distances.size() < 2) distances.clear();
  return distances;
}

}  // namespace godesk::link
