#include "os/x11_pixels.h"

#include <cstring>
#include <optional>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <sys/ipc.h>
#include <sys/shm.h>

namespace godesk::os {
namespace {

/// An image whose pixels belong to someone else.
struct BorrowedImage {
  explicit BorrowedImage(XImage* from) : image(from) {}
  ~BorrowedImage() {
    if (!image) return;
    image->data = nullptr;
    XDestroyImage(image);
  }
  BorrowedImage(const BorrowedImage&) = delete;
  BorrowedImage& operator=(const BorrowedImage&) = delete;
  XImage* image;
};

/// What X leaves undefined in the top byte is zero in a media::FrameView.
constexpr std::uint32_t kColours = 0xffffff;

/// Where they lie mostly nothing is to be done, and to look is half the work.
bool clean(const std::uint32_t* row, int width) {
  std::uint32_t all = 0;
  for (int x = 0; x < width; ++x) all |= row[x];
  return all <= kColours;
}

/// By value: the compiler would have to think that a pixel overwrites a width in memory, and take one pixel
/// at a time.
void take_rows(const std::uint32_t* from, media::Rect rect, std::uint32_t* to, int stride) {
  for (int y = 0; y < rect.h; ++y, from += rect.w, to += stride) {
    if (from == to && clean(from, rect.w)) continue;
    for (int x = 0; x < rect.w; ++x) to[x] = from[x] & kColours;
  }
}

}  // namespace

/// A System V shared memory segment that both this process and the server have mapped.
struct X11Pixels::Segment {
  Segment(X11Display& on, std::size_t bytes) : display(on) {
    // 0600: only this user, and the server, may look at the screen.
    info.shmid = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
    if (info.shmid < 0) return;
    void* address = shmat(info.shmid, nullptr, 0);
    if (address != reinterpret_cast<void*>(-1)) attach(static_cast<char*>(address));
    // Marked at once: it then dies with its last user, however this process ends.
    shmctl(info.shmid, IPC_RMID, nullptr);
  }
  ~Segment() {
    if (attached) XShmDetach(display.get(), &info);
    if (info.shmaddr) shmdt(info.shmaddr);
  }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  void attach(char* address) {
    info.shmaddr = address;
    display.sync();
    display.take_error();
    XShmAttach(display.get(), &info);
    display.sync();
    attached = display.alive() && display.take_error() == 0;
  }

  X11Display& display;
  XShmSegmentInfo info{};
  bool attached = false;
};

X11Pixels::X11Pixels(X11Display& display, int width, int height, bool may_share) : display_(display) {
  const std::size_t count = std::size_t(width) * std::size_t(height);
  if (may_share && XShmQueryExtension(display.get()))
    segment_ = std::make_unique<Segment>(display, count * 4);
  if (segment_ && !segment_->attached) segment_.reset();
  if (!segment_) own_.resize(count);
  data_ = segment_ ? reinterpret_cast<std::uint32_t*>(segment_->info.shmaddr) : own_.data();
}

X11Pixels::~X11Pixels() = default;

bool X11Pixels::read(const media::Rect& rect, std::ptrdiff_t at) {
  if (!fetch(rect, data_ + at)) return false;
  take_rows(data_ + at, rect, data_ + at, rect.w);
  return true;
}

bool X11Pixels::read_into(const media::Rect& rect, std::uint32_t* to, int stride) {
  if (!fetch(rect, data_)) return false;
  take_rows(data_, rect, to, stride);
  return true;
}

bool X11Pixels::fetch(const media::Rect& rect, std::uint32_t* to) {
  return display_.alive() && (segment_ ? read_shared(rect, to) : read_copied(rect, to));
}

bool X11Pixels::read_shared(const media::Rect& rect, std::uint32_t* to) {
  Display* display = display_.get();
  const int screen = DefaultScreen(display);
  const BorrowedImage borrowed(XShmCreateImage(display, DefaultVisual(display, screen),
                                               static_cast<unsigned>(DefaultDepth(display, screen)), ZPixmap,
                                               reinterpret_cast<char*>(to), &segment_->info,
                                               static_cast<unsigned>(rect.w), static_cast<unsigned>(rect.h)));
  return borrowed.image &&
         XShmGetImage(display, DefaultRootWindow(display), borrowed.image, rect.x, rect.y, AllPlanes);
}

bool X11Pixels::read_copied(const media::Rect& rect, std::uint32_t* to) {
  Display* display = display_.get();
  XImage* image = XGetImage(display, DefaultRootWindow(display), rect.x, rect.y,
                            static_cast<unsigned>(rect.w), static_cast<unsigned>(rect.h), AllPlanes, ZPixmap);
  if (!image) return false;
  for (int y = 0; y < rect.h; ++y)
    std::memcpy(to + std::ptrdiff_t{y} * rect.w, image->data + std::ptrdiff_t{y} * image->bytes_per_line,
                std::size_t(rect.w) * 4);
  XDestroyImage(image);
  return true;
}

}  // namespace godesk::os
