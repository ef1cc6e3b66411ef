// From Qt's keys to the session's: X keysyms, and which of them are down.
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

/// Pairs releases with presses: with other modifiers down the same key comes up under another name.
class KeyTracker {
 public:
  /// A repeated press is told again. Nothing for releases that have no press, and those of auto-repeat.
  std::optional<session::Key> press(const QKeyEvent& event);
  std::optional<session::Key> release(const QKeyEvent& event);
  /// Everything counts as released: the other side was told so.
  void clear() { down_.clear(); }

 private:
  std::map<quint64, std::uint32_t> down_;  // by key, the keysym it was pressed as
};

/// Text that an input method or a dead key made.
std::vector<session::Input> characters_of(const QString& text);

}  // namespace godesk::app
