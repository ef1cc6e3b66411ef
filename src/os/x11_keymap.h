// Reading and writing the server's keyboard map. Only the .cpp files of the keyboard include this: it brings
// Xlib's macros.
#pragma once

#include <memory>
#include <vector>

#include <X11/XKBlib.h>
#include <X11/Xlib.h>
// Xlib's macros that are words elsewhere.
#undef None
#undef Bool
#undef Status
#undef Success

#include "host/keymap.h"
#include "host/keymap_pool.h"

namespace godesk::os {

/// Empties keys: also those that another process lent and did not give back.
void empty_keys(Display* display, const std::vector<host::Keycode>& codes);

class X11Keymap {
 public:
  explicit X11Keymap(Display* display) : display_(display) {}

  /// One round trip. False if the server did not answer.
  bool load();
  /// Request number of the last load(): changes told with an earlier one are in it.
  unsigned long loaded_at() const { return loaded_at_; }

  const host::Keymap& keys() const { return keys_; }
  const std::vector<host::Keycode>& spare() const { return spare_; }
  const host::LevelSelectors& levels() const { return levels_; }
  const std::vector<host::Keycode>& lent() const { return lent_; }

  /// Writes, and reads back: true if the server now has all of them.
  bool lend(const std::vector<host::Binding>& bindings);
  void give_back();

 private:
  struct FreeDesc {
    void operator()(XkbDescPtr desc) const { XkbFreeKeyboard(desc, 0, True); }
  };

  void convert();
  void find_spare();
  bool is_blank(int code) const;
  bool still_ours(int code) const;
  void write_key(const host::Binding& binding, XkbMapChangesRec& changes);
  bool has(const host::Binding& binding) const;

  Display* display_;
  std::unique_ptr<XkbDescRec, FreeDesc> desc_;
  unsigned long loaded_at_ = 0;
  host::Keymap keys_;
  std::vector<host::Keycode> spare_;
  host::LevelSelectors levels_;
  std::vector<host::Keycode> lent_;
};

}  // namespace godesk::os
