#include "os/clipboard_x11_reader.h"

#include <algorithm>
#include <memory>

#include <X11/Xatom.h>
#include <X11/Xlib.h>

#include "base/queue.h"

namespace godesk::os {
namespace {

constexpr std::size_t kMaxAtoms = 1024;

struct FreeX {
  void operator()(void* p) const { XFree(p); }
};

/// A property's value, taken out of it.
struct Property {
  Atom type = 0;
  int format = 0;
  unsigned long items = 0, left = 0;
  std::unique_ptr<unsigned char, FreeX> data;

  ByteView bytes() const { return {data.get(), format == 8 ? items : 0}; }
  std::vector<XAtom> atoms() const {
    if (format != 32) return {};
    const auto* longs = reinterpret_cast<const unsigned long*>(data.get());  // Xlib gives longs for 32 bits
    return {longs, longs + std::min<std::size_t>(items, kMaxAtoms)};
  }
};

/// At most `max` bytes; where there is more, `left` says so and the property stays.
std::optional<Property> take_property(Display* display, Window window, Atom name, std::size_t max) {
  Property p;
  unsigned char* data = nullptr;
  const long longs = static_cast<long>(max / 4 + 1);
  if (XGetWindowProperty(display, window, name, 0, longs, True, AnyPropertyType, &p.type, &p.format, &p.items,
                         &p.left, &data) != Success)
    return std::nullopt;
  p.data.reset(data);
  return p;
}

/// STRING is Latin-1.
Buffer latin1_to_utf8(ByteView text) {
  Buffer out;
  for (const std::uint8_t c : text) {
    if (c < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<std::uint8_t>(0xc0 | c >> 6));
      out.push_back(static_cast<std::uint8_t>(0x80 | (c & 0x3f)));
    }
  }
  return out;
}

}  // namespace

SelectionReader::SelectionReader(X11Display& x, XWindow window, const X11Atoms& atoms,
                                 std::size_t max_content, Duration patience)
    : x_(x), window_(window), atoms_(atoms), max_content_(max_content), patience_(patience) {}

void SelectionReader::read(Time now, std::uint32_t id, XAtom target) {
  wanted_.push_back({id, target});
  if (wanted_.size() == 1) start(now);
}

void SelectionReader::on_event(Time now, const XEvent& event) {
  if (wanted_.empty()) return;
  const Atom parked = atoms_.parking[property_];
  if (event.type == SelectionNotify) {
    const XSelectionEvent& answer = event.xselection;
    const bool ours = answer.requestor == window_ && answer.selection == atoms_.clipboard &&
                      answer.target == wanted_.front().target;
    if (!ours || in_increments_) return;
    if (answer.property == parked) return take(now);
    if (answer.property == 0) finish(now, {wanted_.front().id, std::nullopt, {}});
  } else if (event.type == PropertyNotify && in_increments_) {
    const XPropertyEvent& changed = event.xproperty;
    if (changed.window == window_ && changed.atom == parked && changed.state == PropertyNewValue) take(now);
  }
}

void SelectionReader::on_timer(Time now) {
  if (deadline_ <= now) finish(now, {wanted_.front().id, std::nullopt, {}});
}

std::optional<SelectionReader::Done> SelectionReader::next_done() { return pop(done_); }

void SelectionReader::start(Time now) {
  property_ = (property_ + 1) % atoms_.parking.size();
  in_increments_ = false;
  so_far_.clear();
  deadline_ = now + patience_;
  XDeleteProperty(x_.get(), window_, atoms_.parking[property_]);
  XConvertSelection(x_.get(), atoms_.clipboard, wanted_.front().target, atoms_.parking[property_], window_,
                    CurrentTime);
  XFlush(x_.get());
}

/// A whole answer, the announcement of increments, or one of them. Taking it out asks for the next.
void SelectionReader::take(Time now) {
  const Wanted wanted = wanted_.front();
  const auto property =
      take_property(x_.get(), window_, atoms_.parking[property_], max_content_ - so_far_.size());
  if (!property || property->left > 0) return finish(now, {wanted.id, std::nullopt, {}});
  deadline_ = now + patience_;
  if (!in_increments_ && property->type == atoms_.incr) {
    in_increments_ = true;
    // It begins with how much there is at least.
    const auto promised = property->atoms();
    if (!promised.empty() && promised[0] > max_content_) finish(now, {wanted.id, std::nullopt, {}});
    return;
  }
  append(so_far_, property->bytes());
  if (so_far_.size() > max_content_) return finish(now, {wanted.id, std::nullopt, {}});
  if (in_increments_ && property->items > 0) return;
  if (property->type == 0 || (property->format != 8 && wanted.target != atoms_.targets && !in_increments_))
    return finish(now, {wanted.id, std::nullopt, {}});
  if (wanted.target == atoms_.string) so_far_ = latin1_to_utf8(so_far_);
  finish(now, {wanted.id, std::move(so_far_), property->atoms()});
}

void SelectionReader::finish(Time now, Done done) {
  done_.push_back(std::move(done));
  wanted_.pop_front();
  deadline_ = kNever;
  in_increments_ = false;
  so_far_ = {};
  if (!wanted_.empty()) start(now);
}

}  // namespace godesk::os
