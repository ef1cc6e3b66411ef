// The seam between a viewer who wants a screen of another size and the system that has it: X11 today
// (os/screen_size_x11.h).
//
// It never asks who may (size_feed.h did), and never leaves the screen changed: restore(), or its end, gives
// back what was found.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "session/messages.h"

namespace godesk::host {

struct ScreenSize {
  int width = 0, height = 0;  // pixels
  bool operator==(const ScreenSize&) const = default;
};

class ScreenSizer {
 public:
  virtual ~ScreenSizer() = default;

  /// Gives the whole screen that size or the nearest that it can have; says which.
  virtual Result<ScreenSize, session::Sizing::Why> set(ScreenSize size) = 0;
  /// Gives back what set() found first. Nothing happens when nothing was changed.
  virtual void restore() = 0;

  /// To be watched for reading; -1 when there is nothing to watch.
  virtual int fd() const = 0;
  virtual void on_ready() = 0;
};

/// Which of `modes` shows best in a window of that size: the same, else the largest that fits into it, else
/// the smallest. An index; nothing when there is none.
std::optional<std::size_t> nearest_mode(const std::vector<ScreenSize>& modes, ScreenSize wanted);

}  // namespace godesk::host
