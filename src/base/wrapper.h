// A machine around one inner machine: every verb goes through to it, and what it gives is looked at before
// its commands are drained, and again when it has nothing more to send.
//
// The outer class says who is inside and does its own work in settle(), at now(), the time of the last thing
// that happened. It overrides a verb only where it has something to add.
#pragma once

#include "base/machine.h"

namespace godesk {

class Wrapper : public Machine {
 public:
  void on_network(Time now, const std::vector<IpAddress>& addresses) override {
    happened(now).on_network(now, addresses);
  }
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override {
    happened(now).on_datagram(now, socket, from, bytes);
  }
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override {
    happened(now).on_socket(now, socket, event);
  }
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override {
    happened(now).on_stream(now, stream, event);
  }
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override {
    happened(now).on_backlog(now, stream, bytes);
  }
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override {
    happened(now).on_resolved(now, host, addresses);
  }
  void on_timer(Time now) override {
    if (happened(now).next_deadline() <= now) inner().on_timer(now);
  }
  std::optional<Command> next_command() override {
    settle();
    return inner().next_command();
  }
  std::optional<Transmit> next_transmit() override {
    if (auto transmit = inner().next_transmit()) return transmit;
    settle();
    return inner().next_transmit();
  }
  Time next_deadline() const override { return inner().next_deadline(); }

 protected:
  virtual Machine& inner() = 0;
  virtual const Machine& inner() const = 0;
  /// Takes the inner machine's events and does what follows from them. Must come to an end.
  virtual void settle() = 0;

  Machine& happened(Time now) {
    now_ = now;
    return inner();
  }

  Time now_{};
};

}  // namespace godesk
