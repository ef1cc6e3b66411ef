// The capture follows a screen that changes its size, on Xtigervnc: Xvfb refuses that.
#include <gtest/gtest.h>
#include <poll.h>

#include "os/capture_x11.h"
#include "os/test_xvfb.h"

// Last, because Xlib defines macros named None, Bool and CursorShape.
// clang-format off
#include "os/test_xscreen.h"
#include <X11/extensions/Xrandr.h>
#undef CursorShape
// clang-format on

namespace godesk::os {
namespace {

/// Another program on the display.
class Other {
 public:
  explicit Other(const std::string& display) : display_(XOpenDisplay(display.c_str())) {}
  ~Other() { XCloseDisplay(display_); }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;

  /// As `xrandr --fb` does.
  void resize(int width, int height) {
    XRRSetScreenSize(display_, root(), width, height, width / 4, height / 4);
    XSync(display_, False);
  }
  void fill(int x, int y, unsigned width, unsigned height, unsigned long colour) {
    const GC gc = XCreateGC(display_, root(), 0, nullptr);
    XSetForeground(display_, gc, colour);
    XFillRectangle(display_, root(), gc, x, y, width, height);
    XFreeGC(display_, gc);
    XSync(display_, False);
  }
  bool sees_the_same_as(const media::FrameView& frame) { return screen_shows(display_, frame); }

 private:
  Window root() const { return DefaultRootWindow(display_); }
  Display* display_;
};

/// Takes news as the event loop does, until both agree; false after 10 s of silence.
bool agrees(CaptureX11& capture, Other& other) {
  for (;;) {
    capture.update();
    if (!capture.frame().empty() && other.sees_the_same_as(capture.frame())) return true;
    pollfd readable{capture.fd(), POLLIN, 0};
    if (!capture.pending() && ::poll(&readable, 1, 10'000) <= 0) return false;
  }
}

TEST(CaptureResize, FollowsTheScreenUpAndDown) {
  test::Xtigervnc server("800x600");
  ASSERT_TRUE(server.running()) << "Xtigervnc must be installed";
  Other other(server.name());
  other.fill(0, 0, 800, 600, 0x204060);
  auto opened = CaptureX11::open(server.name(), {});
  ASSERT_TRUE(opened.ok()) << opened.reason();
  CaptureX11& capture = **opened;
  ASSERT_TRUE(agrees(capture, other));

  for (const auto& [width, height] : {std::pair{1000, 700}, {1920, 1080}, {803, 601}, {800, 600}}) {
    other.resize(width, height);
    EXPECT_TRUE(agrees(capture, other)) << width;
    EXPECT_EQ(capture.frame().width, width);
    EXPECT_EQ(capture.frame().height, height);
    other.fill(width - 20, height - 10, 15, 5, 0xff8000);  // what is new is seen as well
    EXPECT_TRUE(agrees(capture, other)) << width;
    EXPECT_EQ(capture.failure(), "");
  }
}

}  // namespace
}  // namespace godesk::os
