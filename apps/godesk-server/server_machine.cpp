#include "server_machine.h"

#include <algorithm>

#include "rendezvous/join.h"

namespace godesk::server {

void ServerMachine::accepted(const os::Accepted& stream) {
  if (stream.kind == os::Accepted::Kind::websocket && id_server_ && stream.path == rendezvous::kWebSocketPath)
    websockets_.insert(stream.stream);
}

Machine& ServerMachine::owner(StreamId stream) {
  if (id_server_ && websockets_.contains(stream)) return *id_server_;
  return relay_;
}

void ServerMachine::on_network(Time now, const std::vector<IpAddress>& addresses) {
  relay_.on_network(now, addresses);
}

void ServerMachine::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  relay_.on_datagram(now, socket, from, bytes);
}

void ServerMachine::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  relay_.on_socket(now, socket, event);
}

void ServerMachine::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  owner(stream).on_stream(now, stream, event);
  if (std::holds_alternative<StreamClosed>(event)) websockets_.erase(stream);
}

void ServerMachine::on_backlog(Time now, StreamId stream, std::size_t bytes) {
  owner(stream).on_backlog(now, stream, bytes);
}

void ServerMachine::on_timer(Time now) {
  relay_.on_timer(now);
  if (id_server_) id_server_->on_timer(now);
}

std::optional<Command> ServerMachine::next_command() {
  auto command = relay_.next_command();
  if (!command && id_server_) command = id_server_->next_command();
  if (!command) return command;
  if (auto* close = std::get_if<CloseStream>(&*command)) websockets_.erase(close->stream);
  return command;
}

std::optional<Transmit> ServerMachine::next_transmit() {
  auto transmit = relay_.next_transmit();
  if (!transmit && id_server_) transmit = id_server_->next_transmit();
  return transmit;
}

Time ServerMachine::next_deadline() const {
  Time deadline = relay_.next_deadline();
  return id_server_ ? std::min(deadline, id_server_->next_deadline()) : deadline;
}

}  // namespace godesk::server
