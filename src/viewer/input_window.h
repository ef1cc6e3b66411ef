// Inputs on their way to the host: in order, at most a window of them unacknowledged, the rest kept here.
#pragma once

#include <deque>

#include "session/session.h"

namespace godesk::viewer {

class InputWindow {
 public:
  void add(session::Input input) { waiting_.push_back(std::move(input)); }

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
  std::deque<session::Input> waiting_;
  std::uint64_t sent_ = 0, acked_ = 0;
};

}  // namespace godesk::viewer
