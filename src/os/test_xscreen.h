// For tests: what the X server itself says its screen shows, read in the plainest way. Included last, because
// Xlib defines macros named None, Bool and CursorShape.
#pragma once

#include "media/frame.h"

// clang-format off
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#undef CursorShape
// clang-format on

namespace godesk::os {

inline bool screen_shows(Display* display, const media::FrameView& frame) {
  const Window root = DefaultRootWindow(display);
  XWindowAttributes attributes;
  XGetWindowAttributes(display, root, &attributes);
  if (frame.width != attributes.width || frame.height != attributes.height) return false;
  XImage* image = XGetImage(display, root, 0, 0, static_cast<unsigned>(frame.width),
                            static_cast<unsigned>(frame.height), AllPlanes, ZPixmap);
  bool same = true;
  for (int y = 0; same && y < frame.height; ++y)
    for (int x = 0; same && x < frame.width; ++x)
      same = *frame.at(x, y) == (XGetPixel(image, x, y) & 0xffffff);
  XDestroyImage(image);
  return same;
}

}  // namespace godesk::os
