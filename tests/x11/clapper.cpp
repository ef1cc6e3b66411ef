// A film with a clapper board, and somebody who looks and listens, for tests/e2e/lip_sync_test.py:
//   clapper film SECONDS WIDTH HEIGHT
//                            a film in the upper left corner of $DISPLAY and its sound on $PULSE_SERVER: now
//   and
//                            then its middle is white for a moment in which there is a tone as well
//   clapper watch SECONDS    a JSON line whenever white is seen there, or a tone is heard, with the time
// The film's sound is timed as players do it: by what the sound server says of the delay.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <pulse/error.h>
#include <pulse/simple.h>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kPictures = 24;
constexpr int kFlashX = 192, kFlashY = 112, kFlashWidth = 96, kFlashHeight = 96;
constexpr int kRate = 48000, kPiece = kRate / 200;
constexpr auto kFrame = 33'333us;
constexpr int kFlashFrames = 4;
constexpr auto kTone = kFlashFrames * kFrame;

double seconds(Clock::time_point at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

/// When the board claps: every 0.8 to 1.4 s, always with a picture.
std::vector<int> claps(int frames) {
  std::vector<int> at;
  std::uint32_t dice = 11;
  for (int frame = 45; frame < frames; frame += 24 + int((dice >> 16) % 18)) {
    at.push_back(frame);
    dice = dice * 1664525u + 1013904223u;
  }
  return at;
}

class Sound {
 public:
  explicit Sound(pa_stream_direction_t way, int milliseconds) {
    const pa_sample_spec spec{PA_SAMPLE_S16NE, kRate, 1};
    constexpr auto kAsServerLikes = static_cast<std::uint32_t>(-1);
    const auto bytes = static_cast<std::uint32_t>(milliseconds * kRate / 1000 * 2);
    const bool plays = way == PA_STREAM_PLAYBACK;
    const pa_buffer_attr buffer{kAsServerLikes, plays ? bytes : kAsServerLikes, 0, kAsServerLikes,
                                plays ? kAsServerLikes : bytes};
    int error = 0;
    stream_ = pa_simple_new(nullptr, "clapper", way, plays ? nullptr : "@DEFAULT_MONITOR@", "clapper", &spec,
                            nullptr, &buffer, &error);
    if (!stream_) throw std::runtime_error(pa_strerror(error));
  }
  ~Sound() { pa_simple_free(stream_); }
  /// From a sample that is written now to its being heard.
  std::chrono::microseconds delay() {
    return std::chrono::microseconds(pa_simple_get_latency(stream_, nullptr));
  }
  void write(const std::vector<std::int16_t>& piece) {
    pa_simple_write(stream_, piece.data(), piece.size() * 2, nullptr);
  }
  void read(std::vector<std::int16_t>& piece) {
    pa_simple_read(stream_, piece.data(), piece.size() * 2, nullptr);
  }

 private:
  pa_simple* stream_;
};

/// A faint noise, and the tone at each clap.
void play(Clock::time_point begin, const std::vector<int>& claps, const std::atomic<bool>& over) {
  Sound sound(PA_STREAM_PLAYBACK, 20);
  std::vector<std::int16_t> piece(kPiece);
  std::uint32_t dice = 1;
  int sample = 0;
  while (!over) {
    const auto heard = Clock::now() + sound.delay();
    for (int i = 0; i < kPiece; ++i, ++sample) {
      const auto at = heard + std::chrono::microseconds(i * 1'000'000LL / kRate) - begin;
      dice = dice * 1664525u + 1013904223u;
      int value = int(dice >> 27) - 16;
      for (const int clap : claps)
        if (at >= clap * kFrame && at < clap * kFrame + kTone) value = int(9000 * std::sin(sample * 0.13));
      piece[std::size_t(i)] = std::int16_t(value);
    }
    sound.write(piece);
  }
}

/// Waves that wander, and grain.
Pixmap picture(Display* display, GC gc, int width, int height, int number) {
  std::vector<std::uint32_t> pixels(std::size_t(width * height));
  std::uint32_t grain = 1 + std::uint32_t(number) * 7919;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      grain ^= grain << 13, grain ^= grain >> 17, grain ^= grain << 5;
      const auto at = [&](int i) {
        return std::uint32_t(90 + 60 * std::sin((i + 4 * number) * 2 * M_PI / (4 * kPictures))) + (grain & 7);
      };
      pixels[std::size_t(y * width + x)] = at(x) << 16 | at(y) << 8 | at((x + y) / 2);
    }
  const auto depth = unsigned(DefaultDepth(display, 0));
  const Pixmap kept =
      XCreatePixmap(display, DefaultRootWindow(display), unsigned(width), unsigned(height), depth);
  XImage* image =
      XCreateImage(display, DefaultVisual(display, 0), depth, ZPixmap, 0,
                   reinterpret_cast<char*>(pixels.data()), unsigned(width), unsigned(height), 32, 0);
  XPutImage(display, kept, gc, image, 0, 0, 0, 0, unsigned(width), unsigned(height));
  image->data = nullptr;
  XDestroyImage(image);
  return kept;
}

void film(Display* display, int length, int width, int height) {
  GC gc = DefaultGC(display, 0);
  XSetForeground(display, gc, 0xffffff);
  std::vector<Pixmap> pictures;
  for (int n = 0; n < kPictures; ++n) pictures.push_back(picture(display, gc, width, height, n));
  XSetWindowAttributes plain{};
  plain.override_redirect = True;
  const Window window =
      XCreateWindow(display, DefaultRootWindow(display), 0, 0, unsigned(width), unsigned(height), 0,
                    CopyFromParent, InputOutput, CopyFromParent, CWOverrideRedirect, &plain);
  XMapRaised(display, window);
  XSync(display, False);
  const int frames = length * 30;
  const std::vector<int> at = claps(frames);
  const auto begin = Clock::now();
  std::atomic<bool> over{false};
  std::thread sound([&] { play(begin, at, over); });
  for (int frame = 0; frame < frames; ++frame) {
    std::this_thread::sleep_until(begin + frame * kFrame);
    XCopyArea(display, pictures[std::size_t(frame % kPictures)], window, gc, 0, 0, unsigned(width),
              unsigned(height), 0, 0);
    for (const int clap : at)
      if (frame >= clap && frame < clap + kFlashFrames)
        XFillRectangle(display, window, gc, kFlashX, kFlashY, kFlashWidth, kFlashHeight);
    XFlush(display);
  }
  over = true;
  sound.join();
}

void tell(const char* what, Clock::time_point at) {
  static std::mutex one;
  std::lock_guard lock(one);
  std::printf("{\"event\":\"%s\",\"at\":%.4f}\n", what, seconds(at));
  std::fflush(stdout);
}

void listen(Clock::time_point end) {
  Sound sound(PA_STREAM_RECORD, 5);
  std::vector<std::int16_t> piece(kPiece);
  int quiet = kRate;
  while (Clock::now() < end) {
    sound.read(piece);
    const auto now = Clock::now();
    for (int i = 0; i < kPiece; ++i) {
      if (std::abs(piece[std::size_t(i)]) < 3000) {
        ++quiet;
        continue;
      }
      if (quiet > kRate / 10)
        tell("tone", now - std::chrono::microseconds((kPiece - i) * 1'000'000LL / kRate));
      quiet = 0;
    }
  }
}

void look(Display* display, Clock::time_point end) {
  bool was_white = false;
  const Window root = DefaultRootWindow(display);
  for (auto next = Clock::now(); next < end; next += 2ms) {
    std::this_thread::sleep_until(next);
    constexpr int kSide = 8;
    XImage* seen = XGetImage(display, root, kFlashX + kFlashWidth / 2, kFlashY + kFlashHeight / 2, kSide,
                             kSide, AllPlanes, ZPixmap);
    if (!seen) continue;
    std::uint64_t green = 0;
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) green += XGetPixel(seen, x, y) >> 8 & 0xff;
    XDestroyImage(seen);
    const bool white = green > 215u * kSide * kSide;
    if (white && !was_white) tell("flash", Clock::now());
    was_white = white;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc >= 3 ? argv[1] : "";
  Display* display = XOpenDisplay(nullptr);
  if (!display || (!(what == "film" && argc == 5) && what != "watch"))
    return std::fputs("clapper film SECONDS WIDTH HEIGHT | watch SECONDS, with a DISPLAY\n", stderr), 2;
  const int length = std::atoi(argv[2]);
  if (what == "film") {
    film(display, length, std::atoi(argv[3]), std::atoi(argv[4]));
    return 0;
  }
  const auto end = Clock::now() + std::chrono::seconds(length);
  std::thread ears([end] { listen(end); });
  look(display, end);
  ears.join();
}
