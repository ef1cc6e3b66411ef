#include "os/capture_x11.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "media/decoder.h"
#include "media/encoder.h"
#include "os/test_xvfb.h"

// Last, because Xlib defines macros named None, Bool and CursorShape.
// clang-format off
#include "os/test_xscreen.h"
#include <X11/cursorfont.h>
#include <X11/extensions/XTest.h>
#undef CursorShape
// clang-format on

namespace godesk::os {
namespace {

using media::Point;
using media::Rect;
using media::Region;

/// Another program on the display: draws, and reads the screen in the plainest way.
class Painter {
 public:
  explicit Painter(const std::string& display) : display_(XOpenDisplay(display.c_str())) {
    XSetWindowAttributes attributes{};
    attributes.override_redirect = True;
    window_ = XCreateWindow(display_, root(), 0, 0, width(), height(), 0, CopyFromParent, InputOutput,
                            CopyFromParent, CWOverrideRedirect, &attributes);
    gc_ = XCreateGC(display_, window_, 0, nullptr);
    XMapRaised(display_, window_);
    XSync(display_, False);
  }
  ~Painter() {
    XFreeGC(display_, gc_);
    XCloseDisplay(display_);
  }
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;

  unsigned width() const { return unsigned(DisplayWidth(display_, 0)); }
  unsigned height() const { return unsigned(DisplayHeight(display_, 0)); }

  void fill(const Rect& rect, unsigned long colour) {
    XSetForeground(display_, gc_, colour);
    XFillRectangle(display_, window_, gc_, rect.x, rect.y, unsigned(rect.w), unsigned(rect.h));
    XSync(display_, False);
  }
  void move_pointer(Point to) {
    XWarpPointer(display_, 0, root(), 0, 0, 0, 0, to.x, to.y);
    XSync(display_, False);
  }
  void move_mouse(Point to) {
    XTestFakeMotionEvent(display_, 0, to.x, to.y, CurrentTime);
    XSync(display_, False);
  }
  void set_cursor(unsigned shape) {
    XDefineCursor(display_, window_, XCreateFontCursor(display_, shape));
    XSync(display_, False);
  }
  bool sees_the_same_as(const media::FrameView& frame) { return screen_shows(display_, frame); }

 private:
  Window root() const { return DefaultRootWindow(display_); }
  Display* display_;
  Window window_;
  GC gc_;
};

class CaptureX11Test : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.running()) << "Xvfb must be installed"; }

  void open(CaptureOptions options = {}) {
    auto opened = CaptureX11::open(server_.name(), options);
    ASSERT_TRUE(opened.ok()) << opened.reason();
    capture_ = std::move(*opened);
  }
  /// Waits as the event loop does; false after 5 s of silence.
  bool news() {
    return news([this] { return capture_->pending(); });
  }
  bool news(const std::function<bool()>& came) {
    while (!came()) {
      pollfd readable{capture_->fd(), POLLIN, 0};
      if (::poll(&readable, 1, 5000) <= 0) return false;
    }
    return true;
  }
  /// Takes all that came up to now, until `painter` and the capture agree.
  Region settle(Painter& painter) {
    Region all;
    for (int i = 0; i < 100; ++i) {
      capture_->pending();
      all.add(capture_->update());
      if (!capture_->frame().empty() && painter.sees_the_same_as(capture_->frame()) && !capture_->pending())
        break;
    }
    EXPECT_TRUE(painter.sees_the_same_as(capture_->frame()));
    return all;
  }

  test::Xvfb server_{"800x600x24"};
  std::unique_ptr<CaptureX11> capture_;
};

TEST_F(CaptureX11Test, sees_the_whole_screen_first_and_then_only_what_was_drawn) {
  Painter painter(server_.name());
  painter.fill({0, 0, 800, 600}, 0x204060);
  open();
  EXPECT_TRUE(capture_->pending());
  EXPECT_EQ(capture_->update().bounding_box(), (Rect{0, 0, 800, 600}));
  EXPECT_TRUE(painter.sees_the_same_as(capture_->frame()));
  EXPECT_TRUE(capture_->update().empty()) << "nothing was drawn";

  painter.fill({100, 50, 30, 20}, 0xff8000);
  ASSERT_TRUE(news());
  const Rect changed = capture_->update().bounding_box();
  EXPECT_TRUE(changed.contains({100, 50, 30, 20}));
  EXPECT_LE(changed.area(), 100 * 100) << "that, and what is beside it";
  EXPECT_TRUE(painter.sees_the_same_as(capture_->frame()));
}

TEST_F(CaptureX11Test, adds_up_what_was_drawn_between_two_updates) {
  Painter painter(server_.name());
  open();
  settle(painter);
  painter.fill({10, 10, 5, 5}, 0xffffff);
  painter.fill({700, 500, 50, 50}, 0x00ff00);
  ASSERT_TRUE(news());
  const Region region = capture_->update();
  EXPECT_TRUE(region.covers({12, 12}));
  EXPECT_TRUE(region.covers({749, 549}));
  EXPECT_FALSE(region.covers({400, 300}));
}

TEST_F(CaptureX11Test, many_small_changes_become_their_bounding_box) {
  Painter painter(server_.name());
  open();
  settle(painter);
  for (int i = 0; i < 60; ++i) painter.fill({i * 12, i * 8 + 3, 4, 4}, 0xffffff);
  ASSERT_TRUE(news());
  EXPECT_EQ(capture_->update().rects(), (std::vector<Rect>{{0, 3, 59 * 12 + 4, 59 * 8 + 4}}));
  EXPECT_TRUE(painter.sees_the_same_as(capture_->frame()));
}

TEST_F(CaptureX11Test, captured_encoded_decoded_is_the_screen) {
  for (const CaptureOptions& options : {CaptureOptions{}, CaptureOptions{true, false},
                                        CaptureOptions{false, true}, CaptureOptions{false, false}}) {
    Painter painter(server_.name());
    open(options);
    EXPECT_EQ(capture_->poll_interval() > Duration::zero(), !options.damage);
    media::ScreenEncoder encoder;
    media::ScreenDecoder decoder;
    media::Frame canvas;
    const auto carry = [&](const Region& damage) {
      const media::Update update = encoder.encode(Time{}, capture_->frame(), damage);
      EXPECT_TRUE(update.empty() || decoder.decode(update.bytes, canvas).ok());
      EXPECT_TRUE(painter.sees_the_same_as(canvas.view()));
    };
    carry(settle(painter));
    for (int i = 0; i < 20; ++i) {
      painter.fill({i * 37, i * 23, 60 + i * 10, 40 + i * 3}, 0x010203ul * unsigned(i + 1) * 7 & 0xffffff);
      carry(settle(painter));
    }
    painter.fill({0, 0, 800, 590}, 0x777777);  // most of the screen: read as a whole
    carry(settle(painter));
  }
}

TEST_F(CaptureX11Test, tells_the_pointers_shape_and_place) {
  Painter painter(server_.name());
  painter.set_cursor(XC_crosshair);
  painter.move_pointer({300, 200});
  open();
  capture_->update();
  const auto crosshair = capture_->cursor_shape();
  ASSERT_TRUE(crosshair && !crosshair->hidden());
  EXPECT_FALSE(capture_->cursor_shape()) << "only when it changed";
  EXPECT_EQ(capture_->cursor_position(), (Point{300, 200}));

  painter.set_cursor(XC_watch);
  ASSERT_TRUE(news());
  const auto watch = capture_->cursor_shape();
  ASSERT_TRUE(watch.has_value());
  EXPECT_NE(*watch, *crosshair);
  const auto sent = media::decode_cursor(media::encode_cursor(*watch));
  ASSERT_TRUE(sent.ok());
  EXPECT_EQ(*sent, *watch);
}

TEST_F(CaptureX11Test, hears_once_that_the_mouse_moves) {
  Painter painter(server_.name());
  painter.move_mouse({100, 100});
  open();
  capture_->update();
  EXPECT_TRUE(capture_->cursor_moved()) << "nobody asked yet";
  EXPECT_EQ(capture_->cursor_position(), (Point{100, 100}));
  EXPECT_FALSE(capture_->cursor_moved());
  for (int x = 101; x < 110; ++x) painter.move_mouse({x, 50});
  ASSERT_TRUE(news([&] { return capture_->pending(), capture_->cursor_moved(); }));
  EXPECT_EQ(capture_->cursor_position(), (Point{109, 50}));
  EXPECT_FALSE(capture_->cursor_moved());
}

TEST_F(CaptureX11Test, a_server_that_ends_is_a_failure_in_words) {
  open();
  capture_->update();
  EXPECT_EQ(capture_->failure(), "");
  server_.stop();
  EXPECT_FALSE(capture_->pending());
  EXPECT_TRUE(capture_->update().empty());
  EXPECT_EQ(capture_->failure(), "The X server went away.");
  EXPECT_FALSE(capture_->cursor_shape());
  capture_->cursor_position();
}

TEST(CaptureX11, says_what_is_wrong_with_a_display) {
  const auto absent = CaptureX11::open(":54321");
  ASSERT_FALSE(absent.ok());
  EXPECT_NE(absent.reason().find(":54321"), std::string::npos);

  test::Xvfb shallow("640x480x16");
  ASSERT_TRUE(shallow.running());
  const auto poor = CaptureX11::open(shallow.name());
  ASSERT_FALSE(poor.ok());
  EXPECT_NE(poor.reason().find("16-bit"), std::string::npos);
}

}  // namespace
}  // namespace godesk::os
