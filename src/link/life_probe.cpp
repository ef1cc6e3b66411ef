#include "link/life_probe.h"

#include <algorithm>

namespace godesk::link {

LifeProbe::LifeProbe(Config config, Ids& ids, Random& random)
    : config_(std::move(config)), questions_(ids, random) {}

void LifeProbe::start(Time) {
  for (std::chrono::seconds wait : config_.waits)
    spares_.push_back({wait, questions_.open(config_.server.family()), {}, {}});
}

bool LifeProbe::over(const Spare& s) const {
  if (!questions_.owns(s.socket)) return true;
  if (!s.mapping) return false;
  if (questions_[*s.mapping].state() == Questions::State::pending) return false;
  if (!questions_[*s.mapping].result()) return true;
  return s.late && questions_[*s.late].state() != Questions::State::pending;
}

void LifeProbe::go_on(Time now) {
  if (done_) return;
  for (Spare& s : spares_) {
    if (!questions_.local(s.socket)) continue;
    if (!s.mapping) s.mapping = questions_.ask(now, s.socket, config_.server);
    if (!s.late && questions_[*s.mapping].result())
      s.late = questions_.ask(now, s.socket, config_.server, {{}, s.wait});
  }
  done_ = std::all_of(spares_.begin(), spares_.end(), [this](const Spare& s) { return over(s); });
  if (done_) questions_.close_all();
}

std::optional<Duration> LifeProbe::life() const {
  std::optional<Duration> longest, shortest;
  for (const Spare& s : spares_) {
    if (!s.late) continue;
    const auto& answer = questions_[*s.late].result();
    if (answer && answer->rtt < s.wait) return std::nullopt;  // answered at once: not a server of ours
    if (answer) longest = std::max<Duration>(longest.value_or(0s), s.wait);
    if (!shortest || s.wait < *shortest) shortest = s.wait;
  }
  if (!longest && shortest) return *shortest / 2;
  return longest;
}

void LifeProbe::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  questions_.on_datagram(now, socket, from, bytes);
  go_on(now);
}

void LifeProbe::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  questions_.on_socket(now, socket, event);
  go_on(now);
}

void LifeProbe::on_timer(Time now) {
  questions_.on_timer(now);
  go_on(now);
}

}  // namespace godesk::link
