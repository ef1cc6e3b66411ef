// Places in the keyboard map that the host's layout leaves empty, lent to characters it does not have.
//
// X clients translate a keycode when they get to the event, with the map of that moment. So a place may get a
// new character only when no program can still have an unread press of the old one: when the place rested
// long enough, or when the program with the focus has said that it handled everything up to then. The place
// that rested longest goes first.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "host/keymap.h"

namespace godesk::host {

/// One level of one spare key.
struct Slot {
  Keycode code = 0;
  int level = 0;
  bool operator==(const Slot&) const = default;
};
struct Binding {
  Slot slot;
  Keysym keysym = 0;
};

class KeymapPool {
 public:
  struct Config {
    Duration rest = 300ms;       // without a word from the program
    Duration least_rest = 20ms;  // even with one: presses before the focus moved went to another program
  };

  explicit KeymapPool(Config config) : config_(config) {}
  /// Forgets everything; level 0 of every key comes first, so that few characters need no modifier.
  void reset(const std::vector<Keycode>& spare, int levels);

  std::optional<Slot> find(Keysym keysym) const;
  void used(Slot slot, Time now);
  /// The program with the focus has handled everything sent until then.
  void handled(Time until) { handled_ = std::max(handled_, until); }

  struct Plan {
    std::vector<Binding> bindings;  // empty: nothing may be rebound before `retry_at`
    Time retry_at = kNever;         // kNever with no bindings: there are no places at all
  };
  /// Lends places to as many of `wanted` as may have one now, in their order; none of `wanted` loses its own.
  Plan plan(std::span<const Keysym> wanted, Time now);

  std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    Slot slot;
    Keysym keysym = 0;
    Time last_used{};
    bool was_used = false;
  };
  Time free_at(const Place& place) const;

  Config config_;
  std::vector<Place> places_;
  Time handled_ = Time::min();
};

}  // namespace godesk::host
