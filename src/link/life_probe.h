// How long a silent mapping lives on this network (RFC 4787 4.3), measured beside everything else.
//
//   1. A spare socket for each wait: a Binding question makes its mapping.
//   2. Then the server is asked to answer so much later (Attr::answer_after): what comes in through silence
//      says that the mapping still stood.
//   3. done() after the longest wait. life() is the longest that was answered.
//
// Two datagrams for each socket, once for each network. It says nothing where the server does not know the
// attribute or nothing comes at all.
#pragma once

#include <deque>
#include <vector>

#include "link/questions.h"

namespace godesk::link {

class LifeProbe final : public Machine {
 public:
  struct Config {
    Endpoint server;
    // Half of the shortest is what a keep-alive may be at least.
    std::vector<std::chrono::seconds> waits = {16s, 30s, 45s, 75s, 115s};
  };

  LifeProbe(Config config, Ids& ids, Random& random);

  void start(Time now);
  bool done() const { return done_; }
  /// Nothing: not known. Half the shortest wait: less than that one.
  std::optional<Duration> life() const;

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override { return questions_.next_command(); }
  std::optional<Transmit> next_transmit() override { return questions_.next_transmit(); }
  Time next_deadline() const override { return done_ ? kNever : questions_.next_deadline(); }

 private:
  struct Spare {
    std::chrono::seconds wait{};
    SocketId socket{};
    std::optional<Questions::Number> mapping, late;
  };

  void go_on(Time now);
  bool over(const Spare& spare) const;

  Config config_;
  Questions questions_;
  std::vector<Spare> spares_;
  bool done_ = false;
};

}  // namespace godesk::link
