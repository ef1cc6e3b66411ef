// Turns what the viewer did into presses of the host's keys, in order, so that what was
// typed is what arrives.
//
//   1. Inputs queue. pump() hands over as many as it may now, and leaves the keyboard as the viewer holds it.
//   2. A keysym of the host's layout becomes its key, with Shift, the third level or a lock set or lifted for
//      as long as it takes. While Control, Alt or Super is down the key counts, not the character.
//   3. Others get a place in the spare keys (keymap_pool.h). All of the queue that need one get it at once,
//      since every change of the map makes every program read it again.
//   4. After such a change nothing is sent until the program with the focus has read the new map: until it
//      says so where it can, else for `settle`. A program that reads it later takes today's modifiers for
//      those of presses it has yet to see (libxkbcommon's clients do).
//   5. Keys repeat where the viewer's hands are: the system's own repeating is off from a viewer's first key
//      until everything is let go, so that a key whose release is late does not run away.
//
// It never lets go of a key that was not pressed, and never presses one twice.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <variant>
#include <vector>

#include "base/time.h"
#include "host/keymap_pool.h"

namespace godesk::host {

/// What the system under the typist offers. Calls take effect in their order.
class KeyDevice {
 public:
  virtual ~KeyDevice() = default;

  struct State {
    int group = 0;       // the layout in effect
    ModMask locked = 0;  // modifiers that are on without a key being held
  };

  virtual const Keymap& keymap() = 0;
  /// Counts up whenever the map was changed by someone else, and what was lent may be gone.
  virtual unsigned generation() = 0;
  virtual std::vector<Keycode> spare_keys() = 0;
  virtual const LevelSelectors& spare_levels() = 0;
  virtual State state() = 0;
  /// The next state() asks the system instead of trusting its last word.
  virtual void doubt_state() = 0;

  virtual void press(Keycode code, bool down) = 0;
  /// Whether the system itself repeats a key that is held. On again as it was before.
  virtual void set_repeat(bool on) = 0;
  virtual void lock(ModMask affected, ModMask values) = 0;
  virtual void move(int x, int y) = 0;
  virtual void move_by(int dx, int dy) = 0;
  virtual void button(int number, bool down) = 0;
  /// True when the system has confirmed that the map carries all of them.
  virtual bool lend(const std::vector<Binding>& bindings) = 0;
  virtual void give_back() = 0;
  /// Asks the program with the focus to say when it has handled everything sent so far; false if it cannot.
  virtual bool ask_handled() = 0;
};

struct PointerMove {
  int x, y;
};
struct PointerMotion {
  int dx, dy;
};
struct ButtonPress {
  int number;
  bool down;
};
struct KeyPress {
  Keysym keysym;
  bool down;
};
/// By its place on the keyboard, whatever it carries.
struct CodePress {
  Keycode code;
  bool down;
};
struct Character {
  Keysym keysym;
};
struct ReleaseAll {};
using Input =
    std::variant<PointerMove, PointerMotion, ButtonPress, KeyPress, CodePress, Character, ReleaseAll>;

class Typist {
 public:
  struct Config {
    KeymapPool::Config pool;
    Duration settle = 30ms;          // after a change of the map, for a program that cannot answer
    Duration answer_within = 500ms;  // for one that can, and does not
    double keys_per_second = 2500;   // what slow programs still follow
    int burst = 100;                 // at once, after a pause
    std::size_t max_queue = 1 << 16;
  };

  Typist(KeyDevice& device, Config config);

  void add(Input input);
  void pump(Time now);
  /// The answer to ask_handled().
  void on_handled(Time now);
  /// Drops the queue and lets go of everything, now; ReleaseAll does it in its turn. The map is given back by
  /// a later pump, when it is safe.
  void abandon();

  Time next_deadline() const { return wake_; }
  /// When give_back() hurts nobody any more; in the past if nothing is lent.
  Time safe_to_leave() const { return lent_ ? lent_press_ + config_.pool.rest : Time::min(); }
  bool idle() const { return queue_.empty(); }
  std::size_t backlog() const { return queue_.size(); }
  std::size_t dropped() const { return dropped_; }      // the queue was full
  std::size_t untypable() const { return untypable_; }  // no key, and no place for one
  std::size_t map_changes() const { return map_changes_; }

 private:
  enum class Step { done, wait };

  Step perform(const Input& input, Time now);
  void press_button(const ButtonPress& button);
  void press_code(const CodePress& key);
  Step type(Keysym keysym, bool hold, Time now);
  Step press_key(Keysym keysym, Time now);
  void let_go();
  void press_modifier(Keysym keysym);
  void release_key(Keysym keysym);
  void stop_repeat();
  void lift_key(Keycode code);
  void hold(Keysym keysym, Keycode code);
  void tap(Keycode code);
  Step lend_places(Time now);
  std::vector<Keysym> wanted() const;
  void refresh();
  bool may_send(Time now);
  void retire(Time now);

  bool shortcut() const { return held_mods() & (kControl | kMod1 | kMod4); }
  ModMask held_mods() const;
  void adjust(ModMask relevant, ModMask mods);
  void lift(ModMask modifiers);
  void press_extra(ModMask modifiers);
  void set_locks(ModMask locks);
  void neutral();

  KeyDevice& device_;
  Config config_;
  KeymapPool pool_;
  std::deque<Input> queue_;
  unsigned generation_ = 0;
  LevelSelectors levels_;  // of the spare keys

  // What the viewer holds, and the key we hold for it. One that it pressed by its place has a name of its
  // own.
  std::map<Keysym, Keycode> held_;
  std::set<int> buttons_;
  bool repeat_off_ = false;
  KeyDevice::State state_;  // valid while adjusted_
  bool adjusted_ = false;
  ModMask locks_ = 0;   // as set by us; equals state_.locked when neutral
  ModMask extra_ = 0;   // modifiers we hold and the viewer does not
  ModMask lifted_ = 0;  // modifiers the viewer holds and we let go

  Time wake_ = kNever;
  Time hold_until_ = Time::min();  // nothing is sent before; on_handled() ends it
  Time asked_at_ = Time::min();
  bool asked_ = false;
  bool lent_ = false;  // outlives what the pool knows: a change by others empties only the pool
  Time lent_press_{};  // the last one through a place
  bool leaving_ = false;
  double credit_ = 0;
  Time credit_at_ = Time::min();
  std::size_t dropped_ = 0, untypable_ = 0, map_changes_ = 0;
};

}  // namespace godesk::host
