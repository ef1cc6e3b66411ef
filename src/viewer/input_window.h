// Inputs on their way to the host: in order, at most a window of them unacknowledged, the rest kept here.
#pragma once

#include <cstdlib>
#include <deque>

#include "session/session.h"

namespace godesk::viewer {

class InputWindow {
 public:
  /// Motions that still wait become one.
  void add(session::Input input) {
    auto* more = std::get_if<session::Motion>(&input);
    auto* last = waiting_.empty() ? nullptr : std::get_if<session::Motion>(&waiting_.back());
    if (!more || !last || !join(*last, *more)) waiting_.push_back(std::move(input));
  }

  /// Sends what the window allows.
  void work(Time now, session::Session& session) {
    for (; !waiting_.empty() && sent_ - acked_ < session::kInputWindow; ++sent_) {
      session.send_input(now, waiting_.front());
      waiting_.pop_front();
    }
  }
  /// False when the host acknowledges what was never sent.
  bool acknowledge(std::uint64_t events) {
    if (events < acked_ || events > sent_) return false;
    acked_ = events;
    return true;
  }
  std::size_t pending() const { return waiting_.size() + static_cast<std::size_t>(sent_ - acked_); }

 private:
  static bool join(session::Motion& last, const session::Motion& more) {
    const int dx = last.dx + more.dx, dy = last.dy + more.dy;
    if (std::abs(dx) > session::kMaxMotion || std::abs(dy) > session::kMaxMotion) return false;
    last = {static_cast<std::int16_t>(dx), static_cast<std::int16_t>(dy)};
    return true;
  }

  std::deque<session::Input> waiting_;
  std::uint64_t sent_ = 0, acked_ = 0;
};

}  // namespace godesk::viewer
