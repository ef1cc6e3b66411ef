#include "os/capture_x11.h"

#include <algorithm>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XInput2.h>
#include <X11/extensions/Xdamage.h>
#include <X11/extensions/Xfixes.h>
#include <X11/extensions/Xrandr.h>

#include "media/tile_diff.h"
#include "os/x11_display.h"
#include "os/x11_pixels.h"

#undef CursorShape  // one of X.h's macros

namespace godesk::os {
namespace {

using media::Rect;
using media::Region;

constexpr Duration kPollInterval = 40ms;
// So many pixels are read in less time than it takes to ask once more.
constexpr std::int64_t kOneRead = 1 << 16;
// A size that changes again while it is read is normal; one that never can be read is not.
constexpr int kMaxFailedReads = 20;

// A program that draws here draws beside it next: a letter, and then the cursor.
constexpr int kBeside = 32;

Rect around(const Rect& rect) {
  return {rect.x - kBeside, rect.y - kBeside, rect.w + 2 * kBeside, rect.h + 2 * kBeside};
}

struct FreeX {
  void operator()(void* p) const { XFree(p); }
};

/// Empty when pixels come as media::FrameView wants them.
std::string objection_to_format(Display* display) {
  const int screen = DefaultScreen(display);
  XVisualInfo wanted{};
  wanted.visualid = XVisualIDFromVisual(DefaultVisual(display, screen));
  int count = 0;
  const std::unique_ptr<XVisualInfo, FreeX> visual(XGetVisualInfo(display, VisualIDMask, &wanted, &count));
  const std::uint16_t probe = 1;
  const bool little_endian = *reinterpret_cast<const std::uint8_t*>(&probe) == 1;
  const bool fits = visual && (visual->depth == 24 || visual->depth == 32) && visual->red_mask == 0xff0000 &&
                    visual->green_mask == 0xff00 && visual->blue_mask == 0xff &&
                    ImageByteOrder(display) == (little_endian ? LSBFirst : MSBFirst);
  if (fits) return {};
  return "The X display has " + std::to_string(visual ? visual->depth : 0) +
         "-bit colour; GoDesk needs 24 bits of red, green and blue: start it with depth 24.";
}

media::CursorShape to_shape(const XFixesCursorImage& image) {
  media::CursorShape shape;
  shape.width = std::min<int>(image.width, media::kMaxCursorSide);
  shape.height = std::min<int>(image.height, media::kMaxCursorSide);
  if (shape.width == 0 || shape.height == 0) return {};
  shape.hot_spot = {std::min<int>(image.xhot, shape.width - 1), std::min<int>(image.yhot, shape.height - 1)};
  shape.bgra.reserve(std::size_t(shape.width) * std::size_t(shape.height) * 4);
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x) {
      const unsigned long argb = image.pixels[y * image.width + x];
      const auto alpha = static_cast<std::uint8_t>(argb >> 24);
      for (int shift : {0, 8, 16})
        shape.bgra.push_back(std::min(alpha, static_cast<std::uint8_t>(argb >> shift)));
      shape.bgra.push_back(alpha);
    }
  return shape;
}

}  // namespace

class CaptureX11::State {
 public:
  State(std::unique_ptr<X11Display> display, CaptureOptions options)
      : x_(std::move(display)), root_(DefaultRootWindow(x_->get())), options_(options) {
    XSelectInput(x_->get(), root_, StructureNotifyMask);  // its size
    int error_base = 0, major = 0, minor = 0;
    // Both extensions want to be told the client's version before anything else.
    has_fixes_ = XFixesQueryExtension(x_->get(), &fixes_events_, &error_base) &&
                 XFixesQueryVersion(x_->get(), &major, &minor) && major >= 2;
    has_damage_ = options.damage && has_fixes_ &&
                  XDamageQueryExtension(x_->get(), &damage_events_, &error_base) &&
                  XDamageQueryVersion(x_->get(), &major, &minor);
    if (has_fixes_) XFixesSelectCursorInput(x_->get(), root_, XFixesDisplayCursorNotifyMask);
    hears_mouse_ = can_hear_mouse();
    if (!has_damage_) return;
    damage_ = XDamageCreate(x_->get(), root_, XDamageReportBoundingBox);
    parts_ = XFixesCreateRegion(x_->get(), nullptr, 0);
  }

  int fd() const { return x_->fd(); }
  Duration poll_interval() const { return has_damage_ ? Duration::zero() : Duration(kPollInterval); }
  media::FrameView frame() const {
    return pixels_ ? media::FrameView{pixels_->data(), width_, height_, width_} : media::FrameView{};
  }

  bool pending() {
    while (x_->alive() && XPending(x_->get()) > 0) {
      XEvent event;
      XNextEvent(x_->get(), &event);
      note(event);
    }
    return works() && (whole_due_ || !damaged_.empty() || (cursor_due_ && has_fixes_));
  }

  Region update() {
    if (!works()) return {};
    if (whole_due_) return read_whole();
    if (!has_damage_) return poll();
    if (!damaged_.empty()) return fetch_damage();
    return {};
  }

  std::optional<media::CursorShape> cursor_shape() {
    if (!works() || !cursor_due_ || !has_fixes_) return std::nullopt;
    cursor_due_ = false;
    const std::unique_ptr<XFixesCursorImage, FreeX> image(XFixesGetCursorImage(x_->get()));
    if (!image) return std::nullopt;
    return to_shape(*image);
  }

  /// Only where there are several, and RandR 1.5 says so.
  std::vector<Rect> monitors() {
    int base = 0, error_base = 0, major = 0, minor = 0, count = 0;
    if (!works() || !XRRQueryExtension(x_->get(), &base, &error_base) ||
        !XRRQueryVersion(x_->get(), &major, &minor) || (major == 1 && minor < 5))
      return {};
    XRRMonitorInfo* infos = XRRGetMonitors(x_->get(), root_, True, &count);
    std::vector<Rect> found;
    for (int i = 0; infos && i < count; ++i) {
      const Rect rect = media::intersect({infos[i].x, infos[i].y, infos[i].width, infos[i].height}, whole());
      if (!rect.empty()) found.push_back(rect);
    }
    if (infos) XRRFreeMonitors(infos);
    return found.size() > 1 ? found : std::vector<Rect>();
  }

  media::Point cursor_position() {
    Window root_of_pointer = 0, child = 0;
    int x = 0, y = 0, in_window_x = 0, in_window_y = 0;
    unsigned buttons = 0;
    if (hears_mouse_) hear_mouse(true);
    cursor_moved_ = !hears_mouse_;
    if (x_->alive())
      XQueryPointer(x_->get(), root_, &root_of_pointer, &child, &x, &y, &in_window_x, &in_window_y, &buttons);
    return {std::clamp(x, 0, std::max(0, width_ - 1)), std::clamp(y, 0, std::max(0, height_ - 1))};
  }

  bool cursor_moved() const { return cursor_moved_; }

  std::string failure() const {
    if (!x_->alive()) return "The X server went away.";
    return failure_;
  }

 private:
  bool works() const { return x_->alive() && failure_.empty(); }

  void note(const XEvent& event) {
    if (has_damage_ && event.type == damage_events_ + XDamageNotify)
      note_damage(reinterpret_cast<const XDamageNotifyEvent&>(event));
    if (has_fixes_ && event.type == fixes_events_ + XFixesCursorNotify) cursor_due_ = true;
    if (hears_mouse_ && event.type == GenericEvent && event.xcookie.extension == input_opcode_) {
      cursor_moved_ = true;
      hear_mouse(false);
    }
    if (event.type == ConfigureNotify && event.xconfigure.window == root_)
      if (event.xconfigure.width != width_ || event.xconfigure.height != height_) whole_due_ = true;
  }

  /// Told before it was taken, and lies in what was read afterwards: that is done.
  void note_damage(const XDamageNotifyEvent& event) {
    const Rect area{event.area.x, event.area.y, event.area.width, event.area.height};
    if (event.serial < taken_at_ && taken_.contains(area)) return;
    damaged_ = media::bounding(damaged_, area);
  }

  /// From 2.1 on raw motion is told whoever else has grabbed the mouse.
  bool can_hear_mouse() {
    int event_base = 0, error_base = 0, major = 2, minor = 1;
    return XQueryExtension(x_->get(), "XInputExtension", &input_opcode_, &event_base, &error_base) &&
           XIQueryVersion(x_->get(), &major, &minor) == Success && (major > 2 || minor >= 1);
  }

  /// Once is enough until the next question: a mouse moves a thousand times a second.
  void hear_mouse(bool hear) {
    unsigned char bits[XIMaskLen(XI_LASTEVENT)] = {};
    if (hear) XISetMask(bits, XI_RawMotion);
    XIEventMask mask{XIAllMasterDevices, sizeof bits, bits};
    XISelectEvents(x_->get(), root_, &mask, 1);
  }

  /// Damage up to now is forgotten before `read` is read, so that what changes during it is reported again.
  void forget_damage(const Rect& read, XserverRegion region) {
    taken_at_ = XNextRequest(x_->get());
    taken_ = read;
    damaged_ = {};
    XDamageSubtract(x_->get(), damage_, 0, region);
  }

  Region read_whole() {
    if (has_damage_) forget_damage(whole(), 0);
    if (!fit_to_screen() || !pixels_->read(whole())) return failed_read();
    whole_due_ = false;
    failed_reads_ = 0;
    return whole();
  }

  bool fit_to_screen() {
    Window root = 0;
    int x = 0, y = 0;
    unsigned width = 0, height = 0, border = 0, depth = 0;
    if (!XGetGeometry(x_->get(), root_, &root, &x, &y, &width, &height, &border, &depth)) return false;
    if (width > media::kMaxSide || height > media::kMaxSide) {
      failure_ = "The screen is larger than 16384 pixels a side.";
      return false;
    }
    if (pixels_ && int(width) == width_ && int(height) == height_) return true;
    width_ = int(width);
    height_ = int(height);
    pixels_.reset();
    beside_.reset();
    pixels_ = std::make_unique<X11Pixels>(*x_, width_, height_, options_.shared_memory);
    beside_ = std::make_unique<X11Pixels>(*x_, width_, height_, options_.shared_memory);
    return true;
  }

  Region failed_read() {
    whole_due_ = true;
    x_->take_error();
    if (++failed_reads_ > kMaxFailedReads && failure_.empty())
      failure_ = "The X server does not let its screen be read.";
    return {};
  }

  Region fetch_damage() {
    const Rect near = media::intersect(around(damaged_), whole());
    if (near.area() <= kOneRead) {
      forget_damage(near, 0);
      return near.empty() || read_rect(near) ? Region(near) : failed_read();
    }
    const Region region = take_damage();
    if (region.empty()) return region;
    const std::int64_t area = media::area_of(region.rects());
    if (area * 2 > whole().area()) return pixels_->read(whole()) ? region : failed_read();
    const Rect box = region.bounding_box();
    if (box.area() <= std::max(kOneRead, area + area / 4)) return read_rect(box) ? region : failed_read();
    for (const Rect& rect : region.rects())
      if (!read_rect(rect)) return failed_read();
    return region;
  }

  Region take_damage() {
    forget_damage(whole(), parts_);
    int count = 0;
    XRectangle bounds{};
    const std::unique_ptr<XRectangle[], FreeX> rects(
        XFixesFetchRegionAndBounds(x_->get(), parts_, &count, &bounds));
    Region region;
    if (count > int(Region::kMaxRects))
      region.add(Rect{bounds.x, bounds.y, bounds.width, bounds.height});
    else
      for (int i = 0; i < count; ++i)
        region.add(Rect{rects[i].x, rects[i].y, rects[i].width, rects[i].height});
    region.clip(whole());
    return region;
  }

  /// Whole rows lie in the frame as they come: what else of them is read is less work than moving the pixels
  /// of a wide rect.
  bool read_rect(const Rect& rect) {
    if (rect.w * 2 > width_)
      return pixels_->read({0, rect.y, width_, rect.h}, std::ptrdiff_t{rect.y} * width_);
    return beside_->read_into(rect, pixels_->data() + std::ptrdiff_t{rect.y} * width_ + rect.x, width_);
  }

  Region poll() {
    if (!beside_->read(whole())) return failed_read();
    const media::FrameView now{beside_->data(), width_, height_, width_};
    Region region;
    for (const Rect& rect : media::changed_rects(now, frame(), whole())) region.add(rect);
    pixels_.swap(beside_);
    return region;
  }

  Rect whole() const { return {0, 0, width_, height_}; }

  std::unique_ptr<X11Display> x_;
  const Window root_;
  const CaptureOptions options_;

  bool has_fixes_ = false, has_damage_ = false, hears_mouse_ = false;
  int fixes_events_ = 0, damage_events_ = 0, input_opcode_ = 0;
  Damage damage_ = 0;
  XserverRegion parts_ = 0;

  int width_ = 0, height_ = 0;
  std::unique_ptr<X11Pixels> pixels_;  // the frame
  std::unique_ptr<X11Pixels> beside_;  // rects on their way into it
  Rect damaged_;                       // all that was told and not yet taken lies in it
  Rect taken_;                         // what was read after damage was taken last,
  unsigned long taken_at_ = 0;         // by that request
  bool whole_due_ = true, cursor_due_ = true, cursor_moved_ = true;
  int failed_reads_ = 0;
  std::string failure_;
};

Result<std::unique_ptr<CaptureX11>, std::string> CaptureX11::open(const std::string& display,
                                                                  CaptureOptions options) {
  auto opened = X11Display::open(display);
  if (!opened) return Failure{opened.reason()};
  if (auto objection = objection_to_format((*opened)->get()); !objection.empty()) return Failure{objection};
  return std::unique_ptr<CaptureX11>(new CaptureX11(std::make_unique<State>(std::move(*opened), options)));
}

CaptureX11::CaptureX11(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptureX11::~CaptureX11() = default;

int CaptureX11::fd() const { return state_->fd(); }
Duration CaptureX11::poll_interval() const { return state_->poll_interval(); }
bool CaptureX11::pending() { return state_->pending(); }
media::Region CaptureX11::update() { return state_->update(); }
media::FrameView CaptureX11::frame() const { return state_->frame(); }
std::vector<media::Rect> CaptureX11::monitors() { return state_->monitors(); }
std::optional<media::CursorShape> CaptureX11::cursor_shape() { return state_->cursor_shape(); }
media::Point CaptureX11::cursor_position() { return state_->cursor_position(); }
bool CaptureX11::cursor_moved() const { return state_->cursor_moved(); }
std::string CaptureX11::failure() const { return state_->failure(); }

}  // namespace godesk::os
