#include "os/screen_size_x11.h"

#include <algorithm>
#include <cmath>

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/extensions/Xrandr.h>

#include "os/x11_display.h"

namespace godesk::os {
namespace {

using host::ScreenSize;
using Why = session::Sizing::Why;

struct FreeResources {
  void operator()(XRRScreenResources* p) const { XRRFreeScreenResources(p); }
};
struct FreeOutput {
  void operator()(XRROutputInfo* p) const { XRRFreeOutputInfo(p); }
};
struct FreeCrtc {
  void operator()(XRRCrtcInfo* p) const { XRRFreeCrtcInfo(p); }
};
using Resources = std::unique_ptr<XRRScreenResources, FreeResources>;
using Output = std::unique_ptr<XRROutputInfo, FreeOutput>;
using Crtc = std::unique_ptr<XRRCrtcInfo, FreeCrtc>;

/// The one output that shows something.
struct Shown {
  RROutput id = 0;
  Output output;
  Crtc crtc;
};

/// What a screen was before; all that the property holds.
struct Before {
  unsigned long owner = 0;  // a window that lives as long as who changed the screen
  unsigned long output = 0, mode = 0;
  unsigned long width = 0, height = 0, width_mm = 0, height_mm = 0;
};
constexpr std::size_t kBeforeWords = 7;

/// Nobody else's requests come between; events about sizes in between find the last one.
class Grab {
 public:
  explicit Grab(Display* x) : x_(x) { XGrabServer(x_); }
  ~Grab() {
    XUngrabServer(x_);
    XSync(x_, False);
  }
  Grab(const Grab&) = delete;
  Grab& operator=(const Grab&) = delete;

 private:
  Display* x_;
};

ScreenSize turned(ScreenSize size, Rotation rotation) {
  if (rotation & (RR_Rotate_90 | RR_Rotate_270)) return {size.height, size.width};
  return size;
}

constexpr std::string_view kMadeHere = "godesk-";

std::string name_for(ScreenSize size) {
  return std::string(kMadeHere) + std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::string_view name_of(const XRRModeInfo& mode) { return {mode.name, mode.nameLength}; }

ScreenSize size_of(const XRRModeInfo& mode) {
  return {static_cast<int>(mode.width), static_cast<int>(mode.height)};
}

const XRRModeInfo* find_mode(const XRRScreenResources& all, RRMode id) {
  const auto* end = all.modes + all.nmode;
  const auto* found =
      std::find_if(all.modes, all.modes + all.nmode, [id](const XRRModeInfo& mode) { return mode.id == id; });
  return found == end ? nullptr : found;
}

/// VESA's reduced blanking at 60 Hz, for drivers that want to see a timing that a monitor could have.
XRRModeInfo timing_of(ScreenSize size, std::string& name) {
  XRRModeInfo mode{};
  mode.width = static_cast<unsigned>(size.width);
  mode.height = static_cast<unsigned>(size.height);
  mode.hSyncStart = mode.width + 48;
  mode.hSyncEnd = mode.hSyncStart + 32;
  mode.hTotal = mode.width + 160;
  mode.vSyncStart = mode.height + 3;
  mode.vSyncEnd = mode.vSyncStart + 10;
  mode.vTotal = mode.vSyncEnd + 20;
  mode.dotClock = 60ul * mode.hTotal * mode.vTotal;
  mode.modeFlags = RR_HSyncPositive | RR_VSyncNegative;
  mode.name = name.data();
  mode.nameLength = static_cast<unsigned>(name.size());
  return mode;
}

}  // namespace

class ScreenSizeX11::State {
 public:
  explicit State(std::unique_ptr<X11Display> display)
      : display_(std::move(display)), x_(display_->get()), root_(DefaultRootWindow(x_)) {
    int base = 0, error_base = 0, major = 0, minor = 0;
    able_ = XRRQueryExtension(x_, &base, &error_base) && XRRQueryVersion(x_, &major, &minor) &&
            (major > 1 || minor >= 3);
    has_monitors_ = able_ && (major > 1 || minor >= 5);
    note_ = XInternAtom(x_, "_GODESK_SCREEN_SIZE", False);
    edid_ = XInternAtom(x_, RR_PROPERTY_RANDR_EDID, False);
    if (able_) recover();
  }
  ~State() { restore(); }

  int fd() const { return display_->fd(); }

  void drain() {
    while (display_->alive() && XPending(x_) > 0) {
      XEvent event;
      XNextEvent(x_, &event);
    }
  }

  Result<ScreenSize, Why> set(ScreenSize wanted) {
    if (!able_ || !display_->alive()) return Failure{Why::unsupported};
    const Resources all(XRRGetScreenResourcesCurrent(x_, root_));
    if (!all) return Failure{Why::unsupported};
    auto shown = find_shown(*all);
    if (!shown) return Failure{shown.reason()};
    const RRMode mode = mode_for(*all, *shown, turned(wanted, shown->crtc->rotation));
    if (mode == 0) return Failure{Why::unsupported};
    if (mode == shown->crtc->mode) return screen_size();
    if (!before_) note(*shown);
    const bool done = show(*shown, mode, {});
    forget_made(shown->id);
    if (!done) return Failure{Why::unsupported};
    return screen_size();
  }

  void restore() {
    if (!before_ || !display_->alive()) return;
    give_back(*before_);
    before_.reset();
    XDeleteProperty(x_, root_, note_);
    XDestroyWindow(x_, owner_);
    display_->sync();
    display_->take_error();
  }

 private:
  ScreenSize screen_size() const {
    Window root = 0;
    int left = 0, top = 0;
    unsigned width = 0, height = 0, border = 0, depth = 0;
    XGetGeometry(x_, root_, &root, &left, &top, &width, &height, &border, &depth);
    return {static_cast<int>(width), static_cast<int>(height)};
  }

  Result<Shown, Why> find_shown(XRRScreenResources& all) const {
    Shown found;
    for (int i = 0; i < all.noutput; ++i) {
      Output output(XRRGetOutputInfo(x_, &all, all.outputs[i]));
      if (!output || output->crtc == 0) continue;
      if (found.id != 0) return Failure{Why::several_monitors};
      found.id = all.outputs[i];
      found.crtc.reset(XRRGetCrtcInfo(x_, &all, output->crtc));
      found.output = std::move(output);
    }
    if (found.id == 0 || !found.crtc || found.crtc->mode == 0) return Failure{Why::unsupported};
    if (divided()) return Failure{Why::several_monitors};
    return found;
  }

  /// One output may be divided into several monitors (RandR 1.5).
  bool divided() const {
    if (!has_monitors_) return false;
    int count = 0;
    XRRMonitorInfo* monitors = XRRGetMonitors(x_, root_, True, &count);
    if (monitors) XRRFreeMonitors(monitors);
    return count > 1;
  }

  bool has_monitor(RROutput output) const {
    int count = 0;
    Atom* properties = XRRListOutputProperties(x_, output, &count);
    const bool found = properties && std::find(properties, properties + count, edid_) != properties + count;
    if (properties) XFree(properties);
    return found;
  }

  /// Of the output, one that was there or is made now; 0: the display has none but what it shows.
  RRMode mode_for(XRRScreenResources& all, const Shown& shown, ScreenSize wanted) {
    std::vector<ScreenSize> sizes;
    std::vector<RRMode> ids;
    for (int i = 0; i < shown.output->nmode; ++i) {
      const XRRModeInfo* mode = find_mode(all, shown.output->modes[i]);
      if (!mode) continue;
      sizes.push_back(size_of(*mode));
      ids.push_back(mode->id);
    }
    const auto nearest = nearest_mode(sizes, wanted);
    if (nearest && sizes[*nearest] == wanted) return ids[*nearest];
    if (!has_monitor(shown.id)) {
      if (const RRMode made = make_mode(all, shown, wanted); made != 0) return made;
    }
    return nearest && sizes.size() > 1 ? ids[*nearest] : 0;
  }

  RRMode make_mode(XRRScreenResources& all, const Shown& shown, ScreenSize size) {
    int least_width = 0, least_height = 0, most_width = 0, most_height = 0;
    XRRGetScreenSizeRange(x_, root_, &least_width, &least_height, &most_width, &most_height);
    const ScreenSize upright = turned(size, shown.crtc->rotation);
    if (upright.width > most_width || upright.height > most_height) return 0;
    std::string name = name_for(size);
    XRRModeInfo timing = timing_of(size, name);
    // One that a killed process left is as good.
    const auto* end = all.modes + all.nmode;
    const auto* old = std::find_if(all.modes, all.modes + all.nmode,
                                   [&name](const XRRModeInfo& m) { return name_of(m) == name; });
    const RRMode mode = old != end ? old->id : XRRCreateMode(x_, root_, &timing);
    display_->take_error();
    XRRAddOutputMode(x_, shown.id, mode);
    display_->sync();
    if (mode == 0 || display_->take_error() != 0) {
      if (mode != 0) XRRDestroyMode(x_, mode);
      display_->sync();
      display_->take_error();
      return 0;
    }
    return mode;
  }

  /// Of the modes that were made here, also by a process that was killed, all but the one that is shown.
  void forget_made(RROutput output) {
    const Resources all(XRRGetScreenResourcesCurrent(x_, root_));
    const Output info(all ? XRRGetOutputInfo(x_, all.get(), output) : nullptr);
    const Crtc crtc(info && info->crtc ? XRRGetCrtcInfo(x_, all.get(), info->crtc) : nullptr);
    for (int i = 0; crtc && i < info->nmode; ++i) {
      const XRRModeInfo* mode = find_mode(*all, info->modes[i]);
      if (!mode || mode->id == crtc->mode || !name_of(*mode).starts_with(kMadeHere)) continue;
      XRRDeleteOutputMode(x_, output, mode->id);
      XRRDestroyMode(x_, mode->id);
    }
    display_->sync();
    display_->take_error();
  }

  /// The CRTC is never off: the screen first has room for both, then for the new one alone. `mm`: the size in
  /// millimetres; nothing: as many pixels on one as before.
  bool show(const Shown& shown, RRMode mode, ScreenSize mm) {
    const Resources all(XRRGetScreenResourcesCurrent(x_, root_));
    const XRRModeInfo* found = all ? find_mode(*all, mode) : nullptr;
    if (!found) return false;
    const XRRCrtcInfo& crtc = *shown.crtc;
    const ScreenSize now = screen_size(), next = turned(size_of(*found), crtc.rotation);
    RROutput output = shown.id;
    const Grab grab(x_);
    display_->sync();
    display_->take_error();
    const ScreenSize both{std::max(now.width, next.width), std::max(now.height, next.height)};
    if (!(both == now)) set_screen(both, mm);
    const int status = XRRSetCrtcConfig(x_, all.get(), shown.output->crtc, CurrentTime, crtc.x, crtc.y, mode,
                                        crtc.rotation, &output, 1);
    set_screen(status == RRSetConfigSuccess ? next : now, mm);
    display_->sync();
    return display_->take_error() == 0 && status == RRSetConfigSuccess && screen_size() == next;
  }

  void set_screen(ScreenSize size, ScreenSize mm) {
    const auto millimetres = [](int pixels, int given) {
      return given > 0 ? given : static_cast<int>(std::lround(pixels * 25.4 / 96));
    };
    XRRSetScreenSize(x_, root_, size.width, size.height, millimetres(size.width, mm.width),
                     millimetres(size.height, mm.height));
  }

  // ---- what was before

  void note(const Shown& shown) {
    owner_ = XCreateSimpleWindow(x_, root_, -1, -1, 1, 1, 0, 0, 0);
    const unsigned long mark = 1;
    write(owner_, {mark});
    const ScreenSize now = screen_size();
    const int screen = DefaultScreen(x_);
    const auto word = [](int v) { return static_cast<unsigned long>(v); };
    before_ = Before{owner_,
                     shown.id,
                     shown.crtc->mode,
                     word(now.width),
                     word(now.height),
                     word(DisplayWidthMM(x_, screen)),
                     word(DisplayHeightMM(x_, screen))};
    write(root_, {before_->owner, before_->output, before_->mode, before_->width, before_->height,
                  before_->width_mm, before_->height_mm});
  }

  void write(Window window, std::vector<unsigned long> words) {
    XChangeProperty(x_, window, note_, XA_CARDINAL, 32, PropModeReplace,
                    reinterpret_cast<unsigned char*>(words.data()), static_cast<int>(words.size()));
  }

  std::vector<unsigned long> read(Window window) {
    Atom type = 0;
    int format = 0;
    unsigned long count = 0, left = 0;
    unsigned char* data = nullptr;
    XGetWindowProperty(x_, window, note_, 0, 16, False, XA_CARDINAL, &type, &format, &count, &left, &data);
    std::vector<unsigned long> words;
    const auto* longs = reinterpret_cast<const unsigned long*>(data);
    if (data && format == 32) words.assign(longs, longs + count);
    if (data) XFree(data);
    display_->take_error();
    return words;
  }

  /// Of a process that was killed. The server gives the ids of its windows to others: only a window with the
  /// mark is somebody's who lives.
  void recover() {
    const auto words = read(root_);
    if (words.size() != kBeforeWords || !read(words[0]).empty()) return;
    give_back({words[0], words[1], words[2], words[3], words[4], words[5], words[6]});
    XDeleteProperty(x_, root_, note_);
    display_->sync();
    display_->take_error();
  }

  /// Unless somebody else has arranged the screen meanwhile.
  void give_back(const Before& before) {
    const Resources all(XRRGetScreenResourcesCurrent(x_, root_));
    auto shown = all ? find_shown(*all) : Result<Shown, Why>(Failure{Why::unsupported});
    if (!shown || shown->id != before.output) return;
    const ScreenSize mm{static_cast<int>(before.width_mm), static_cast<int>(before.height_mm)};
    show(*shown, before.mode, mm);
    // A screen may be larger than what its output shows.
    const ScreenSize size{static_cast<int>(before.width), static_cast<int>(before.height)};
    if (!(screen_size() == size)) set_screen(size, mm);
    forget_made(shown->id);
  }

  std::unique_ptr<X11Display> display_;
  Display* x_;
  const Window root_;
  bool able_ = false, has_monitors_ = false;
  Atom note_ = 0, edid_ = 0;
  Window owner_ = 0;
  std::optional<Before> before_;
};

Result<std::unique_ptr<ScreenSizeX11>, std::string> ScreenSizeX11::open(const std::string& display) {
  auto opened = X11Display::open(display);
  if (!opened) return Failure{opened.reason()};
  return std::unique_ptr<ScreenSizeX11>(new ScreenSizeX11(std::make_unique<State>(std::move(*opened))));
}

ScreenSizeX11::ScreenSizeX11(std::unique_ptr<State> state) : state_(std::move(state)) {}
ScreenSizeX11::~ScreenSizeX11() = default;

Result<ScreenSize, Why> ScreenSizeX11::set(ScreenSize size) { return state_->set(size); }
void ScreenSizeX11::restore() { state_->restore(); }
int ScreenSizeX11::fd() const { return state_->fd(); }
void ScreenSizeX11::on_ready() { state_->drain(); }

}  // namespace godesk::os
