// A keyboard map as the X keyboard extension has it (XKB protocol, chapters 6, 7 and 14), reduced to what
// typing needs: a key has groups (layouts), a group has a type and one keysym a level, and the type says
// which modifiers select which level.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "host/keysym.h"

namespace godesk::host {

using Keycode = std::uint8_t;
using ModMask = std::uint8_t;  // the eight real modifiers, in X's order
inline constexpr ModMask kShift = 1, kLock = 2, kControl = 4, kMod1 = 8, kMod2 = 16, kMod3 = 32, kMod4 = 64,
                         kMod5 = 128;

struct KeyType {
  struct Entry {
    ModMask mods;
    int level;
    ModMask preserved = 0;  // selects the level, and still counts for what clients do afterwards
  };
  ModMask mods = 0;            // the others do not matter to keys of this type
  std::vector<Entry> entries;  // combinations that are not named select level 0
};

struct KeyGroup {
  std::size_t type = 0;
  std::vector<Keysym> levels;
};

/// Press `code` while the modifiers in `relevant` are exactly `mods`.
struct KeyChoice {
  Keycode code = 0;
  ModMask relevant = 0;
  ModMask mods = 0;
  bool operator==(const KeyChoice&) const = default;
};

/// How to reach each level of keys of one type with modifiers that can be set for a moment without harm.
struct LevelSelectors {
  std::size_t type = 0;
  ModMask relevant = 0;
  std::vector<ModMask> levels;  // by level, from 0 without a gap
};
/// The type that gives most levels by Shift, the third level's modifier (Mod5) and Num Lock (Mod2). It is
/// taken as it is: programs on Xlib do not notice when a type changes.
LevelSelectors best_selectors(const std::vector<KeyType>& types);

class Keymap {
 public:
  std::vector<KeyType> types;
  std::array<std::vector<KeyGroup>, 256> keys;
  std::array<ModMask, 256> modifiers{};  // what each key sets while it is down

  /// Call once after filling in.
  void index();

  /// The way to `keysym` in `group` that changes least, given the modifiers in effect.
  std::optional<KeyChoice> find(Keysym keysym, int group, ModMask state) const;
  /// Any key that carries it, the given group first: for shortcuts and modifiers, where the key counts and
  /// not the character.
  std::optional<Keycode> key_with(Keysym keysym, int group) const;
  bool carries(Keycode code, Keysym keysym) const;
  /// A key that sets just this modifier while held; only Shift and the third level's have one worth pressing.
  std::optional<Keycode> holder(ModMask modifier) const;

 private:
  struct Place {
    Keycode code;
    int group, level;
  };
  std::optional<KeyChoice> cheapest(const Place& place, Keysym keysym, ModMask state, int& best) const;

  std::map<Keysym, std::vector<Place>> places_;
};

}  // namespace godesk::host
