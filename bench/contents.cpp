// Something to look at, on $DISPLAY, for bench/run.py and bench/picture.py:
//   film SECONDS   a window of 1280x720 whose smooth, grainy pictures change 30 times a second
//   drag SECONDS   a window of 800x600 that is dragged over one such picture, 60 steps a second
//   page SECONDS   1400x950 of a page with coloured, smooth text and photographs, scrolled by 40 pixels 30
//                  times a second
//
//   1. All pictures are made and given to the X server: showing one is a copy inside it, as where a program
//      shares memory with it, and takes this program no time to speak of.
//   2. It says "ready" and waits for a line. Then it shows, for so long.
//   3. Afterwards all stays as it is, until it is ended. There is no window manager.
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <unistd.h>

#include "bench/pictures.h"

namespace godesk::bench {
namespace {

using Clock = std::chrono::steady_clock;

class Stage {
 public:
  explicit Stage(Display* display) : display_(display), screen_(DefaultScreen(display)) {}

  Pixmap keep(const std::uint32_t* pixels, int width, int height) {
    const Pixmap kept = XCreatePixmap(display_, RootWindow(display_, screen_), unsigned(width),
                                      unsigned(height), unsigned(DefaultDepth(display_, screen_)));
    XImage* image =
        XCreateImage(display_, DefaultVisual(display_, screen_), unsigned(DefaultDepth(display_, screen_)),
                     ZPixmap, 0, reinterpret_cast<char*>(const_cast<std::uint32_t*>(pixels)), unsigned(width),
                     unsigned(height), 32, 0);
    XPutImage(display_, kept, gc(), image, 0, 0, 0, 0, unsigned(width), unsigned(height));
    image->data = nullptr;
    XDestroyImage(image);
    return kept;
  }
  Pixmap keep(const Picture& picture) { return keep(picture.pixels.data(), picture.width, picture.height); }

  /// A window that shows `picture` wherever nobody paints it.
  Window open(int x, int y, int width, int height, Pixmap picture) {
    XSetWindowAttributes plain{};
    plain.override_redirect = True;
    plain.background_pixmap = picture;
    return XCreateWindow(display_, RootWindow(display_, screen_), x, y, unsigned(width), unsigned(height), 0,
                         CopyFromParent, InputOutput, CopyFromParent, CWOverrideRedirect | CWBackPixmap,
                         &plain);
  }
  void show(Pixmap picture, int from_y, Window window, int width, int height) {
    XCopyArea(display_, picture, window, gc(), 0, from_y, unsigned(width), unsigned(height), 0, 0);
    XFlush(display_);
  }
  GC gc() { return DefaultGC(display_, screen_); }
  Display* display() { return display_; }

 private:
  Display* display_;
  int screen_;
};

/// Everything is prepared: waits to be told to begin.
Clock::time_point curtain(Stage& stage) {
  XSync(stage.display(), False);
  std::puts("ready");
  std::fflush(stdout);
  char line = 0;
  while (::read(STDIN_FILENO, &line, 1) == 1 && line != '\n') continue;
  return Clock::now();
}

/// Calls `step(n)` every `gap` until the time is over.
template <class Step>
void play(Clock::time_point begin, int seconds, std::chrono::microseconds gap, Step step) {
  const auto end = begin + std::chrono::seconds(seconds);
  auto due = begin;
  for (int n = 0; due < end; ++n, due += gap) {
    std::this_thread::sleep_until(due);
    step(n);
  }
}

/// A page as a browser draws it: headings, coloured paragraphs with smooth edges, photographs.
QImage page(int width, int height) {
  QImage image(width, height, QImage::Format_RGB32);
  image.fill(QColor(0xfc, 0xfb, 0xf8));
  QPainter painter(&image);
  const char* const words[] = {"river",   "morning", "engine", "letters", "quiet", "window",
                               "harbour", "silver",  "moving", "between", "paper", "garden",
                               "north",   "signal",  "winter", "open"};
  const QColor colours[] = {{0x20, 0x20, 0x20}, {0x1a, 0x4f, 0x9c}, {0x9c, 0x1a, 0x3c},
                            {0x1a, 0x7a, 0x3a}, {0x6a, 0x2a, 0x8c}, {0x33, 0x33, 0x33}};
  Picture photo(420, 280);
  std::uint32_t dice = 5;
  const auto below = [&dice](std::uint32_t n) {
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % n;
  };
  for (int y = 30, part = 0; y < height; ++part) {
    painter.setFont(QFont("DejaVu Sans", 22, QFont::Bold));
    painter.setPen(QColor(0x10, 0x30, 0x60));
    painter.drawText(40, y += 34, QString("%1 %2 %3").arg(words[below(16)], words[below(16)]).arg(part));
    const bool left = part % 2 == 0;
    draw_waves(photo, part * 9);
    painter.drawImage(left ? 40 : width - 40 - photo.width, y + 20,
                      QImage(reinterpret_cast<const uchar*>(photo.pixels.data()), photo.width, photo.height,
                             photo.width * 4, QImage::Format_RGB32));
    painter.setFont(QFont("DejaVu Serif", 12));
    const int from = left ? 500 : 40, to = left ? width - 60 : width - 520;
    for (int line = 0; line < 14; ++line) {
      int x = from;
      for (y += 22; x < to;) {
        const QString word = QString(words[below(16)]) + (below(9) == 0 ? ". " : " ");
        painter.setPen(colours[below(6)]);
        painter.drawText(x, y, word);
        x += painter.fontMetrics().horizontalAdvance(word);
      }
    }
    y += 40;
  }
  return image;
}

void film(Stage& stage, int seconds) {
  std::vector<Pixmap> pictures;
  for (int n = 0; n < kFilmLength; ++n) pictures.push_back(stage.keep(film_picture(n)));
  const Window window = stage.open(kFilmX, kFilmY, kFilmWidth, kFilmHeight, pictures[0]);
  const auto begin = curtain(stage);
  XMapRaised(stage.display(), window);
  play(begin, seconds, std::chrono::microseconds(33'333), [&](int n) {
    stage.show(pictures[std::size_t(n % kFilmLength)], 0, window, kFilmWidth, kFilmHeight);
  });
}

void drag(Stage& stage, int seconds) {
  Picture wall(1920, 1080);
  draw_waves(wall, 0);
  const QImage text = page(800, 600);
  const Window below = stage.open(0, 0, 1920, 1080, stage.keep(wall));
  const Window window = stage.open(
      100, 100, 800, 600, stage.keep(reinterpret_cast<const std::uint32_t*>(text.constBits()), 800, 600));
  const auto begin = curtain(stage);
  XMapRaised(stage.display(), below);
  XMapRaised(stage.display(), window);
  play(begin, seconds, std::chrono::microseconds(16'667), [&](int n) {
    XMoveWindow(stage.display(), window, int(560 + 460 * std::sin(n / 60.0)),
                int(240 + 200 * std::cos(n / 41.0)));
    XFlush(stage.display());
  });
}

void scroll_page(Stage& stage, int seconds) {
  constexpr int kWidth = 1400, kHeight = 950, kStep = 40, kPage = 8000;
  const QImage drawn = page(kWidth, kPage);
  const Pixmap whole = stage.keep(reinterpret_cast<const std::uint32_t*>(drawn.constBits()), kWidth, kPage);
  const Window window = stage.open(200, 60, kWidth, kHeight, whole);
  const auto begin = curtain(stage);
  XMapRaised(stage.display(), window);
  constexpr int kSteps = (kPage - kHeight) / kStep;
  play(begin, seconds, std::chrono::microseconds(33'333), [&](int n) {
    const int at = n % (2 * kSteps);
    stage.show(whole, kStep * (at < kSteps ? at : 2 * kSteps - at), window, kWidth, kHeight);
  });
}

}  // namespace
}  // namespace godesk::bench

int main(int argc, char** argv) {
  using namespace godesk::bench;
  const std::string what = argc == 3 ? argv[1] : "";
  Display* display = XOpenDisplay(nullptr);
  if (!display || (what != "film" && what != "drag" && what != "page"))
    return std::fputs("contents film|drag|page SECONDS, with a DISPLAY\n", stderr), 2;
  ::setenv("QT_QPA_PLATFORM", "offscreen", 1);  // Qt only draws the page
  const QGuiApplication qt(argc, argv);
  Stage stage(display);
  const int seconds = std::atoi(argv[2]);
  what == "film" ? film(stage, seconds) : what == "drag" ? drag(stage, seconds) : scroll_page(stage, seconds);
  XSync(display, False);
  ::pause();
}
