// The inputs of one viewer on their way to the desktop: in order, checked at the effect, and acknowledged
// only when the system has taken them.
//
// An acknowledgement waits for others: what somebody types is acknowledged a few times a second, what a
// script types a few times a window.
//
// The caller keeps at most kInputWindow inputs unacknowledged, so what waits here is bounded by the protocol;
// one who sends more is cut off.
#pragma once

#include <deque>

#include "host/input_sink.h"
#include "media/frame.h"
#include "session/session.h"

namespace godesk::host {

class InputFeed {
 public:
  /// Both must outlive the feed.
  InputFeed(session::Session& session, InputSink& sink) : session_(session), sink_(sink) {}

  void add(Time now, session::Input input);
  void move_pointer(std::uint16_t x, std::uint16_t y);
  /// Where in the screen begins what the viewer is shown.
  void set_origin(media::Point origin) { origin_ = origin; }
  /// Hands over what the sink has room for, and acknowledges what it has finished.
  void work(Time now);
  /// The path or the session is gone: nothing stays pressed, and what waits is forgotten.
  void let_go();
  /// When work() has something to acknowledge.
  Time next_deadline() const { return acknowledge_at_; }

 private:
  void apply(const session::Input& input);

  session::Session& session_;
  InputSink& sink_;
  media::Point origin_;
  std::deque<session::Input> waiting_;
  std::uint64_t applied_ = 0;  // handed to the sink, or refused
  std::uint64_t acked_ = 0;
  Time acknowledge_at_ = kNever;
};

}  // namespace godesk::host
