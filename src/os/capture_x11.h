// The pixels and the pointer of an X11 desktop (host/frame_source.h says how to use it).
//
//   1. XDamage reports the box of what changed since the last fetch, whenever it grows; the region adds up in
//      the server.
//   2. update() reads a small box at once; else it takes the region and reads just these rects, through
//   shared memory: into the frame itself, by
//      whole rows, where they are wide or most of the screen, else beside it and then in.
//   3. XFixes reports a new pointer shape, XInput that the mouse is moved, the root window a new size.
// Without XDamage (old or foreign servers) the screen is read and compared every 40 ms; without shared memory
// (another machine) reads are copies.
//
// It never changes anything on the display, and it never ends the process: a lost server is failure().
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "host/frame_source.h"

namespace godesk::os {

struct CaptureOptions {
  bool damage = true;  // false: poll, as without XDamage
  bool shared_memory = true;
};

class CaptureX11 final : public host::FrameSource {
 public:
  /// `display` as ":9"; empty means $DISPLAY. The reason is a sentence for the user.
  static Result<std::unique_ptr<CaptureX11>, std::string> open(const std::string& display,
                                                               CaptureOptions options = {});
  ~CaptureX11() override;

  int fd() const override;
  Duration poll_interval() const override;
  bool pending() override;
  media::Region update() override;
  media::FrameView frame() const override;
  std::vector<media::Rect> monitors() override;
  std::optional<media::CursorShape> cursor_shape() override;
  media::Point cursor_position() override;
  bool cursor_moved() const override;
  std::string failure() const override;

 private:
  class State;
  explicit CaptureX11(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace godesk::os
