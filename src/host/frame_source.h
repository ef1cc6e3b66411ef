// Where the host's pixels come from. X11 today (os/capture_x11.h); PipeWire and Windows later.
//
// One source serves all viewers; each viewer's encoder gets its own sum of the damage. The flow:
//   1. The event loop waits until fd() is readable, or for poll_interval() where there is
//      no event to wait for.
//   2. pending() takes in what arrived, without waiting for anything, and says whether there is news.
//   3. When some viewer can take an update: update() fetches the changed pixels into frame() and says where
//      they are; every encoder's damage grows by that. Until then the system adds up the damage itself: an
//      old picture is never queued.
//   4. cursor_shape() and cursor_position() tell of the pointer, which is not part of frame().
// After each update(), monitors() and cursor_position() ask pending() again: news may have come in with the
// answers, and fd() is then silent.
//
// It never blocks beyond the round trips to the window system, and an idle screen causes none of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "media/cursor.h"
#include "media/frame.h"

namespace godesk::host {

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  /// To be watched for reading; -1 when there is nothing to watch.
  virtual int fd() const = 0;
  /// How often update() must be called because no event announces a change; zero: events do.
  virtual Duration poll_interval() const = 0;

  virtual bool pending() = 0;
  /// All that changed since the last call lies in it, and more may; the whole screen the first time and after
  /// a change of size. May be empty.
  virtual media::Region update() = 0;
  /// The screen as of the last update(); valid until the next one.
  virtual media::FrameView frame() const = 0;

  /// Where the monitors are in the screen as of the last update(); empty: there is one, or nobody knows.
  virtual std::vector<media::Rect> monitors() { return {}; }

  /// The pointer's shape if it changed since the last call (the first call always gives one).
  virtual std::optional<media::CursorShape> cursor_shape() = 0;
  /// Where the pointer is now, inside the screen.
  virtual media::Point cursor_position() = 0;
  /// False when nobody has touched the mouse since cursor_position(); that somebody does is news of the fd. A
  /// program may still have moved the pointer.
  virtual bool cursor_moved() const { return true; }

  /// Empty while the source works; else why it ended, as a sentence for the user. fd() then stays readable
  /// and means nothing: stop watching it.
  virtual std::string failure() const = 0;
};

}  // namespace godesk::host
