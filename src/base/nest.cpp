#include "base/nest.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk {
namespace {

template <class Map, class Id>
Machine* owner(const Map& map, Id id) {
  auto found = map.find(id);
  return found == map.end() ? nullptr : found->second;
}

/// Erases what `child` owns and gives the close commands for it.
template <class Close, class Map>
void close_all(Map& map, Machine& child, std::deque<Command>& commands) {
  for (auto it = map.begin(); it != map.end();) {
    if (it->second != &child) {
      ++it;
      continue;
    }
    commands.push_back(Close{it->first});
    it = map.erase(it);
  }
}

}  // namespace

void Nest::add(Machine& child) { children_.push_back(&child); }

void Nest::remove(Machine& child) {
  while (auto command = child.next_command()) {
    remember(*command, child);
    commands_.push_back(std::move(*command));
  }
  while (auto transmit = child.next_transmit()) transmits_.push_back(std::move(*transmit));
  close_all<CloseSocket>(sockets_, child, closes_);
  close_all<CloseStream>(streams_, child, closes_);
  children_.erase(std::remove(children_.begin(), children_.end(), &child), children_.end());
}

void Nest::hand_over(Machine& from, Machine& to) {
  for (auto& [socket, owner] : sockets_)
    if (owner == &from) owner = &to;
  for (auto& [stream, owner] : streams_)
    if (owner == &from) owner = &to;
  children_.erase(std::remove(children_.begin(), children_.end(), &from), children_.end());
}

void Nest::on_network(Time now, const std::vector<IpAddress>& addresses) {
  for (std::size_t i = 0; i < children_.size(); ++i) children_[i]->on_network(now, addresses);
}

void Nest::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  if (auto* child = owner(sockets_, socket)) child->on_datagram(now, socket, from, bytes);
}

void Nest::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  auto* child = owner(sockets_, socket);
  if (std::holds_alternative<SocketFailed>(event)) sockets_.erase(socket);
  if (child) child->on_socket(now, socket, event);
}

void Nest::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  auto* child = owner(streams_, stream);
  if (std::holds_alternative<StreamClosed>(event)) streams_.erase(stream);
  if (child) child->on_stream(now, stream, event);
}

void Nest::on_backlog(Time now, StreamId stream, std::size_t bytes) {
  if (auto* child = owner(streams_, stream)) child->on_backlog(now, stream, bytes);
}

void Nest::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  for (std::size_t i = 0; i < children_.size(); ++i) children_[i]->on_resolved(now, host, addresses);
}

void Nest::on_timer(Time now) {
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (children_[i]->next_deadline() <= now) children_[i]->on_timer(now);
  }
}

std::optional<Command> Nest::next_command() {
  if (auto command = pop(commands_)) return command;
  if (transmits_.empty()) {
    if (auto command = pop(closes_)) return command;
  }
  for (Machine* child : children_) {
    if (auto command = child->next_command()) {
      remember(*command, *child);
      return command;
    }
  }
  return std::nullopt;
}

std::optional<Transmit> Nest::next_transmit() {
  if (auto transmit = pop(transmits_)) return transmit;
  for (Machine* child : children_) {
    if (auto transmit = child->next_transmit()) return transmit;
  }
  return std::nullopt;
}

Time Nest::next_deadline() const {
  Time earliest = kNever;
  for (const Machine* child : children_) earliest = std::min(earliest, child->next_deadline());
  return earliest;
}

void Nest::remember(const Command& command, Machine& child) {
  if (auto* socket = std::get_if<OpenSocket>(&command)) sockets_[socket->socket] = &child;
  if (auto* stream = std::get_if<OpenStream>(&command)) streams_[stream->stream] = &child;
  if (auto* socket = std::get_if<CloseSocket>(&command)) sockets_.erase(socket->socket);
  if (auto* stream = std::get_if<CloseStream>(&command)) streams_.erase(stream->stream);
}

}  // namespace godesk
