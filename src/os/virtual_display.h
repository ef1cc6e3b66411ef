// A desktop for a machine without a monitor: an X server of our own with a small window manager on it.
//
//   1. Xtigervnc where it is installed (its size can be changed later), else Xvfb, on a display number that
//      the server finds itself; nobody reaches it without the cookie in our folder, and not from the
//      network.
//   2. The first window manager that is installed, if any.
// Both end with the object, and with this process however that ends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace godesk::os {

class VirtualDisplay {
 public:
  /// `size` as "1920x1080". `folder` exists and is ours alone; the cookie goes there. Sets XAUTHORITY for
  /// this process and those it starts. The failure is a sentence for the user.
  static Result<std::unique_ptr<VirtualDisplay>, std::string> start(const std::string& size,
                                                                    const std::string& folder,
                                                                    Random& random);
  ~VirtualDisplay();
  VirtualDisplay(const VirtualDisplay&) = delete;
  VirtualDisplay& operator=(const VirtualDisplay&) = delete;

  /// ":7".
  const std::string& name() const { return name_; }

 private:
  VirtualDisplay() = default;
  bool start_server(const std::vector<std::string>& words);
  void start_window_manager();

  std::string name_, cookie_file_;
  std::vector<int> children_;  // process ids, in the order in which they were started
};

}  // namespace godesk::os
