#include "os/x11_display.h"

#include <map>
#include <mutex>

#include <X11/Xlib.h>

namespace godesk::os {

// Xlib's protocol error handler is one per process, so the displays are looked up.
struct X11Handlers {
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static std::map<Display*, X11Display*>& displays() {
    static std::map<Display*, X11Display*> instance;
    return instance;
  }
  static int on_error(Display* display, XErrorEvent* event) {
    std::lock_guard lock(mutex());
    auto it = displays().find(display);
    if (it != displays().end()) it->second->error_ = event->error_code;
    return 0;
  }
  static void on_exit(Display*, void* self) { static_cast<X11Display*>(self)->alive_ = false; }
  static int on_io_error(Display*) { return 0; }

  static void add(X11Display* self) {
    std::lock_guard lock(mutex());
    displays()[self->display_] = self;
    XSetErrorHandler(on_error);
    XSetIOErrorHandler(on_io_error);
    XSetIOErrorExitHandler(self->display_, on_exit, self);
  }
  static void remove(X11Display* self) {
    std::lock_guard lock(mutex());
    displays().erase(self->display_);
  }
};

Result<std::unique_ptr<X11Display>, std::string> X11Display::open(const std::string& name) {
  Display* display = XOpenDisplay(name.empty() ? nullptr : name.c_str());
  if (!display) {
    const std::string shown = name.empty() ? "named by DISPLAY" : name;
    return Failure{"The X display " + shown + " does not answer; start one or name another with --display."};
  }
  return std::unique_ptr<X11Display>(new X11Display(display));
}

X11Display::X11Display(XDisplay* display) : display_(display) { X11Handlers::add(this); }

X11Display::~X11Display() {
  XCloseDisplay(display_);
  X11Handlers::remove(this);
}

int X11Display::fd() const { return ConnectionNumber(display_); }

void X11Display::sync() { XSync(display_, False); }

}  // namespace godesk::os
