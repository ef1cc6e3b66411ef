// Holds the selection CLIPBOARD and answers those who want its contents (ICCCM 2.2, 2.7.2): TARGETS and
// TIMESTAMP at once, contents when they are given, in increments where they are large.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/time.h"
#include "os/x11_atoms.h"

union _XEvent;

namespace godesk::os {

class SelectionOwner {
 public:
  struct Paste {
    std::uint32_t id = 0;
    session::ClipboardKind kind{};
  };

  /// `x` must outlive the owner; `window` must report changes of its properties.
  SelectionOwner(X11Display& x, XWindow window, const X11Atoms& atoms, Duration patience);

  void hold(const session::ClipboardFormats& formats);
  /// Nothing: it cannot be had. Unknown ids are passed over.
  void answer(Time now, std::uint32_t paste, const Buffer* content);
  void on_event(Time now, const _XEvent& event);
  void on_timer(Time now);
  Time next_deadline() const;
  std::optional<Paste> next_paste();

 private:
  /// Where an answer goes.
  struct Place {
    XWindow requestor = 0;
    XAtom target = 0, property = 0;
    unsigned long time = 0;
  };
  struct Asked {
    std::uint32_t id = 0;
    Place place;
  };
  struct Increments {
    Place place;
    Buffer content;
    std::size_t sent = 0;
    Time deadline{};
  };

  void acquire(unsigned long time);
  void on_request(const Place& place);
  void give_targets(const Place& place);
  void begin_increments(Time now, const Place& place, const Buffer& content);
  bool next_increment(Time now, Increments& to);
  void stop_watching(XWindow requestor);
  void notify(const Place& place, bool given);

  X11Display& x_;
  XWindow window_;
  const X11Atoms& atoms_;
  Duration patience_;
  session::ClipboardFormats formats_;
  bool acquiring_ = false;
  std::optional<unsigned long> since_;  // server time from which it is ours
  std::uint32_t last_id_ = 0;
  std::vector<Asked> asked_;
  std::vector<Increments> increments_;
  std::deque<Paste> pastes_;
};

}  // namespace godesk::os
