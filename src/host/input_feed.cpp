#include "host/input_feed.h"

namespace godesk::host {
namespace {

/// The more the sink sees ahead, the fewer changes of the keyboard map it needs.
constexpr std::size_t kSinkBacklog = session::kInputWindow;

constexpr std::uint64_t kAcknowledgeAtOnce = session::kInputWindow / 4;
constexpr Duration kAcknowledgeAfter = 150ms;  // of no input

struct Effect {
  InputSink& sink;
  media::Point origin;

  void operator()(const session::Key& m) const { sink.key({m.keysym, m.down}); }
  void operator()(const session::PhysicalKey& m) const { sink.physical_key(m.code, m.down); }
  void operator()(const session::Motion& m) const { sink.motion(m.dx, m.dy); }
  void operator()(const session::Button& m) const {
    if (!m.here) sink.pointer(origin.x + m.x, origin.y + m.y);
    sink.button(m.number, m.down);
  }
  void operator()(const session::Wheel& m) const {
    if (!m.here) sink.pointer(origin.x + m.x, origin.y + m.y);
    sink.wheel(m.dx, -m.dy);  // on the wire down is positive, as on the screen
  }
  void operator()(const session::Character& m) const { sink.text(m.code_point); }
  void operator()(const session::ReleaseAll&) const { sink.release_all(); }
};

}  // namespace

void InputFeed::add(Time now, session::Input input) {
  if (waiting_.size() >= session::kInputWindow) return session_.close(now, session::EndReason::error);
  waiting_.push_back(std::move(input));
}

void InputFeed::move_pointer(std::uint16_t x, std::uint16_t y) {
  // Behind waiting keys a move would arrive out of order; the next button carries its own position.
  if (waiting_.empty() &&
      session::may(session_.permissions(), session::DatagramMessage(session::PointerMove{}))) {
    sink_.pointer(origin_.x + x, origin_.y + y);
  }
}

void InputFeed::work(Time now) {
  const std::uint64_t before = applied_;
  while (!waiting_.empty() && sink_.backlog() < kSinkBacklog) {
    apply(waiting_.front());
    waiting_.pop_front();
    ++applied_;
  }
  if (applied_ == acked_ || !sink_.idle()) {
    acknowledge_at_ = kNever;
    return;
  }
  if (applied_ != before || acknowledge_at_ == kNever) acknowledge_at_ = now + kAcknowledgeAfter;
  if (applied_ - acked_ < kAcknowledgeAtOnce && now < acknowledge_at_) return;
  acknowledge_at_ = kNever;
  acked_ = applied_;
  session_.acknowledge_input(now, acked_);
}

void InputFeed::let_go() {
  applied_ += waiting_.size();
  waiting_.clear();
  sink_.release_all();
}

void InputFeed::apply(const session::Input& input) {
  if (session::may(session_.permissions(), input)) std::visit(Effect{sink_, origin_}, input);
}

}  // namespace godesk::host
