// Memory for the pixels of a screen, filled by the X server: shared with it where possible, else by copy.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "media/frame.h"
#include "os/x11_display.h"

namespace godesk::os {

class X11Pixels {
 public:
  /// Room for width x height pixels. Tries to share memory with the server, and goes without when the server
  /// refuses (another machine, another user).
  X11Pixels(X11Display& display, int width, int height, bool may_share = true);
  ~X11Pixels();
  X11Pixels(const X11Pixels&) = delete;
  X11Pixels& operator=(const X11Pixels&) = delete;

  bool shared() const { return segment_ != nullptr; }

  /// Fetches a rect of the root window, packed from `at` pixels after the start of the memory: its stride is
  /// rect.w. The rect must be inside the screen and fit into the room. False when the server refuses: the
  /// screen changed its size, or the server is gone.
  bool read(const media::Rect& rect, std::ptrdiff_t at = 0);
  /// The same into a frame of somebody else's, whose pixel at the rect's corner is `to`.
  bool read_into(const media::Rect& rect, std::uint32_t* to, int stride);

  std::uint32_t* data() { return data_; }
  const std::uint32_t* data() const { return data_; }

 private:
  struct Segment;

  bool fetch(const media::Rect& rect, std::uint32_t* to);
  bool read_shared(const media::Rect& rect, std::uint32_t* to);
  bool read_copied(const media::Rect& rect, std::uint32_t* to);

  X11Display& display_;
  std::unique_ptr<Segment> segment_;  // when shared
  std::vector<std::uint32_t> own_;    // when not
  std::uint32_t* data_ = nullptr;
};

}  // namespace godesk::os
