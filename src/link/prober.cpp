#include "link/prober.h"

#include <algorithm>
#include <array>

#include "base/queue.h"

namespace godesk::link {
namespace {

// After the first: the way may lose one, and the peer's hole may stand a moment later than ours.
constexpr std::array<Duration, 7> kAgain = {30ms, 60ms, 100ms, 160ms, 250ms, 350ms, 500ms};
// After the one that dies on the way: the peer, who hears of our ports later than we of its, has sent its
// own.
constexpr Duration kAfterFirst = 200ms;
constexpr int kMaxBehind = 4;  // probes that a late timer may send at once
// Sent again so much later where many went at one instant: no more than 100 packets leave within 100 ms.
constexpr std::size_t kManyAtOnce = 40;
constexpr Duration kSentAgainApart = 80ms;

Time after(Time now, std::size_t sent) {
  return sent >= 1 && sent <= kAgain.size() ? now + kAgain[sent - 1] : kNever;
}

}  // namespace

void Prober::begin(Place place, Buffer check, std::optional<std::uint8_t> ttl) {
  stop();
  place_ = std::move(place);
  check_ = std::move(check);
  ttl_ = ttl;
}

void Prober::stop() {
  for (const Socket& s : sockets_)
    if (!s.failed) commands_.push_back(CloseSocket{s.id});
  sockets_.clear();
  shots_.clear();
  transmits_.clear();
  walk_ = {};
  to_open_ = 0;
  next_open_ = kNever;
  in_order_ = false;
  sends_ = kAgain.size() + 1;
}

// ---- what to do

void Prober::add(bool question, std::optional<Endpoint> to) {
  Socket socket;
  socket.id = ids_->socket();
  socket.to = to;
  if (question) {
    stun::BindingTransaction::Config config;
    config.socket = socket.id;
    config.server = place_.stun;
    config.retransmit = {200ms, 3, 2};
    socket.question.emplace(config, random_->bytes<12>());
  }
  commands_.push_back(OpenSocket{socket.id, {place_.local, 0}});
  sockets_.push_back(std::move(socket));
  most_sockets_ = std::max(most_sockets_, sockets_.size());
}

void Prober::declare(std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) add(false, std::nullopt);
}

void Prober::aim(Time now, std::size_t n, const Endpoint& to) {
  Socket* hole = nth_hole(n);
  if (!hole || hole->failed || hole->to) return;
  hole->to = to;
  if (hole->local) send_hole(now, *hole);
}

void Prober::measure(const std::vector<Endpoint>& to) {
  in_order_ = true;
  add(true, std::nullopt);
  for (const Endpoint& there : to) {
    add(false, there);
    add(true, std::nullopt);
  }
}

void Prober::open(Time start, const Endpoint& to, std::size_t n, Duration every) {
  to_open_ = std::min(n, ice::kMaxPunchSockets);
  open_to_ = to;
  open_every_ = every;
  // One of hundreds says enough with one packet: its hole stands for longer than the run.
  sends_ = every > 0ns ? 1 : 2;
  next_open_ = start;
}

void Prober::spray(Time now, SocketId from, const std::vector<Endpoint>& to) {
  for (const Endpoint& there : to) {
    const bool known = std::any_of(shots_.begin(), shots_.end(),
                                   [&](const Shot& s) { return s.to == there && s.from == from; });
    if (!known) shots_.push_back({from, there, 0, now});
  }
}

void Prober::walk(Time start, SocketId from, const IpAddress& to, ice::PortWalk ports, std::size_t n) {
  walk_ = {from, to, ports, std::min(n, ice::kMaxProbes), start};
}

// ---- what came of it

bool Prober::ready() const {
  return to_open_ == 0 && std::all_of(sockets_.begin(), sockets_.end(), [](const Socket& s) {
           const bool asking = s.question && s.question->state() == stun::BindingTransaction::State::pending;
           return s.failed || (s.local && !asking);
         });
}

std::vector<std::uint16_t> Prober::inside_ports() const {
  std::vector<std::uint16_t> ports;
  for (const Socket& s : sockets_)
    if (!s.question) ports.push_back(s.local ? s.local->port : 0);
  return ports;
}

std::vector<std::vector<std::uint16_t>> Prober::measured(int step) const {
  std::vector<std::vector<std::uint16_t>> holes;
  auto answer = [&](const Socket& s) {
    const bool told = s.question && s.question->result();
    return told ? s.question->result()->mapped.port : std::uint16_t{0};
  };
  for (std::size_t i = 1; i + 1 < sockets_.size(); i += 2) {
    const std::uint16_t before = answer(sockets_[i - 1]), after = answer(sockets_[i + 1]);
    holes.push_back(before && after ? ice::measured_ports(before, after, step)
                                    : std::vector<std::uint16_t>{});
  }
  return holes;
}

std::uint16_t Prober::last_port() const {
  std::uint16_t port = 0;
  for (const Socket& s : sockets_)
    if (s.question && s.question->result()) port = s.question->result()->mapped.port;
  return port;
}

std::optional<SocketId> Prober::hole(std::size_t n) const {
  const Socket* found = nth_hole(n);
  return found && found->local ? std::optional(found->id) : std::nullopt;
}

const Prober::Socket* Prober::nth_hole(std::size_t n) const {
  for (const Socket& s : sockets_)
    if (!s.question && n-- == 0) return &s;
  return nullptr;
}

bool Prober::idle() const {
  return to_open_ == 0 && walk_.left == 0 && next_deadline() == kNever && transmits_.empty() && ready();
}

std::optional<Endpoint> Prober::local(SocketId socket) const {
  const Socket* found = find(socket);
  return found ? found->local : std::nullopt;
}

void Prober::release(SocketId socket) {
  std::erase_if(sockets_, [&](const Socket& s) { return s.id == socket; });
}

const Prober::Socket* Prober::find(SocketId socket) const {
  for (const Socket& s : sockets_)
    if (s.id == socket) return &s;
  return nullptr;
}

// ---- the verbs

void Prober::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  Socket* mine = find(socket);
  if (!mine) return;
  if (auto* opened = std::get_if<SocketOpened>(&event)) {
    mine->local = opened->local;
    if (!in_order_ && mine->to) send_hole(now, *mine);
  } else {
    mine->failed = true;
  }
  const bool all = std::all_of(sockets_.begin(), sockets_.end(),
                               [](const Socket& s) { return s.local.has_value() || s.failed; });
  if (in_order_ && all) burst(now);
}

void Prober::burst(Time now) {
  in_order_ = false;
  for (Socket& s : sockets_) {
    if (s.failed) continue;
    if (!s.question) {
      send_hole(now, s);
      continue;
    }
    s.question->start(now);
    while (auto question = s.question->next_transmit()) transmits_.push_back(std::move(*question));
  }
}

bool Prober::on_stun(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  Socket* mine = find(socket);
  if (!mine || !mine->question) return false;
  auto message = stun::Message::parse(bytes);
  return message && mine->question->on_message(now, from, *message);
}

void Prober::send_hole(Time now, Socket& hole) {
  if (!hole.to) return;
  send(now, hole.id, *hole.to, hole.sent == 0);
  ++hole.sent;
  hole.next = hole.sent < sends_ ? after(now, hole.sent) : kNever;
  if (ttl_ && hole.sent == 1 && hole.next != kNever) hole.next += kAfterFirst;
  if (sockets_.size() > kManyAtOnce && hole.next != kNever) hole.next += kSentAgainApart;
}

bool Prober::send(Time now, SocketId from, const Endpoint& to, bool first) {
  if (check_.empty() || !budget_->take_packet(now, to.ip)) return false;
  Datagram datagram{from, to, check_, {}};
  if (first && ttl_) datagram.ttl = ttl_;
  transmits_.push_back(std::move(datagram));
  ++sent_;
  return true;
}

void Prober::on_timer(Time now) {
  while (to_open_ > 0 && next_open_ <= now) {
    add(false, open_to_);
    --to_open_;
    next_open_ = open_every_ > 0ns ? std::max(next_open_, now - open_every_) + open_every_ : now;
  }
  if (to_open_ == 0) next_open_ = kNever;
  for (Socket& s : sockets_) {
    if (s.next <= now) send_hole(now, s);
    if (!s.question || !s.local) continue;
    s.question->on_timer(now);
    while (auto question = s.question->next_transmit()) transmits_.push_back(std::move(*question));
  }
  for (Shot& shot : shots_) {
    if (shot.next > now) continue;
    send(now, shot.from, shot.to, shot.sent == 0);
    shot.next = after(now, ++shot.sent);
  }
  if (walk_.left > 0) walk_.next = std::max(walk_.next, now - kMaxBehind * ice::kProbeEvery);
  while (walk_.left > 0 && walk_.next <= now) {
    // Without budget the run is over.
    walk_.left = send(now, walk_.from, {walk_.to, walk_.ports.next()}, false) ? walk_.left - 1 : 0;
    walk_.next += ice::kProbeEvery;
  }
}

std::optional<Command> Prober::next_command() { return pop(commands_); }
std::optional<Transmit> Prober::next_transmit() { return pop(transmits_); }

Time Prober::next_deadline() const {
  Time next = std::min(next_open_, walk_.left > 0 ? walk_.next : kNever);
  for (const Socket& s : sockets_) {
    next = std::min(next, s.next);
    if (s.question && s.local) next = std::min(next, s.question->next_deadline());
  }
  for (const Shot& shot : shots_) next = std::min(next, shot.next);
  return next;
}

}  // namespace godesk::link
