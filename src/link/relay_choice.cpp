#include "link/relay_choice.h"

namespace godesk::link {
namespace {

Duration cost(const RelayFact& fact, bool peer_told, const RelayChoiceConfig& config) {
  if (fact.whole) return *fact.whole;
  if (fact.peers) return fact.own + *fact.peers;
  return 2 * fact.own + (peer_told ? config.last_resort : 0ms);
}

class Table {
 public:
  Table(const std::vector<RelayFact>& facts, bool peer_told, const RelayChoiceConfig& config)
      : facts_(facts), peer_told_(peer_told), config_(config) {}

  Duration cost_of(const RelayFact& fact) const { return cost(fact, peer_told_, config_); }
  const RelayFact* find(const std::optional<IpAddress>& relay) const {
    for (const RelayFact& fact : facts_)
      if (relay == fact.relay && fact.works) return &fact;
    return nullptr;
  }
  const RelayFact* best_beside(const std::optional<IpAddress>& relay) const {
    const RelayFact* best = nullptr;
    for (const RelayFact& fact : facts_)
      if (fact.works && relay != fact.relay && (!best || cost_of(fact) < cost_of(*best))) best = &fact;
    return best;
  }
  bool far_better(const RelayFact& a, const RelayFact& b) const {
    const Duration gain = cost_of(b) - cost_of(a);
    return gain > config_.margin && gain > cost_of(b) / 5;
  }

 private:
  const std::vector<RelayFact>& facts_;
  bool peer_told_;
  const RelayChoiceConfig& config_;
};

void carry_by(RelayChoice& state, const RelayFact& fact) {
  state.carrier = fact.relay;
  state.rival.reset();
  state.rival_since = kNever;
}

void contest(RelayChoice& state, Time now, const RelayFact& carrier, const RelayFact* rival,
             const Table& table, const RelayChoiceConfig& config) {
  if (!rival || !table.far_better(*rival, carrier)) {
    state.rival.reset();
    state.rival_since = kNever;
    return;
  }
  if (state.rival != rival->relay) {
    state.rival = rival->relay;
    state.rival_since = now;
  }
  if (now - state.rival_since >= config.hold) carry_by(state, *rival);
}

}  // namespace

RelayChoice choose_relay(RelayChoice state, Time now, const std::vector<RelayFact>& facts, bool peer_told,
                         const RelayChoiceConfig& config) {
  const Table table(facts, peer_told, config);
  const RelayFact* carrier = table.find(state.carrier);
  const RelayFact* rival = table.best_beside(state.carrier);
  const bool settling = state.first_at != kNever && now - state.first_at < config.settling;
  if (!carrier) {
    state.carrier.reset();
    if (rival) carry_by(state, *rival);
  } else if (settling) {
    if (rival && table.cost_of(*rival) < table.cost_of(*carrier)) carry_by(state, *rival);
  } else {
    contest(state, now, *carrier, rival, table, config);
  }
  if (state.carrier && state.first_at == kNever) state.first_at = now;
  const RelayFact* standby = state.carrier ? table.best_beside(state.carrier) : nullptr;
  state.standby = standby ? std::optional(standby->relay) : std::nullopt;
  return state;
}

Time next_change(const RelayChoice& state, const RelayChoiceConfig& config) {
  return state.rival ? state.rival_since + config.hold : kNever;
}

}  // namespace godesk::link
