#include "host/keymap.h"

namespace godesk::host {
namespace {

int cost(ModMask change) {
  int sum = 0;
  for (int bit = 0; bit < 8; ++bit)
    if (change & (1 << bit)) sum += (1 << bit) == kShift ? 2 : (1 << bit) == kMod5 ? 3 : 4;
  return sum;
}

/// The cheapest harmless modifiers that select `level`.
std::optional<ModMask> selector(const KeyType& type, int level) {
  std::optional<ModMask> best;
  bool zero_is_named = false;
  for (const KeyType::Entry& entry : type.entries) {
    zero_is_named |= entry.mods == 0;
    if (entry.level != level || (entry.mods & ~(kShift | kMod5 | kMod2))) continue;
    if (!best || cost(entry.mods) < cost(*best)) best = entry.mods;
  }
  if (level == 0 && !zero_is_named) return ModMask{0};
  return best;
}

}  // namespace

LevelSelectors best_selectors(const std::vector<KeyType>& types) {
  LevelSelectors best;
  for (std::size_t i = 0; i < types.size(); ++i) {
    LevelSelectors reach{i, types[i].mods, {}};
    if (types[i].mods & (kControl | kMod1 | kMod4)) continue;
    while (auto mods = selector(types[i], static_cast<int>(reach.levels.size())))
      reach.levels.push_back(*mods);
    if (reach.levels.size() > best.levels.size()) best = reach;
  }
  return best;
}

void Keymap::index() {
  places_.clear();
  for (int code = 0; code < 256; ++code)
    for (std::size_t g = 0; g < keys[code].size(); ++g)
      for (std::size_t l = 0; l < keys[code][g].levels.size(); ++l)
        if (Keysym k = keys[code][g].levels[l])
          places_[canonical(k)].push_back(
              {static_cast<Keycode>(code), static_cast<int>(g), static_cast<int>(l)});
}

std::optional<KeyChoice> Keymap::cheapest(const Place& place, Keysym keysym, ModMask state, int& best) const {
  const KeyType& type = types[keys[place.code][place.group].type];
  // Where the type leaves Caps Lock alone, clients capitalise by themselves (XKB protocol, 12.1.1).
  const ModMask relevant = type.mods | (has_case(keysym) ? kLock : 0);
  std::optional<KeyChoice> choice;
  auto consider = [&](ModMask mods) {
    const int price = cost((state ^ mods) & relevant);
    if (price >= best) return;
    best = price;
    choice = KeyChoice{place.code, relevant, mods};
  };
  bool zero_is_named = false;
  for (const KeyType::Entry& entry : type.entries) {
    const bool capitalised = has_case(keysym) && (entry.mods & entry.preserved & kLock);
    const bool harmless = !(entry.mods & (kControl | kMod1 | kMod4)) && !capitalised;
    if (entry.level == place.level && harmless) consider(entry.mods);
    zero_is_named |= entry.mods == 0;
  }
  if (place.level == 0 && !zero_is_named) consider(0);
  return choice;
}

std::optional<KeyChoice> Keymap::find(Keysym keysym, int group, ModMask state) const {
  auto it = places_.find(canonical(keysym));
  if (it == places_.end()) return {};
  std::optional<KeyChoice> choice;
  int best = 1 << 20;
  for (const Place& place : it->second) {
    const int groups = static_cast<int>(keys[place.code].size());
    if (place.group != group % groups || modifiers[place.code]) continue;
    if (auto better = cheapest(place, keysym, state, best)) choice = better;
  }
  return choice;
}

std::optional<Keycode> Keymap::key_with(Keysym keysym, int group) const {
  auto it = places_.find(canonical(keysym));
  if (it == places_.end()) return {};
  const Place* best = nullptr;
  auto rank = [&](const Place& p) {
    const int groups = static_cast<int>(keys[p.code].size());
    return (p.group == group % groups ? 0 : 100) + p.level;
  };
  for (const Place& place : it->second)
    if (!best || rank(place) < rank(*best)) best = &place;
  return best->code;
}

bool Keymap::carries(Keycode code, Keysym keysym) const {
  auto it = places_.find(canonical(keysym));
  if (it == places_.end()) return false;
  for (const Place& place : it->second)
    if (place.code == code) return true;
  return false;
}

std::optional<Keycode> Keymap::holder(ModMask modifier) const {
  const Keysym wanted = modifier == kShift ? kShiftL : kLevel3Shift;
  for (int code = 0; code < 256; ++code)
    if (modifiers[code] == modifier && !keys[code].empty() && !keys[code][0].levels.empty() &&
        keys[code][0].levels[0] == wanted)
      return static_cast<Keycode>(code);
  return {};
}

}  // namespace godesk::host
