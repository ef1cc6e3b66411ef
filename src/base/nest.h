// Several inner machines as one outer machine.
//
// The nest remembers who opened which socket and stream, and hands each event down to its owner; network
// changes and name answers go to all. Children are drained in the order in which they were added, so a nest
// adds no chance of its own. A removed child leaves nothing open behind.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "base/machine.h"

namespace godesk {

class Nest : public Machine {
 public:
  /// `child` must outlive its membership.
  void add(Machine& child);
  /// Drains what the child still has to send, then closes everything it opened.
  void remove(Machine& child);
  /// What `from` opened is `to`'s from now on: a machine that has moved into another one. `from` is no child
  /// any more, and nothing is closed.
  void hand_over(Machine& from, Machine& to);
  /// Events of an accepted stream, or of a listening socket, go to `child` from now on.
  void adopt(StreamId stream, Machine& child) { streams_[stream] = &child; }
  void adopt(SocketId socket, Machine& child) { sockets_[socket] = &child; }
  bool owns(StreamId stream) const { return streams_.contains(stream); }
  bool owns(SocketId socket) const { return sockets_.contains(socket); }

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  void remember(const Command& command, Machine& child);

  std::vector<Machine*> children_;
  std::map<SocketId, Machine*> sockets_;
  std::map<StreamId, Machine*> streams_;
  // What removed children left: opened, then said, then closed.
  std::deque<Command> commands_;
  std::deque<Transmit> transmits_;
  std::deque<Command> closes_;
};

}  // namespace godesk
