// A viewer without a window that measures what its user would feel; bench/run.py tells it what to do.
//
//   1. Standard input: the join string, the host's ID and its one-time password, a line each.
//   2. It connects and says {"event":"first_frame"}.
//   3. Then a command per line, each answered by one JSON line when it is over:
//        keys N        one key at a time, each waited for: ms from the input to the changed pixel, N times
//        type RATE S   RATE keys a second for S seconds
//        watch S       nothing, for S seconds
//        equal :D      is the decoded screen the one that display D shows?
//   4. The end of the input ends the session.
//
// type and watch are answered with what came in the meantime: updates, bytes, decoding.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include "media/frame.h"
#include "os/capture_x11.h"
#include "os/clock.h"
#include "os/driver.h"
#include "os/log.h"
#include "os/random.h"
#include "viewer/viewer_session.h"

namespace godesk {
namespace {

constexpr Duration kQuiet = 60ms;  // without an update before the next key: nothing of the last one is left
constexpr Duration kPatience = 2s;
constexpr int kLine = 60;  // characters before a newline, so that the terminal's line never fills

/// Calls back whenever pixels really changed.
class PixelWatch final : public viewer::Surface {
 public:
  std::function<void()> on_change;

  void on_screen(const media::FrameView& screen, const media::Region& changed, bool) override {
    if (!on_change) return;
    if (before_.width() != screen.width || before_.height() != screen.height) return remember(screen);
    bool differs = false;
    for (const media::Rect& rect : changed.rects()) differs |= take(screen, rect);
    if (differs) on_change();
  }
  void on_cursor(const media::CursorShape&) override {}
  void on_cursor_moved(media::Point) override {}

  void remember(const media::FrameView& screen) {
    before_ = media::Frame(screen.width, screen.height);
    take(screen, screen.bounds());
  }

 private:
  bool take(const media::FrameView& screen, const media::Rect& rect) {
    bool differs = false;
    for (int y = rect.y; y < rect.bottom(); ++y) {
      std::uint32_t* mine = before_.at(rect.x, y);
      const std::uint32_t* theirs = screen.at(rect.x, y);
      if (std::equal(mine, mine + rect.w, theirs)) continue;
      std::copy_n(theirs, rect.w, mine);
      differs = true;
    }
    return differs;
  }

  media::Frame before_;
};

viewer::ViewerConfig config_from(std::istream& in, Random& random) {
  std::string join, id, password;
  std::getline(in, join);
  std::getline(in, id);
  std::getline(in, password);
  auto server = rendezvous::Join::parse(join);
  auto device = auth::DeviceId::parse(id);
  if (!server || !device) throw std::runtime_error("a join string and an ID are wanted on standard input");
  viewer::ViewerConfig config;
  config.identity = auth::make_identity(random);
  config.target = *device;
  config.server = *server;
  config.password = password;
  config.stopwatch = [] { return os::now(); };
  return config;
}

class Bench {
 public:
  Bench() : session_(config_from(std::cin, random_), pixels_, ids_, random_, log_), driver_(session_, log_) {}

  int run() {
    driver_.after_turn([this] { return drain(); });
    driver_.post([this] { session_.start(driver_.now()); });
    driver_.run();
    return failed_ ? 1 : 0;
  }

 private:
  bool drain() {
    bool any = false;
    while (auto event = session_.next_event()) {
      any = true;
      if (std::holds_alternative<viewer::FirstFrame>(*event)) {
        std::puts(R"({"event":"first_frame"})");
        std::fflush(stdout);
        driver_.watch(STDIN_FILENO, [this] { read_commands(); });
      } else if (auto* closed = std::get_if<viewer::Closed>(&*event)) {
        failed_ = closed->reason != viewer::CloseReason::done;
        if (failed_) std::cerr << "the session ended: " << viewer::name(closed->reason) << "\n";
        driver_.stop_when_flushed(1s);
      }
    }
    return any;
  }

  void read_commands() {
    char piece[256];
    const ssize_t got = ::read(STDIN_FILENO, piece, sizeof piece);
    if (got <= 0) {
      driver_.unwatch(STDIN_FILENO);
      return session_.close(driver_.now(), viewer::CloseReason::done);
    }
    input_.append(piece, static_cast<std::size_t>(got));
    for (std::size_t end; (end = input_.find('\n')) != std::string::npos; input_.erase(0, end + 1))
      obey(input_.substr(0, end));
  }

  void obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb, display;
    int number = 0, seconds = 0;
    words >> verb;
    if (verb == "keys" && words >> number) return measure_keys(number);
    if (verb == "type" && words >> number >> seconds) return type(number, seconds);
    if (verb == "watch" && words >> seconds) return watch(std::chrono::seconds(seconds));
    if (verb == "equal" && words >> display) return compare(display);
    throw std::runtime_error("not a command: " + line);
  }

  // ---- one key at a time

  void measure_keys(int count) {
    delays_.clear();
    keys_left_ = count;
    pixels_.remember(session_.screen().view());
    pixels_.on_change = [this] { on_pixel(); };
    press_when_quiet();
  }

  void press_when_quiet() {
    if (keys_left_ == 0) return tell_keys();
    const Time due = std::max(driver_.now(), last_change_) + kQuiet + jitter();
    driver_.at(due, [this] {
      if (os::now() - last_change_ < kQuiet) return press_when_quiet();
      press();
    });
  }

  /// Keys at random moments meet every phase of whatever timer there is.
  Duration jitter() { return std::chrono::microseconds(random_below(20000)); }

  std::uint32_t random_below(std::uint32_t bound) {
    std::uint8_t bytes[4];
    random_.fill(bytes);
    return (bytes[0] | bytes[1] << 8 | bytes[2] << 16 | std::uint32_t{bytes[3]} << 24) % bound;
  }

  void press() {
    --keys_left_;
    waiting_ = true;
    pressed_ = os::now();
    send_key();
    driver_.at(pressed_ + kPatience, [this, at = pressed_] {
      if (waiting_ && pressed_ == at) throw std::runtime_error("a key changed no pixel");
    });
  }

  void on_pixel() {
    last_change_ = os::now();
    if (!waiting_) return;
    waiting_ = false;
    delays_.push_back(last_change_ - pressed_);
    press_when_quiet();
  }

  void tell_keys() {
    pixels_.on_change = nullptr;
    std::printf(R"({"event":"keys","ms":[)");
    for (std::size_t i = 0; i < delays_.size(); ++i)
      std::printf("%s%.3f", i == 0 ? "" : ",", to_ms(delays_[i]));
    std::puts("]}");
    std::fflush(stdout);
  }

  void send_key() {
    const bool newline = ++typed_ % kLine == 0;
    const char32_t letter = newline ? U'\n' : U'a' + static_cast<char32_t>(typed_ * 7 % 26);
    session_.send_input(driver_.now(), session::Character{letter});
  }

  // ---- for a while

  void type(int rate, int seconds) {
    const Duration gap = Duration(1s) / rate;
    for (int i = 0; i < rate * seconds; ++i) driver_.at(driver_.now() + i * gap, [this] { send_key(); });
    watch(std::chrono::seconds(seconds));
  }

  void watch(Duration time) {
    const Time from = driver_.now();
    driver_.at(from + time, [this, from, figures = session_.figures(), stats = session_.channel()->stats()] {
      tell_figures(driver_.now() - from, figures, stats);
    });
  }

  void tell_figures(Duration passed, const viewer::ViewerFigures& before, const quic::Stats& stats) {
    const viewer::ViewerFigures& now = session_.figures();
    const quic::Stats more = session_.channel()->stats();
    const std::uint64_t updates = now.updates - before.updates;
    const double seconds = to_ms(passed) / 1000, n = updates == 0 ? 1.0 : static_cast<double>(updates);
    std::printf(
        R"({"event":"watched","updates_s":%.1f,"bytes_s":%.0f,"sent_bytes_s":%.0f,"encode_ms":%.3f,"decode_ms":%.3f})"
        "\n",
        static_cast<double>(updates) / seconds,
        static_cast<double>(more.bytes_received - stats.bytes_received) / seconds,
        static_cast<double>(more.bytes_sent - stats.bytes_sent) / seconds,
        to_ms(now.encode - before.encode) / n, to_ms(now.decode - before.decode) / n);
    std::fflush(stdout);
  }

  void compare(const std::string& display) {
    auto capture = os::CaptureX11::open(display);
    if (!capture) throw std::runtime_error(capture.reason());
    (*capture)->update();
    const bool same = media::same_pixels((*capture)->frame(), session_.screen().view());
    std::printf("{\"event\":\"equal\",\"equal\":%s}\n", same ? "true" : "false");
    std::fflush(stdout);
  }

  os::OsRandom random_;
  os::StderrLog log_{LogLevel::warning};
  Ids ids_;
  PixelWatch pixels_;
  viewer::ViewerSession session_;
  os::Driver driver_;
  std::string input_;
  bool failed_ = false, waiting_ = false;
  int keys_left_ = 0, typed_ = 0;
  Time pressed_{}, last_change_{};
  std::vector<Duration> delays_;
};

}  // namespace
}  // namespace godesk

int main() {
  try {
    return godesk::Bench().run();
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
