// The keyboard of an X server, as the typist needs it: XKB to read and lend keys, XTest to press them.
//
//   1. The map is read once, and again whenever the server says that someone changed it.
//   2. Keys that carry nothing are spare. Each holds up to eight characters: a key type of eight levels that
//      no key uses is turned into one selected by Shift, the third level and a modifier that no key sets.
//   3. The layout's name is read with the map, and again when another one is loaded or chosen.
//   4. What was lent is noted in a property of the root window, and in another one that the server was told
//      not to repeat keys, so that a later start can undo what a process that was killed could not.
#pragma once

#include <memory>

#include "host/typist.h"
#include "os/x11_display.h"

namespace godesk::os {

class X11Keyboard final : public host::KeyDevice {
 public:
  /// Fails, with a sentence for the user, where the server has no XKB or no XTest.
  static Result<std::unique_ptr<X11Keyboard>, std::string> open(X11Display& display);
  /// Gives back what is lent.
  ~X11Keyboard() override;

  /// Reads what the server has sent. True if the program asked by ask_handled() has answered.
  bool read_events();
  /// Some were read from the socket along with an answer, and wait for read_events().
  bool has_events() const;
  /// Sends what is still buffered.
  void flush();
  /// Reads the layout's name again where it may have changed.
  void find_layout();
  /// As found last: "us", "de(nodeadkeys)".
  const std::string& layout() const;

  const host::Keymap& keymap() override;
  unsigned generation() override;
  std::vector<host::Keycode> spare_keys() override;
  const host::LevelSelectors& spare_levels() override;
  State state() override;
  void doubt_state() override;
  void press(host::Keycode code, bool down) override;
  void set_repeat(bool on) override;
  void lock(host::ModMask affected, host::ModMask values) override;
  void move(int x, int y) override;
  void move_by(int dx, int dy) override;
  void button(int number, bool down) override;
  bool lend(const std::vector<host::Binding>& bindings) override;
  void give_back() override;
  bool ask_handled() override;

 private:
  struct Impl;
  explicit X11Keyboard(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace godesk::os
