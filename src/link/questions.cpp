#include "link/questions.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk::link {
namespace {

stun::Retransmit::Config pace(const AskFor& what) {
  if (what.answer_after > 0s) return {what.answer_after + 2s, 1, 1};
  // Silence is an answer to a question of this kind, and should not take long.
  if (what.change) return {250ms, 2, 2};
  return {250ms, 3, 2};
}

}  // namespace

SocketId Questions::open(Family family) {
  const SocketId socket = ids_.socket();
  sockets_.emplace(socket, std::nullopt);
  ++opening_;
  commands_.push_back(OpenSocket{socket, {IpAddress::any(family), 0}});
  return socket;
}

std::optional<Endpoint> Questions::local(SocketId socket) const {
  const auto found = sockets_.find(socket);
  return found == sockets_.end() ? std::nullopt : found->second;
}

Questions::Number Questions::ask(Time now, SocketId socket, const Endpoint& server, const AskFor& what) {
  stun::BindingTransaction::Config config;
  config.socket = socket;
  config.server = server;
  config.retransmit = pace(what);
  config.change = what.change;
  config.answer_after = what.answer_after;
  questions_.push_back({socket, server, now, {config, random_.bytes<12>()}});
  questions_.back().transaction.start(now);
  return questions_.size() - 1;
}

bool Questions::settled() const {
  return std::none_of(questions_.begin(), questions_.end(),
                      [](const Question& q) { return q.state() == State::pending; });
}

void Questions::close(SocketId socket) {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end()) return;
  if (!found->second) --opening_;
  sockets_.erase(found);
  commands_.push_back(CloseSocket{socket});
}

void Questions::close_all() {
  while (!sockets_.empty()) close(sockets_.begin()->first);
}

void Questions::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  auto message = stun::Message::parse(bytes);
  if (!message) return;
  for (Question& q : questions_)
    if (q.socket == socket && q.transaction.on_message(now, from, *message)) return;
}

void Questions::on_socket(Time, SocketId socket, const SocketEvent& event) {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end() || found->second) return;
  --opening_;
  if (auto* opened = std::get_if<SocketOpened>(&event)) {
    found->second = opened->local;
  } else {
    sockets_.erase(found);
  }
}

void Questions::on_timer(Time now) {
  for (Question& q : questions_)
    if (q.state() == State::pending) q.transaction.on_timer(now);
}

std::optional<Command> Questions::next_command() { return pop(commands_); }

std::optional<Transmit> Questions::next_transmit() {
  for (Question& q : questions_)
    if (auto datagram = q.transaction.next_transmit()) return std::move(*datagram);
  return pop(outgoing_);
}

Time Questions::next_deadline() const {
  Time next = kNever;
  for (const Question& q : questions_)
    if (q.state() == State::pending) next = std::min(next, q.transaction.next_deadline());
  return next;
}

}  // namespace godesk::link
