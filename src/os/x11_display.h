// A connection to an X server that neither exits the process nor leaks. One thread uses it.
//
// Xlib's own answer to an error is exit(). Here protocol errors are counted, and looked at by whoever expects
// them through an `X11Errors`; the loss of the server sets `lost()`, after which calls do nothing useful but
// do return.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct _XDisplay;  // Xlib's Display: its header defines macros (None, Bool, Status) that no header of ours
                   // may

namespace godesk::os {

class X11Display {
 public:
  /// `name` as ":9"; empty means $DISPLAY. The reason is a sentence: "cannot open display :9".
  static Result<std::unique_ptr<X11Display>, std::string> open(const std::string& name);
  ~X11Display();
  X11Display(const X11Display&) = delete;
  X11Display& operator=(const X11Display&) = delete;

  _XDisplay* get() const { return display_; }
  int fd() const;
  bool lost() const { return lost_; }

 private:
  explicit X11Display(_XDisplay* display);
  _XDisplay* display_;
  bool lost_ = false;
};

/// Expects errors: constructed before the requests in question, asked after them. Both wait for the server.
class X11Errors {
 public:
  explicit X11Errors(const X11Display& display);
  /// True when the server refused something since construction, or is lost.
  bool any();

 private:
  const X11Display& display_;
  unsigned long before_;
};

}  // namespace godesk::os
