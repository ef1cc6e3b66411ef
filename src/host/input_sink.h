// The seam between a session that may use this desktop and the system that injects input.
//
//   1. The session calls pointer, button, wheel, key and text in the order the viewer did them.
//   2. The sink keeps that order, and keeps what it cannot hand over yet (a character that first needs a
//      place in the keyboard map). `idle()` says that everything went to the system: only then is input
//      acknowledged. A session stops taking input from its stream while `backlog()` is high. flush() ends a
//      run of inputs, which then travel together.
//   3. The pump watches `fd()` for reading and calls on_ready(); it calls on_timer() at `next_deadline()`.
//   4. A session that ends, or whose path is dead, calls release_all().
//
// The sink never asks who may do what (the session did), and never blocks longer than one round trip to the
// local display.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace godesk::host {

/// A key of the viewer's keyboard, as an X keysym (characters beyond Latin-1: 0x01000000 | code point, or the
/// older names). A press that repeats is sent as a press again, without a release between.
struct KeyEvent {
  std::uint32_t keysym = 0;
  bool down = false;
};

class InputSink {
 public:
  virtual ~InputSink() = default;

  /// Pixels of the host's screen, clamped to it.
  virtual void pointer(int x, int y) = 0;
  /// From where the pointer is.
  virtual void motion(int dx, int dy) = 0;
  /// X numbers: 1 left, 2 middle, 3 right, 8 back, 9 forward. Others are ignored (wheels
  /// are not buttons here).
  virtual void button(int number, bool down) = 0;
  /// 120 units are one notch; fractions add up. dx > 0 is right, dy > 0 is up (away from the user).
  virtual void wheel(int dx, int dy) = 0;
  /// Modifiers travel as keys of their own; for other keys the host's modifiers are adjusted so that `keysym`
  /// is what arrives, whatever the host's layout and locks are.
  virtual void key(KeyEvent event) = 0;
  /// The key in that place (an evdev code), with whatever the host's layout makes of it.
  virtual void physical_key(int code, bool down) = 0;
  /// One character, pressed and released. Line feed is Return.
  virtual void text(char32_t character) = 0;
  /// Lets go of every key and button at once, drops what is queued, and gives the keyboard map back as soon
  /// as no program can be translating with it any more.
  virtual void release_all() = 0;

  /// What physical_key() finds there, in XKB's words: "us", "de(nodeadkeys)". At most 64 printable ASCII
  /// characters; empty: unknown.
  virtual std::string_view layout() const { return {}; }

  virtual bool idle() const = 0;
  /// Inputs given and not yet handed over. Beyond the sink's own bound further ones are dropped and counted.
  virtual std::size_t backlog() const = 0;

  /// To be called after a run of inputs: up to then they may be held back.
  virtual void flush() = 0;

  virtual int fd() const = 0;
  virtual void on_ready() = 0;
  virtual Time next_deadline() const = 0;
  virtual void on_timer() = 0;
};

}  // namespace godesk::host
