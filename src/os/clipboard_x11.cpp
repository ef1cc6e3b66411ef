#include "os/clipboard_x11.h"

#include <algorithm>

#include <X11/Xlib.h>
#include <X11/extensions/Xfixes.h>

#include "base/queue.h"
#include "os/clipboard_x11_owner.h"
#include "os/clipboard_x11_reader.h"

namespace godesk::os {
namespace {

constexpr std::uint32_t kTargetsRead = 0;  // contents are numbered from 1

XWindow make_window(X11Display& x) {
  XSetWindowAttributes attributes{};
  attributes.event_mask = PropertyChangeMask;
  return XCreateWindow(x.get(), DefaultRootWindow(x.get()), -1, -1, 1, 1, 0, 0, InputOnly, CopyFromParent,
                       CWEventMask, &attributes);
}

}  // namespace

class ClipboardX11::State {
 public:
  State(std::unique_ptr<X11Display> display, ClipboardX11Config config, int fixes_events)
      : x_(std::move(display)),
        atoms_(*x_),
        window_(make_window(*x_)),
        fixes_events_(fixes_events),
        reader_(*x_, window_, atoms_, config.max_content, config.patience),
        owner_(*x_, window_, atoms_, config.patience) {
    XFixesSelectSelectionInput(x_->get(), window_, atoms_.clipboard,
                               XFixesSetSelectionOwnerNotifyMask | XFixesSelectionWindowDestroyNotifyMask |
                                   XFixesSelectionClientCloseNotifyMask);
    // What was copied before is not reported.
    if (XGetSelectionOwner(x_->get(), atoms_.clipboard) != 0) targets_due_ = true;
    XFlush(x_->get());
  }

  int fd() const { return x_->alive() ? x_->fd() : -1; }

  void work(Time now) {
    if (reader_.next_deadline() <= now) reader_.on_timer(now);
    if (owner_.next_deadline() <= now) owner_.on_timer(now);
    take_events(now);
    while (std::exchange(targets_due_, false)) {
      reader_.read(now, kTargetsRead, atoms_.targets);
      take_events(now);
    }
    stirred_ = false;
    while (auto done = reader_.next_done()) on_read(std::move(*done));
    while (auto paste = owner_.next_paste()) events_.push_back(session::DeskPasted{paste->id, paste->kind});
    x_->take_error();  // of requestors that went away
  }

  Time next_deadline() const {
    if (!x_->alive()) return kNever;
    if (stirred_) return Time{};
    return std::min(reader_.next_deadline(), owner_.next_deadline());
  }
  std::optional<session::DeskEvent> next_event() { return pop(events_); }
  void hold(const session::ClipboardFormats& formats) {
    targets_.clear();
    stirred_ = true;
    owner_.hold(formats);
  }
  std::uint32_t read(Time now, session::ClipboardKind kind) {
    const std::uint32_t id = ++last_read_;
    const XAtom target = atoms_.target_of(kind, targets_);
    if (target != 0 && x_->alive()) {
      stirred_ = true;
      reader_.read(now, id, target);
    } else {
      events_.push_back(session::DeskRead{id, std::nullopt});
    }
    return id;
  }
  void answer(Time now, std::uint32_t paste, const Buffer* content) {
    stirred_ = true;
    owner_.answer(now, paste, content);
  }

 private:
  /// Ends with nothing to send and nothing that came in.
  void take_events(Time now) {
    while (x_->alive() && XPending(x_->get()) > 0) {
      XEvent event;
      XNextEvent(x_->get(), &event);
      on_event(now, event);
    }
  }

  void on_event(Time now, const XEvent& event) {
    if (event.type == fixes_events_ + XFixesSelectionNotify) {
      on_owner(reinterpret_cast<const XFixesSelectionNotifyEvent&>(event).owner);
      return;
    }
    reader_.on_event(now, event);
    owner_.on_event(now, event);
  }

  void on_owner(XWindow owner) {
    if (owner == window_) return;
    targets_.clear();
    if (owner == 0) {
      events_.push_back(session::DeskCopied{});
    } else {
      targets_due_ = true;
    }
  }

  void on_read(SelectionReader::Done done) {
    if (done.id != kTargetsRead) {
      events_.push_back(session::DeskRead{done.id, std::move(done.content)});
      return;
    }
    targets_ = std::move(done.atoms);
    events_.push_back(session::DeskCopied{atoms_.formats_of(targets_)});
  }

  std::unique_ptr<X11Display> x_;
  X11Atoms atoms_;
  XWindow window_;
  int fixes_events_;
  SelectionReader reader_;
  SelectionOwner owner_;
  std::vector<XAtom> targets_;  // of the program that holds the clipboard
  bool targets_due_ = false;
  // Something was written since: the library reads while it writes, and the descriptor is then silent about
  // it.
  bool stirred_ = true;
  std::uint32_t last_read_ = kTargetsRead;
  std::deque<session::DeskEvent> events_;
};

Result<std::unique_ptr<ClipboardX11>, std::string> ClipboardX11::open(const std::string& name,
                                                                      ClipboardX11Config config) {
  auto display = X11Display::open(name);
  if (!display) return Failure{display.reason()};
  int events = 0, errors = 0, major = 0, minor = 0;
  const bool told = XFixesQueryExtension((*display)->get(), &events, &errors) &&
                    XFixesQueryVersion((*display)->get(), &major, &minor) && major >= 1;
  if (!told) return Failure{std::string("The X display has no XFixes, which the clipboard needs.")};
  return std::unique_ptr<ClipboardX11>(
      new ClipboardX11(std::make_unique<State>(std::move(*display), config, events)));
}

std::unique_ptr<session::DeskClipboard> open_clipboard(const std::string& display, LogSink& log,
                                                       ClipboardX11Config config) {
  auto opened = ClipboardX11::open(display, config);
  if (opened) return std::move(*opened);
  log.write(LogLevel::warning, "No clipboard is exchanged: " + opened.reason());
  return nullptr;
}

ClipboardX11::ClipboardX11(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClipboardX11::~ClipboardX11() = default;

int ClipboardX11::fd() const { return state_->fd(); }
void ClipboardX11::work(Time now) { state_->work(now); }
Time ClipboardX11::next_deadline() const { return state_->next_deadline(); }
std::optional<session::DeskEvent> ClipboardX11::next_event() { return state_->next_event(); }
void ClipboardX11::hold(Time, const session::ClipboardFormats& formats) { state_->hold(formats); }
std::uint32_t ClipboardX11::read(Time now, session::ClipboardKind kind) { return state_->read(now, kind); }
void ClipboardX11::answer(Time now, std::uint32_t paste, const Buffer* content) {
  state_->answer(now, paste, content);
}

}  // namespace godesk::os
