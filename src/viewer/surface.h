// Where a viewer's picture goes: a window, or nothing (headless). Called in the pump's thread.
#pragma once

#include <optional>

#include "base/time.h"
#include "media/cursor.h"
#include "media/frame.h"

namespace godesk::viewer {

class Surface {
 public:
  virtual ~Surface() = default;
  /// `screen` changed within `changed`; its size may have changed when `resized`.
  virtual void on_screen(const media::FrameView& screen, const media::Region& changed, bool resized) = 0;
  /// The host's pointer has this shape now.
  virtual void on_cursor(const media::CursorShape& shape) = 0;
  /// The host moved its own pointer there.
  virtual void on_cursor_moved(media::Point at) = 0;
  /// The mean time from on_screen() to the display since this was last asked; nothing: nothing was painted.
  virtual std::optional<Duration> take_paint_time() { return std::nullopt; }
  /// How long it took the last time.
  virtual Duration last_paint_time() const { return {}; }
};

/// For scripts and tests.
class NoSurface final : public Surface {
 public:
  void on_screen(const media::FrameView&, const media::Region&, bool) override {}
  void on_cursor(const media::CursorShape&) override {}
  void on_cursor_moved(media::Point) override {}
};

}  // namespace godesk::viewer
