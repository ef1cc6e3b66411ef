// Reads selections, one conversion after another (ICCCM 2.4, 2.7.2). Each uses another property than the
// last, so that the late answer of a program that was given up is not taken for the next one's.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/time.h"
#include "os/x11_atoms.h"

union _XEvent;

namespace godesk::os {

class SelectionReader {
 public:
  struct Done {
    std::uint32_t id = 0;
    std::optional<Buffer> content;  // bytes of format 8
    std::vector<XAtom> atoms;       // of format 32
  };

  /// `x` must outlive the reader.
  SelectionReader(X11Display& x, XWindow window, const X11Atoms& atoms, std::size_t max_content,
                  Duration patience);

  /// Done{id} follows, whatever happens.
  void read(Time now, std::uint32_t id, XAtom target);
  void on_event(Time now, const _XEvent& event);
  void on_timer(Time now);
  Time next_deadline() const { return deadline_; }
  std::optional<Done> next_done();

 private:
  struct Wanted {
    std::uint32_t id = 0;
    XAtom target = 0;
  };

  void start(Time now);
  void take(Time now);
  void finish(Time now, Done done);

  X11Display& x_;
  XWindow window_;
  const X11Atoms& atoms_;
  std::size_t max_content_;
  Duration patience_;
  std::deque<Wanted> wanted_;  // the first is being read
  std::size_t property_ = 0;   // of atoms_.parking
  bool in_increments_ = false;
  Buffer so_far_;
  Time deadline_ = kNever;
  std::deque<Done> done_;
};

}  // namespace godesk::os
