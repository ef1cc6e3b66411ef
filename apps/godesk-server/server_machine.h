// The outermost machine of the server: hands what comes to the relay or to the ID server, and what they give
// to the driver.
#pragma once

#include <set>

#include "os/driver.h"
#include "rendezvous/server.h"
#include "turn/server.h"

namespace godesk::server {

class ServerMachine final : public Machine {
 public:
  /// Both outlive it. Without ID server WebSockets are closed at once.
  ServerMachine(turn::Server& relay, rendezvous::Server* id_server) : relay_(relay), id_server_(id_server) {}

  /// Says what a stream is, before its StreamOpened.
  void accepted(const os::Accepted& stream);

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  Machine& owner(StreamId stream);

  turn::Server& relay_;
  rendezvous::Server* id_server_;
  std::set<StreamId> websockets_;
};

}  // namespace godesk::server
