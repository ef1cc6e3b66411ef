#include "link/plain_path.h"

#include <utility>

#include "base/queue.h"

namespace godesk::link {

PlainPath::PlainPath(Endpoint peer, Duration timeout, Ids& ids)
    : socket_(ids.socket()), peer_(peer), shared_(false), timeout_(timeout) {}

PlainPath::PlainPath(SocketId shared, Endpoint local, Endpoint peer)
    : socket_(shared), local_(local), peer_(peer), shared_(true), answered_(true) {}

void PlainPath::start(Time now) {
  if (shared_) return tell_path(local_);
  give_up_at_ = now + timeout_;
  commands_.push_back(OpenSocket{socket_, {IpAddress::any(peer_.family()), 0}});
}

void PlainPath::send(Time now, ByteView packet, Urgency) {
  if (dead_) return;
  transmits_.push_back(Datagram{socket_, peer_, to_buffer(packet)});
  if (waiting_since_ == kNever) waiting_since_ = now;
}

std::optional<Event> PlainPath::next_event() { return pop(events_); }

void PlainPath::on_datagram(Time, SocketId socket, const Endpoint& from, ByteView bytes) {
  if (socket != socket_ || from != peer_ || dead_) return;
  answered_ = true;
  waiting_since_ = kNever;
  if (std::exchange(lost_, false)) tell_path(local_);
  events_.push_back(Received{to_buffer(bytes), 1});
}

void PlainPath::on_socket(Time, SocketId socket, const SocketEvent& event) {
  if (socket != socket_) return;
  if (auto* opened = std::get_if<SocketOpened>(&event)) return tell_path(opened->local);
  die();
}

void PlainPath::on_timer(Time now) {
  if (next_deadline() > now) return;
  if (!answered_) return die();
  lost_ = true;
  events_.push_back(PathLost{});
}

Time PlainPath::next_deadline() const {
  if (dead_ || lost_) return kNever;
  if (!answered_) return give_up_at_;
  return waiting_since_ == kNever ? kNever : waiting_since_ + kSilence;
}

std::optional<Command> PlainPath::next_command() { return pop(commands_); }

std::optional<Transmit> PlainPath::next_transmit() { return pop(transmits_); }

void PlainPath::tell_path(const Endpoint& local) {
  local_ = local;
  PathInfo path;
  path.kind = Kind::direct;
  path.family = peer_.family();
  path.local = local;
  path.remote = peer_;
  path.how = How::direct_ip;
  events_.push_back(PathChanged{path});
}

void PlainPath::die() {
  if (dead_) return;
  dead_ = true;
  events_.push_back(Dead{DeadReason::no_path});
}

}  // namespace godesk::link
