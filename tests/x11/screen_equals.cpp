// Compares a PNG with the screen of $DISPLAY as the X server tells it: prints how many pixels differ and ends
// with 0 if none does and the sizes agree.
#include <QImage>
#include <cstdio>

#include <X11/Xlib.h>
#include <X11/Xutil.h>

int main(int argc, char** argv) {
  Display* display = argc == 2 ? XOpenDisplay(nullptr) : nullptr;
  if (!display) return 2;
  const QImage picture(QString::fromLocal8Bit(argv[1]));
  const int width = DisplayWidth(display, 0), height = DisplayHeight(display, 0);
  if (picture.width() != width || picture.height() != height) {
    std::printf("%dx%d instead of %dx%d\n", picture.width(), picture.height(), width, height);
    return 1;
  }
  XImage* screen = XGetImage(display, DefaultRootWindow(display), 0, 0, static_cast<unsigned>(width),
                             static_cast<unsigned>(height), AllPlanes, ZPixmap);
  int differing = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      differing += (picture.pixel(x, y) & 0xffffff) != (XGetPixel(screen, x, y) & 0xffffff);
  std::printf("%d pixels differ\n", differing);
  return differing == 0 ? 0 : 1;
}
