#include "os/clipboard_x11_owner.h"

#include <algorithm>

#include <X11/Xatom.h>
#include <X11/Xlib.h>

#include "base/queue.h"

namespace godesk::os {
namespace {

constexpr std::size_t kPiece = 128u << 10;  // fits into a request of any server
constexpr std::size_t kMaxAsked = 64, kMaxIncrements = 16;

}  // namespace

SelectionOwner::SelectionOwner(X11Display& x, XWindow window, const X11Atoms& atoms, Duration patience)
    : x_(x), window_(window), atoms_(atoms), patience_(patience) {}

void SelectionOwner::hold(const session::ClipboardFormats& formats) {
  formats_ = formats;
  if (formats.empty()) {
    acquiring_ = false;
    if (since_) XSetSelectionOwner(x_.get(), atoms_.clipboard, 0, *since_);
    since_.reset();
  } else {
    // The time stamp comes with the change of this property.
    acquiring_ = true;
    XChangeProperty(x_.get(), window_, atoms_.stamp, XA_INTEGER, 32, PropModeReplace, nullptr, 0);
  }
  XFlush(x_.get());
}

void SelectionOwner::answer(Time now, std::uint32_t paste, const Buffer* content) {
  const auto it =
      std::find_if(asked_.begin(), asked_.end(), [paste](const Asked& asked) { return asked.id == paste; });
  if (it == asked_.end()) return;
  const Place place = it->place;
  asked_.erase(it);
  if (!content) {
    notify(place, false);
  } else if (content->size() > kPiece) {
    begin_increments(now, place, *content);
  } else {
    XChangeProperty(x_.get(), place.requestor, place.property, place.target, 8, PropModeReplace,
                    content->data(), static_cast<int>(content->size()));
    notify(place, true);
  }
}

void SelectionOwner::on_event(Time now, const XEvent& event) {
  if (event.type == SelectionRequest) {
    const XSelectionRequestEvent& r = event.xselectionrequest;
    // Old programs name no property; the target's name is then meant (ICCCM 2.2).
    return on_request({r.requestor, r.target, r.property != 0 ? r.property : r.target, r.time});
  }
  if (event.type == SelectionClear && event.xselectionclear.selection == atoms_.clipboard) {
    since_.reset();
    formats_.clear();
  } else if (event.type == PropertyNotify) {
    const XPropertyEvent& changed = event.xproperty;
    if (changed.window == window_ && changed.atom == atoms_.stamp) return acquire(changed.time);
    if (changed.state != PropertyDelete) return;
    for (auto it = increments_.begin(); it != increments_.end(); ++it) {
      if (it->place.requestor != changed.window || it->place.property != changed.atom) continue;
      if (!next_increment(now, *it)) increments_.erase(it);
      return stop_watching(changed.window);
    }
  }
}

void SelectionOwner::on_timer(Time now) {
  for (auto it = increments_.begin(); it != increments_.end();) {
    if (it->deadline > now) {
      ++it;
      continue;
    }
    const XWindow requestor = it->place.requestor;
    it = increments_.erase(it);
    stop_watching(requestor);
  }
}

Time SelectionOwner::next_deadline() const {
  Time first = kNever;
  for (const Increments& to : increments_) first = std::min(first, to.deadline);
  return first;
}

std::optional<SelectionOwner::Paste> SelectionOwner::next_paste() { return pop(pastes_); }

void SelectionOwner::acquire(unsigned long time) {
  if (!std::exchange(acquiring_, false)) return;
  since_ = time;
  XSetSelectionOwner(x_.get(), atoms_.clipboard, window_, time);
  XFlush(x_.get());
}

void SelectionOwner::on_request(const Place& place) {
  // Server times wrap; 0 is CurrentTime.
  const bool early = since_ && place.time != 0 && static_cast<std::int32_t>(place.time - *since_) < 0;
  if (!since_ || early) return notify(place, false);
  if (place.target == atoms_.targets) return give_targets(place);
  if (place.target == atoms_.timestamp) {
    XChangeProperty(x_.get(), place.requestor, place.property, XA_INTEGER, 32, PropModeReplace,
                    reinterpret_cast<const unsigned char*>(&*since_), 1);
    return notify(place, true);
  }
  const auto kind = atoms_.kind_of(place.target);
  const bool held = kind && std::any_of(formats_.begin(), formats_.end(),
                                        [&](const auto& format) { return format.kind == *kind; });
  if (!held || asked_.size() >= kMaxAsked) return notify(place, false);
  asked_.push_back({++last_id_, place});
  pastes_.push_back({last_id_, *kind});
}

void SelectionOwner::give_targets(const Place& place) {
  std::vector<Atom> targets = {atoms_.targets, atoms_.timestamp};
  for (const auto& format : formats_)
    for (const XAtom name : atoms_.given_as(format.kind)) targets.push_back(name);
  XChangeProperty(x_.get(), place.requestor, place.property, XA_ATOM, 32, PropModeReplace,
                  reinterpret_cast<const unsigned char*>(targets.data()), static_cast<int>(targets.size()));
  notify(place, true);
}

void SelectionOwner::begin_increments(Time now, const Place& place, const Buffer& content) {
  if (increments_.size() >= kMaxIncrements) return notify(place, false);
  increments_.push_back({place, content, 0, now + patience_});
  XSelectInput(x_.get(), place.requestor, PropertyChangeMask);
  const unsigned long at_least = content.size();
  XChangeProperty(x_.get(), place.requestor, place.property, atoms_.incr, 32, PropModeReplace,
                  reinterpret_cast<const unsigned char*>(&at_least), 1);
  notify(place, true);
}

/// False when the last, empty one was written.
bool SelectionOwner::next_increment(Time now, Increments& to) {
  const ByteView left = ByteView(to.content).subspan(to.sent);
  const ByteView piece = left.first(std::min(left.size(), kPiece));
  XChangeProperty(x_.get(), to.place.requestor, to.place.property, to.place.target, 8, PropModeReplace,
                  piece.data(), static_cast<int>(piece.size()));
  XFlush(x_.get());
  to.sent += piece.size();
  to.deadline = now + patience_;
  return !piece.empty();
}

/// Unless more goes there.
void SelectionOwner::stop_watching(XWindow requestor) {
  const bool more = std::any_of(increments_.begin(), increments_.end(),
                                [&](const Increments& to) { return to.place.requestor == requestor; });
  if (!more) XSelectInput(x_.get(), requestor, NoEventMask);
  XFlush(x_.get());
}

void SelectionOwner::notify(const Place& place, bool given) {
  XEvent event{};
  event.xselection.type = SelectionNotify;
  event.xselection.requestor = place.requestor;
  event.xselection.selection = atoms_.clipboard;
  event.xselection.target = place.target;
  event.xselection.property = given ? place.property : 0;
  event.xselection.time = place.time;
  XSendEvent(x_.get(), place.requestor, False, NoEventMask, &event);
  XFlush(x_.get());
}

}  // namespace godesk::os
