// From Qt's keys to the session's: X keysyms, or the places of keys, and which of them are down.
#pragma once

#include <QKeyEvent>
#include <QString>
#include <map>
#include <optional>
#include <vector>

#include "session/messages.h"

namespace godesk::app {

/// What the key means with the modifiers that are down: the keysym of X or Wayland, else from Qt's names and
/// text. 0 for keys that have none.
std::uint32_t keysym_of(const QKeyEvent& event);

/// The place of the key as an evdev code; nothing where the platform does not tell it.
std::optional<std::uint16_t> place_of(const QKeyEvent& event);

/// Pairs releases with presses: with other modifiers down the same key comes up under another name.
class KeyTracker {
 public:
  /// A repeated press is told again. Nothing for releases that have no press, and those of auto-repeat.
  std::optional<session::Input> press(const QKeyEvent& event);
  std::optional<session::Input> release(const QKeyEvent& event);
  /// Everything counts as released: the other side was told so.
  void clear() { down_.clear(); }
  /// From now on keys count by their place, or by what they mean.
  void set_by_place(bool on) { by_place_ = on; }

 private:
  std::optional<session::Input> meaning(const QKeyEvent& event) const;

  bool by_place_ = false;
  std::map<quint64, session::Input> down_;  // by key, the press that was told
};

/// Text that an input method or a dead key made.
std::vector<session::Input> characters_of(const QString& text);

}  // namespace godesk::app
