#include "link/distance_probe.h"

#include <algorithm>

namespace godesk::link {
namespace {
constexpr Duration kHoleFirst = 50ms;  // the hole stands before the answer can come
}

DistanceProbe::DistanceProbe(Config config, Ids& ids, Random& random)
    : config_(std::move(config)), random_(random), questions_(ids, random) {}

void DistanceProbe::start(Time) { try_hops(1); }

void DistanceProbe::try_hops(std::uint8_t hops) {
  questions_.close_all();
  hops_ = hops;
  mapping_.reset(), other_.reset();
  ask_other_at_ = kNever;
  socket_ = questions_.open(config_.server.family());
}

void DistanceProbe::finish(std::uint8_t distance) {
  distance_ = distance;
  done_ = true;
  questions_.close_all();
}

void DistanceProbe::go_on(Time now) {
  if (done_ || !questions_.all_open()) return;
  if (!questions_.local(socket_)) return finish(0);
  if (!mapping_) mapping_ = questions_.ask(now, socket_, config_.server);
  if (questions_[*mapping_].state() == Questions::State::pending) return;
  if (!questions_[*mapping_].result()) return finish(0);
  if (ask_other_at_ == kNever && !other_) {
    // An indication: whoever gets it after all says nothing to it.
    const Buffer knock =
        stun::Builder(stun::Class::indication, stun::Method::binding, random_.bytes<12>()).finish();
    for (int copies = 0; copies < 2; ++copies) questions_.send({socket_, config_.other, knock, hops_});
    ask_other_at_ = now + kHoleFirst;
  }
  if (!other_ && now >= ask_other_at_) {
    other_ = questions_.ask(now, socket_, config_.server, {config_.change, {}});
    ask_other_at_ = kNever;
  }
  if (!other_ || questions_[*other_].state() == Questions::State::pending) return;
  const auto& answer = questions_[*other_].result();
  if (answer) return finish(answer->from != config_.server ? static_cast<std::uint8_t>(hops_ - 1) : 0);
  if (questions_[*other_].state() == Questions::State::refused || hops_ >= config_.furthest) return finish(0);
  try_hops(static_cast<std::uint8_t>(hops_ + 1));
}

void DistanceProbe::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  questions_.on_datagram(now, socket, from, bytes);
  go_on(now);
}

void DistanceProbe::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  questions_.on_socket(now, socket, event);
  go_on(now);
}

void DistanceProbe::on_timer(Time now) {
  questions_.on_timer(now);
  go_on(now);
}

Time DistanceProbe::next_deadline() const {
  return done_ ? kNever : std::min(ask_other_at_, questions_.next_deadline());
}

}  // namespace godesk::link
