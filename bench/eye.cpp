// The eye and the hand of a user who sits in front of a viewer, whosever viewer it is:
//   eye HOST_DISPLAY VIEWER_DISPLAY
// The viewer's window covers its display and shows the host's screen pixel for pixel. A command per line on
// standard input, each answered by one JSON line when it is over:
//   keys N          one key at a time on the viewer's keyboard, each waited for: ms from the key to the
//                   changed pixel on the viewer's display, N times
//   type RATE S     RATE keys a second for S seconds
//   watch S         nothing, for S seconds
//   film S          watch, and say which pictures of bench/contents.cpp's film were seen, and how well
//   equal           how many pixels of the two displays differ
//   point X Y       moves the viewer's pointer
// type and watch are answered with how often the viewer painted (paintings nearer than 3 ms are one) and the
// longest time in which it did not.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xdamage.h>
#include <X11/extensions/Xfixes.h>
#include <X11/keysym.h>
#include <poll.h>

#include "base/time.h"
#include "bench/pictures.h"
#include "media/frame.h"
#include "os/clock.h"
#include "os/x11_display.h"
#include "os/x11_pixels.h"

namespace godesk::bench {
namespace {

using media::Rect;

constexpr Duration kQuiet = 60ms;  // without a painting before the next key: nothing of the last one is left
constexpr Duration kPatience = 3s;
constexpr Duration kOnePainting = 3ms;
constexpr int kLine = 60;  // characters before a newline, so that the terminal's line never fills

class Screen {
 public:
  explicit Screen(const std::string& name) {
    auto opened = os::X11Display::open(name);
    if (!opened) throw std::runtime_error(opened.reason());
    x_ = std::move(*opened);
    root_ = DefaultRootWindow(x_->get());
    width_ = DisplayWidth(x_->get(), DefaultScreen(x_->get()));
    height_ = DisplayHeight(x_->get(), DefaultScreen(x_->get()));
    pixels_ = std::make_unique<os::X11Pixels>(*x_, width_, height_);
    int error = 0;
    if (!XDamageQueryExtension(x_->get(), &events_, &error))
      throw std::runtime_error("no XDamage on " + name);
    damage_ = XDamageCreate(x_->get(), root_, XDamageReportNonEmpty);
    parts_ = XFixesCreateRegion(x_->get(), nullptr, 0);
  }

  Display* get() const { return x_->get(); }
  int width() const { return width_; }
  int height() const { return height_; }

  /// The pixels of `rect`, packed, until the next call.
  const std::uint32_t* read(const Rect& rect) {
    if (!pixels_->read(rect)) throw std::runtime_error("a display cannot be read");
    return pixels_->data();
  }

  /// When it was painted on; nothing if that does not happen before `deadline`.
  std::optional<Time> painted(Time deadline) {
    while (true) {
      while (XPending(get()) > 0) {
        XEvent event;
        XNextEvent(get(), &event);
        if (event.type == events_ + XDamageNotify) return os::now();
      }
      const Duration left = deadline - os::now();
      if (left <= 0ns) return std::nullopt;
      const timespec wait{static_cast<time_t>(left / 1s), static_cast<long>((left % 1s).count())};
      pollfd readable{ConnectionNumber(get()), POLLIN, 0};
      ::ppoll(&readable, 1, &wait, nullptr);
    }
  }
  /// After painted(): reports begin anew.
  void forget() {
    XDamageSubtract(get(), damage_, None, None);
    XFlush(get());
  }
  /// forget(), and where it was.
  std::vector<Rect> take() {
    XDamageSubtract(get(), damage_, None, parts_);
    int count = 0;
    XRectangle* found = XFixesFetchRegion(get(), parts_, &count);
    std::vector<Rect> rects;
    for (int i = 0; i < count; ++i)
      rects.push_back(media::intersect({found[i].x, found[i].y, found[i].width, found[i].height},
                                       {0, 0, width_, height_}));
    if (found) XFree(found);
    return rects;
  }

 private:
  std::unique_ptr<os::X11Display> x_;
  Window root_ = 0;
  int width_ = 0, height_ = 0, events_ = 0;
  std::unique_ptr<os::X11Pixels> pixels_;
  Damage damage_ = 0;
  XserverRegion parts_ = 0;
};

struct Paintings {
  int count = 0;
  Time last{};
  Duration longest_gap{};

  void add(Time at) {
    if (at - last > kOnePainting) ++count;
    if (last != Time{}) longest_gap = std::max(longest_gap, at - last);
    last = at;
  }
};

/// Pictures of the film that were seen.
class FilmWatch {
 public:
  void look(Screen& screen, Time at) {
    const auto first = stamp_at(screen, kFilmX, kFilmY, false);
    if (!first || *first == last_number_) return;
    const auto second =
        stamp_at(screen, kFilmX + kFilmWidth - kBits * kBlock, kFilmY + kFilmHeight - kBlock, true);
    if (second != first) return;
    last_number_ = *first;
    seen_.add(at);
    if (++pictures_ % kJudged == 0) judge(screen);
  }

  void tell(Duration passed) const {
    std::printf(R"(,"fps":%.1f,"freeze_ms":%.0f)", pictures_ / (to_ms(passed) / 1000),
                to_ms(std::max(seen_.longest_gap, os::now() - seen_.last)));
    if (judged_ > 0)
      std::printf(R"(,"psnr_db":%.2f)", 10 * std::log10(255.0 * 255.0 / (squares_ / double(judged_))));
  }

 private:
  static constexpr int kJudged = 8;

  static std::optional<int> stamp_at(Screen& screen, int x, int y, bool turned) {
    const int width = kBits * kBlock;
    const std::uint32_t* pixels = screen.read({x, y, width, kBlock});
    return read_stamp([&](int u, int v) {
      return turned ? pixels[(kBlock - 1 - v) * width + width - 1 - u] : pixels[v * width + u];
    });
  }

  /// Mean square of the differences of red, green and blue over the whole picture.
  void judge(Screen& screen) {
    const std::uint32_t* seen = screen.read({kFilmX, kFilmY, kFilmWidth, kFilmHeight});
    const auto pixel = [&](int x, int y) { return seen[y * kFilmWidth + x]; };
    const auto turned = [&](int x, int y) { return pixel(kFilmWidth - 1 - x, kFilmHeight - 1 - y); };
    const auto number = read_stamp(pixel);
    if (!number || read_stamp(turned) != number) return;
    const Picture picture = film_picture(*number);
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
      for (const int shift : {0, 8, 16}) {
        const int difference = int(seen[i] >> shift & 0xff) - int(picture.pixels[i] >> shift & 0xff);
        sum += difference * difference;
      }
    squares_ += double(sum) / (3.0 * double(picture.pixels.size()));
    ++judged_;
  }

  int last_number_ = -1, pictures_ = 0, judged_ = 0;
  double squares_ = 0;
  Paintings seen_;
};

class Eye {
 public:
  Eye(const std::string& host, const std::string& viewer)
      : host_(host), viewer_(viewer), shadow_(viewer_.width(), viewer_.height()) {}

  void obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    int a = 0, b = 0;
    words >> verb >> a >> b;
    if (verb == "keys") return keys(a);
    if (verb == "type") return watch(std::chrono::seconds(b), Duration(1s) / a, nullptr);
    if (verb == "watch") return watch(std::chrono::seconds(a), {}, nullptr);
    if (verb == "film") {
      FilmWatch film;
      return watch(std::chrono::seconds(a), {}, &film);
    }
    if (verb == "equal") return compare();
    if (verb == "point") return point(a, b);
    throw std::runtime_error("not a command: " + line);
  }

 private:
  // ---- one key at a time

  void keys(int count) {
    shadow_all();
    std::vector<Duration> delays;
    int missed = 0;
    for (int i = 0; i < count; ++i) {
      wait_until_quiet();
      const Time pressed = os::now();
      press();
      const auto seen = changed(pressed + kPatience);
      seen ? delays.push_back(*seen - pressed) : void(++missed);
    }
    std::printf(R"({"event":"keys","missed":%d,"ms":[)", missed);
    for (std::size_t i = 0; i < delays.size(); ++i)
      std::printf("%s%.3f", i == 0 ? "" : ",", to_ms(delays[i]));
    std::puts("]}");
  }

  void press() {
    const bool newline = ++typed_ % kLine == 0;
    const auto letter = static_cast<KeySym>(newline ? XK_Return : XK_a + KeySym(typed_ * 7 % 26));
    const KeyCode code = XKeysymToKeycode(viewer_.get(), letter);
    XTestFakeKeyEvent(viewer_.get(), code, True, 0);
    XTestFakeKeyEvent(viewer_.get(), code, False, 0);
    XFlush(viewer_.get());
  }

  /// Keys at random moments meet every phase of whatever timer there is.
  void wait_until_quiet() {
    const Duration jitter = std::chrono::microseconds(dice_() % 20000);
    while (changed(os::now() + kQuiet + jitter)) continue;
  }

  /// When the next pixel really changed.
  std::optional<Time> changed(Time deadline) {
    while (const auto at = viewer_.painted(deadline)) {
      bool differs = false;
      for (const Rect& rect : viewer_.take()) differs |= update(rect);
      if (differs) return at;
    }
    return std::nullopt;
  }

  void shadow_all() {
    viewer_.forget();
    update({0, 0, viewer_.width(), viewer_.height()});
  }

  bool update(const Rect& rect) {
    if (rect.empty()) return false;
    const std::uint32_t* pixels = viewer_.read(rect);
    bool differs = false;
    for (int y = 0; y < rect.h; ++y, pixels += rect.w) {
      std::uint32_t* mine = shadow_.at(rect.x, rect.y + y);
      if (std::equal(pixels, pixels + rect.w, mine)) continue;
      std::copy_n(pixels, rect.w, mine);
      differs = true;
    }
    return differs;
  }

  // ---- for a while

  void watch(Duration time, Duration between_keys, FilmWatch* film) {
    Paintings paintings;
    const Time begin = os::now(), end = begin + time;
    Time next_key = between_keys > 0ns ? begin : kNever;
    viewer_.forget();
    while (os::now() < end) {
      if (os::now() >= next_key) press(), next_key += between_keys;
      const auto at = viewer_.painted(std::min(end, next_key));
      if (!at) continue;
      viewer_.forget();
      paintings.add(*at);
      if (film) film->look(viewer_, *at);
    }
    const Duration passed = os::now() - begin;
    std::printf(R"({"event":"watched","seconds":%.3f,"updates_s":%.1f,"gap_ms":%.0f)", to_ms(passed) / 1000,
                paintings.count / (to_ms(passed) / 1000), to_ms(paintings.longest_gap));
    if (film) film->tell(passed);
    std::puts("}");
  }

  void compare() {
    const Rect whole{0, 0, std::min(host_.width(), viewer_.width()),
                     std::min(host_.height(), viewer_.height())};
    const std::uint32_t *a = host_.read(whole), *b = viewer_.read(whole);
    std::int64_t different = 0;
    for (std::int64_t i = 0; i < whole.area(); ++i) different += a[i] != b[i];
    std::printf("{\"event\":\"equal\",\"different\":%lld}\n", static_cast<long long>(different));
  }

  void point(int x, int y) {
    XTestFakeMotionEvent(viewer_.get(), DefaultScreen(viewer_.get()), x, y, 0);
    XSync(viewer_.get(), False);
    std::puts(R"({"event":"pointed"})");
  }

  Screen host_, viewer_;
  media::Frame shadow_;
  std::minstd_rand dice_;
  int typed_ = 0;
};

}  // namespace
}  // namespace godesk::bench

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("eye HOST_DISPLAY VIEWER_DISPLAY\n", stderr), 2;
  try {
    godesk::bench::Eye eye(argv[1], argv[2]);
    std::puts(R"({"event":"open"})");
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line); std::fflush(stdout)) eye.obey(line);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
