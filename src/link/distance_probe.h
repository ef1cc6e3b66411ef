// How many hops away the outermost filter is, measured by datagrams that live too short to arrive.
//
//   1. A fresh socket asks the server, so that it has a mapping.
//   2. It sends a datagram with hop limit 1 to another port (or address) of the server, and asks the server
//      to answer from there. What comes in passed a hole that only this datagram can have opened.
//   3. If nothing came: another socket, one hop more, up to `furthest`.
//
// A datagram with a hop limit of distance() + 1 passes the own NATs and dies early behind them. It works
// where one mapping serves all destinations and the filter looks at the remote; elsewhere do not start it.
#pragma once

#include "link/questions.h"

namespace godesk::link {

class DistanceProbe final : public Machine {
 public:
  struct Config {
    Endpoint server;
    Endpoint other;                           // from where it is to answer
    stun::ChangeRequest change{false, true};  // how to say so
    std::uint8_t furthest = 8;
  };

  DistanceProbe(Config config, Ids& ids, Random& random);

  void start(Time now);
  bool done() const { return done_; }
  /// 0: not found, or no filter at all before the first hop.
  std::uint8_t distance() const { return distance_; }

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override { return questions_.next_command(); }
  std::optional<Transmit> next_transmit() override { return questions_.next_transmit(); }
  Time next_deadline() const override;

 private:
  void try_hops(std::uint8_t hops);
  void go_on(Time now);
  void finish(std::uint8_t distance);

  Config config_;
  Random& random_;
  Questions questions_;
  SocketId socket_{};
  std::uint8_t hops_ = 0;
  std::optional<Questions::Number> mapping_, other_;
  Time ask_other_at_ = kNever;
  std::uint8_t distance_ = 0;
  bool done_ = false;
};

}  // namespace godesk::link
