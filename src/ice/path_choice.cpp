#include "ice/path_choice.h"

#include <algorithm>

namespace godesk::ice {
namespace {

const PathSummary* find(const std::vector<PathSummary>& paths, std::optional<PairId> id) {
  for (const PathSummary& path : paths)
    if (id && path.id == *id) return &path;
  return nullptr;
}

template <class Predicate>
const PathSummary* best(const std::vector<PathSummary>& paths, const ChoiceConfig& config, Predicate fits) {
  const PathSummary* found = nullptr;
  for (const PathSummary& path : paths)
    if (path.alive && fits(path) && (!found || cost(path, config) < cost(*found, config))) found = &path;
  return found;
}

ChoiceState moved_to(const ChoiceState& state, const PathSummary& path) {
  ChoiceState next = state;
  next.current = path.id;
  next.challenger.reset();
  next.wins = 0;
  if (next.left == next.current) next.left.reset();
  return next;
}

Duration margin(const PathSummary& from, const ChoiceConfig& config) {
  return std::max(config.margin, cost(from, config) / 10);
}

/// Rule 3.
ChoiceState contest(ChoiceState state, const PathSummary& current, const PathSummary* rival, Time now,
                    const ChoiceConfig& config) {
  const bool other = rival && rival->id != current.id;
  // What two paths differ by within their jitter is chance.
  const Duration gap = other ? std::max(margin(current, config), 3 * (current.jitter + rival->jitter)) : 0ms;
  const bool better = other && cost(*rival, config) + gap <= cost(current, config);
  if (!better) {
    state.challenger.reset();
    state.wins = 0;
    return state;
  }
  if (state.challenger != rival->id) {
    state.challenger = rival->id;
    state.wins = 0;
    state.since = now;
  }
  if (state.wins == 0 || state.counted != rival->samples) ++state.wins;
  state.counted = rival->samples;
  if (state.wins < config.samples || now - state.since < config.least_time) return state;
  if (rival->relay && !current.relay) state.left = current.id;
  return moved_to(state, *rival);
}

}  // namespace

Duration cost(const PathSummary& path, const ChoiceConfig& config) {
  auto loss = static_cast<Duration::rep>(static_cast<double>(config.loss_cost.count()) * path.loss);
  return path.rtt + 4 * path.jitter + Duration{loss} + (path.relay ? config.relay_cost : 0ms) +
         (path.reserve ? config.reserve_cost : 0ms) - (path.family == Family::v6 ? config.v6_bonus : 0ms);
}

ChoiceState choose(ChoiceState state, const std::vector<PathSummary>& paths, Time now,
                   const ChoiceConfig& config) {
  const PathSummary* left = find(paths, state.left);
  if (!left || !left->alive) state.left.reset();
  const PathSummary* sound = best(paths, config, [](const PathSummary& p) { return !p.suspect && !p.held; });
  if (!sound) sound = best(paths, config, [](const PathSummary& p) { return !p.suspect; });
  const PathSummary* any = sound ? sound : best(paths, config, [](const PathSummary&) { return true; });
  if (!any) {
    state.current.reset();
    state.challenger.reset();
    state.wins = 0;
    return state;
  }
  const PathSummary* current = find(paths, state.current);
  if (!current || !current->alive) return moved_to(state, *any);
  if (current->suspect) return sound ? moved_to(state, *sound) : state;

  const PathSummary* direct = best(paths, config, [&](const PathSummary& p) {
    return !p.relay && !p.suspect && !p.held && p.id != state.left;
  });
  if (current->relay && direct && cost(*direct, config) <= cost(*current, config) + margin(*current, config))
    return moved_to(state, *direct);
  return contest(state, *current, sound->held ? nullptr : sound, now, config);
}

}  // namespace godesk::ice
