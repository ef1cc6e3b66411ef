// The hands of punching: extra sockets, holes through the own NAT, questions to a STUN server just before,
// and checks to ports that are known, measured or drawn. link/punch.h is the head.
//
//   1. begin() closes what was open and takes the check that is sent everywhere: one authentic request, built
//      once (ice::Agent::guess()).
//   2. declare() opens sockets and sends nothing: their inside ports are what is told. aim() starts one.
//   3. measure() opens sockets in the order question, hole, question, hole, ..., question and, once all are
//      open, sends everything at one instant, so that the NAT numbers them in this order; the port of a hole
//      lies between its two answers.
//   4. open() opens many sockets one after another, each sending one check. walk() and spray() send from one
//      socket to many ports.
//   5. A socket that the peer reached is given away by release(); stop() closes the others.
//
// Every check is taken from the PunchBudget first. Never: decides where to, reads what the peer sent.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "base/machine.h"
#include "ice/prediction.h"
#include "link/punch_budget.h"
#include "stun/client.h"

namespace godesk::link {

class Prober final : public Machine {
 public:
  Prober(Ids& ids, Random& random, PunchBudget& budget) : ids_(&ids), random_(&random), budget_(&budget) {}

  struct Place {
    IpAddress local;  // of the new sockets
    Endpoint stun;    // whom to ask
  };
  /// `ttl`: the first check of each hole dies on the way, after it opened the own NAT.
  void begin(Place place, Buffer check, std::optional<std::uint8_t> ttl);
  void stop();

  void declare(std::size_t n);
  void aim(Time now, std::size_t hole, const Endpoint& to);
  void measure(const std::vector<Endpoint>& to);
  /// One question and nothing else: where the counter stands.
  void sample() { measure({}); }
  /// `n` sockets from `start` on, `every` apart, or all at one instant.
  void open(Time start, const Endpoint& to, std::size_t n, Duration every);
  /// From a socket of whoever calls, or from hole(0).
  void spray(Time now, SocketId from, const std::vector<Endpoint>& to);
  void walk(Time start, SocketId from, const IpAddress& to, ice::PortWalk ports, std::size_t n);

  /// Everything asked for is open, and every question has its answer or will have none.
  bool ready() const;
  /// Inside ports of declared holes, 0 where one failed.
  std::vector<std::uint16_t> inside_ports() const;
  /// For each measured hole the ports that it may have, by the measured distance of new mappings.
  std::vector<std::vector<std::uint16_t>> measured(int step) const;
  /// The newest answer of a question; 0: none.
  std::uint16_t last_port() const;
  std::optional<SocketId> hole(std::size_t n) const;
  /// Nothing is left to be sent.
  bool idle() const;
  /// Most that were open at once.
  std::size_t most_sockets() const { return most_sockets_; }
  std::size_t sent() const { return sent_; }

  bool owns(SocketId socket) const { return find(socket) != nullptr; }
  std::optional<Endpoint> local(SocketId socket) const;
  void release(SocketId socket);
  /// True when it was an answer to one of the questions.
  bool on_stun(Time now, SocketId socket, const Endpoint& from, ByteView bytes);

  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  struct Socket {
    SocketId id{};
    std::optional<Endpoint> local;
    bool failed = false;
    std::optional<stun::BindingTransaction> question;  // else it is a hole
    std::optional<Endpoint> to;
    std::size_t sent = 0;
    Time next = kNever;
  };
  struct Shot {
    SocketId from{};
    Endpoint to;
    std::size_t sent = 0;
    Time next = kNever;
  };
  struct Walk {
    SocketId from{};
    IpAddress to;
    ice::PortWalk ports;
    std::size_t left = 0;
    Time next = kNever;
  };

  void add(bool question, std::optional<Endpoint> to);
  void burst(Time now);
  bool send(Time now, SocketId from, const Endpoint& to, bool first);
  void send_hole(Time now, Socket& hole);
  const Socket* find(SocketId socket) const;
  Socket* find(SocketId socket) { return const_cast<Socket*>(std::as_const(*this).find(socket)); }
  const Socket* nth_hole(std::size_t n) const;
  Socket* nth_hole(std::size_t n) { return const_cast<Socket*>(std::as_const(*this).nth_hole(n)); }

  Ids* ids_;
  Random* random_;
  PunchBudget* budget_;
  Place place_;
  Buffer check_;
  std::optional<std::uint8_t> ttl_;
  std::vector<Socket> sockets_;
  std::size_t sends_ = 1;  // of each hole
  bool in_order_ = false;  // measure(): nothing leaves before all are open
  // open():
  std::size_t to_open_ = 0;
  Endpoint open_to_;
  Duration open_every_{};
  Time next_open_ = kNever;
  std::vector<Shot> shots_;
  Walk walk_;
  std::size_t sent_ = 0, most_sockets_ = 0;
  std::deque<Command> commands_;
  std::deque<Transmit> transmits_;
};

}  // namespace godesk::link
