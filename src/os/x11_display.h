// A connection to an X server that outlives errors: Xlib's own handlers would end the process.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"

// Xlib's own names (None, Bool, Status...) are macros: its headers stay in .cpp files.
using XDisplay = struct _XDisplay;

namespace godesk::os {

class X11Display {
 public:
  /// `name` as in $DISPLAY; empty means $DISPLAY itself. The failure is a sentence for the user.
  static Result<std::unique_ptr<X11Display>, std::string> open(const std::string& name);
  ~X11Display();
  X11Display(const X11Display&) = delete;
  X11Display& operator=(const X11Display&) = delete;

  XDisplay* get() const { return display_; }
  int fd() const;
  /// False once the server is gone; calls on get() then do nothing useful, and do not end the process.
  bool alive() const { return alive_; }
  /// Code of the last protocol error since it was asked; 0 if none. Asynchronous: sync() first to be sure.
  int take_error() { return error_.exchange(0); }
  /// One round trip: everything sent before was carried out.
  void sync();

 private:
  friend struct X11Handlers;
  explicit X11Display(XDisplay* display);

  XDisplay* display_;
  std::atomic<int> error_{0};
  std::atomic<bool> alive_{true};
};

}  // namespace godesk::os
