// Something to look at, for bench/run.py:
//   film SECONDS   a window of 1280x720 whose smooth, grainy pictures change 30 times a second
//   drag SECONDS   a window of 800x600 that is dragged over one such picture, 60 steps a second
// Afterwards all stays as it is. There is no window manager.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <X11/Xlib.h>
#include <X11/Xutil.h>

namespace {

using Clock = std::chrono::steady_clock;

/// A window that shows a picture of its own.
class Shown {
 public:
  Shown(Display* display, int x, int y, int width, int height)
      : display_(display), width_(width), height_(height), pixels_(std::size_t(width) * std::size_t(height)) {
    const int screen = DefaultScreen(display);
    XSetWindowAttributes plain{};
    plain.override_redirect = True;
    window_ = XCreateWindow(display, RootWindow(display, screen), x, y, unsigned(width), unsigned(height), 0,
                            CopyFromParent, InputOutput, CopyFromParent, CWOverrideRedirect, &plain);
    XSelectInput(display, window_, ExposureMask);
    XMapRaised(display, window_);
    image_ = XCreateImage(display, DefaultVisual(display, screen), unsigned(DefaultDepth(display, screen)),
                          ZPixmap, 0, reinterpret_cast<char*>(pixels_.data()), unsigned(width),
                          unsigned(height), 32, 0);
  }

  /// Picture `t`: waves that wander, with the grain of a camera.
  void draw(int t) {
    std::vector<double> wave(std::size_t(width_ + height_));
    for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = 60 * std::sin((double(i) + 4 * t) / 37.0);
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
        grain_ ^= grain_ << 13, grain_ ^= grain_ >> 17, grain_ ^= grain_ << 5;
        const auto at = [&](int i) { return std::uint32_t(120 + wave[std::size_t(i)]) + (grain_ & 7); };
        pixels_[std::size_t(y) * std::size_t(width_) + std::size_t(x)] =
            at(x) << 16 | at(y) << 8 | at((x + y) / 2);
      }
  }
  void put() {
    XPutImage(display_, window_, DefaultGC(display_, DefaultScreen(display_)), image_, 0, 0, 0, 0,
              unsigned(width_), unsigned(height_));
    XFlush(display_);
  }
  void move(int x, int y) { XMoveWindow(display_, window_, x, y); }
  Window window() const { return window_; }

 private:
  Display* display_;
  int width_, height_;
  std::vector<std::uint32_t> pixels_;
  std::uint32_t grain_ = 1;
  Window window_ = 0;
  XImage* image_ = nullptr;
};

/// Each window that was uncovered is painted again.
void expose(Display* display, Shown& one, Shown* other, bool wait) {
  while (wait || XPending(display) > 0) {
    XEvent event;
    XNextEvent(display, &event);
    if (event.type != Expose || event.xexpose.count > 0) continue;
    event.xexpose.window == one.window() ? one.put() : other->put();
  }
}

void film(Display* display, Clock::time_point end) {
  Shown window(display, 320, 180, 1280, 720);
  auto due = Clock::now();
  for (int t = 0; due < end; ++t, due += std::chrono::milliseconds(33)) {
    window.draw(t);
    std::this_thread::sleep_until(due);
    window.put();
  }
  expose(display, window, nullptr, true);
}

void drag(Display* display, Clock::time_point end) {
  Shown wall(display, 0, 0, 1920, 1080), window(display, 100, 100, 800, 600);
  wall.draw(0);
  window.draw(50);
  auto due = Clock::now();
  for (int t = 0; due < end; ++t, due += std::chrono::milliseconds(16)) {
    expose(display, wall, &window, false);
    window.move(int(560 + 460 * std::sin(t / 60.0)), int(240 + 200 * std::cos(t / 41.0)));
    XFlush(display);
    std::this_thread::sleep_until(due);
  }
  expose(display, wall, &window, true);
}

}  // namespace

int main(int argc, char** argv) {
  Display* display = argc == 3 ? XOpenDisplay(nullptr) : nullptr;
  if (!display) return std::fputs("film|drag SECONDS, with a DISPLAY\n", stderr), 2;
  const auto end = Clock::now() + std::chrono::seconds(std::atoi(argv[2]));
  std::string(argv[1]) == "film" ? film(display, end) : drag(display, end);
}
