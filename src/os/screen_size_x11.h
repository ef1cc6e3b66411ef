// The size of an X11 screen (XRandR 1.3; host/screen_sizer.h says how to use it).
//
//   1. Only a screen with one output is changed: an arrangement of several is somebody's work.
//   2. A mode of the wanted size is taken if there is one. If not, one is made where no monitor would have to
//      show it (an output without EDID: Xtigervnc, the dummy driver, a virtual machine), else the nearest
//      that there is.
//   3. What was found first is noted in a property of the root window before anything is changed, and given
//      back at the end. Where the process is killed, the next one on that display gives it back.
// An X server that cannot do that (Xvfb, where the size is larger than it began with) is left as it is.
#pragma once

#include <memory>
#include <string>

#include "host/screen_sizer.h"

namespace godesk::os {

class ScreenSizeX11 final : public host::ScreenSizer {
 public:
  /// `display` as ":9"; empty means $DISPLAY. The failure is a sentence for the user.
  static Result<std::unique_ptr<ScreenSizeX11>, std::string> open(const std::string& display);
  ~ScreenSizeX11() override;

  Result<host::ScreenSize, session::Sizing::Why> set(host::ScreenSize size) override;
  void restore() override;
  int fd() const override;
  void on_ready() override;

 private:
  class State;
  explicit ScreenSizeX11(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace godesk::os
