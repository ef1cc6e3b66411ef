#include "os/x11_display.h"

#include <atomic>

#include <X11/Xlib.h>

namespace godesk::os {
namespace {

// Xlib's error handler is one per process and gets no user data.
std::atomic<unsigned long> refused_requests{0};

int count_error(Display*, XErrorEvent*) {
  ++refused_requests;
  return 0;
}
int ignore_io_error(Display*) { return 0; }
void set_flag(Display*, void* lost) { *static_cast<bool*>(lost) = true; }

}  // namespace

Result<std::unique_ptr<X11Display>, std::string> X11Display::open(const std::string& name) {
  XSetErrorHandler(count_error);
  XSetIOErrorHandler(ignore_io_error);
  if (Display* display = XOpenDisplay(name.empty() ? nullptr : name.c_str()))
    return std::unique_ptr<X11Display>(new X11Display(display));
  const char* used = XDisplayName(name.empty() ? nullptr : name.c_str());
  if (!*used) return Failure{std::string("no display: DISPLAY is not set, and none was named")};
  return Failure{"cannot open display " + std::string(used)};
}

X11Display::X11Display(_XDisplay* display) : display_(display) {
  // Xlib exits the process after an I/O error unless this handler returns (since libX11 1.7).
  XSetIOErrorExitHandler(display_, set_flag, &lost_);
}

X11Display::~X11Display() { XCloseDisplay(display_); }

int X11Display::fd() const { return ConnectionNumber(display_); }

X11Errors::X11Errors(const X11Display& display) : display_(display) {
  XSync(display_.get(), False);
  before_ = refused_requests;
}

bool X11Errors::any() {
  XSync(display_.get(), False);
  return display_.lost() || refused_requests != before_;
}

}  // namespace godesk::os
