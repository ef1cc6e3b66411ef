#include "host/keymap_pool.h"

#include <algorithm>

namespace godesk::host {

void KeymapPool::reset(const std::vector<Keycode>& spare, int levels) {
  places_.clear();
  for (int level = 0; level < levels; ++level)
    for (Keycode code : spare) places_.push_back({{code, level}});
}

std::optional<Slot> KeymapPool::find(Keysym keysym) const {
  for (const Place& place : places_)
    if (place.keysym == keysym) return place.slot;
  return {};
}

void KeymapPool::used(Slot slot, Time now) {
  for (Place& place : places_)
    if (place.slot == slot) {
      place.last_used = now;
      place.was_used = true;
    }
}

Time KeymapPool::free_at(const Place& place) const {
  if (!place.was_used) return Time::min();
  return place.last_used + (place.last_used <= handled_ ? config_.least_rest : config_.rest);
}

KeymapPool::Plan KeymapPool::plan(std::span<const Keysym> wanted, Time now) {
  Plan plan;
  auto is_wanted = [&](Keysym k) { return k && std::find(wanted.begin(), wanted.end(), k) != wanted.end(); };
  for (Keysym keysym : wanted) {
    if (find(keysym)) continue;
    Place* oldest = nullptr;
    for (Place& place : places_)
      if (!is_wanted(place.keysym) && (!oldest || free_at(place) < free_at(*oldest))) oldest = &place;
    if (!oldest) break;
    if (free_at(*oldest) > now) {
      plan.retry_at = free_at(*oldest);
      break;
    }
    *oldest = {oldest->slot, keysym};
    plan.bindings.push_back({oldest->slot, keysym});
  }
  return plan;
}

}  // namespace godesk::host
