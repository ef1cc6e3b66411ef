// The sockets of a measurement, and the Binding questions asked from them.
//
//   1. open() a few; ask() when they are open. Each question is sent three times within 750 ms at most.
//   2. The answer, a refusal, or silence after 1.25 s (750 ms where the answer is to come from
//      elsewhere) settles it; they stay readable by their number.
//   3. close_all() when the measurement is over.
//
// It draws no conclusion and answers nobody. A message that settles no question is the caller's.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/machine.h"
#include "base/random.h"
#include "stun/client.h"

namespace godesk::link {

/// What is not the usual question.
struct AskFor {
  std::optional<stun::ChangeRequest> change{};
  std::chrono::seconds answer_after{0};  // asked once, settled 2 s after the answer is due
};

class Questions final : public Machine {
 public:
  using State = stun::BindingTransaction::State;
  using Number = std::size_t;
  struct Question {
    SocketId socket{};
    Endpoint server;
    Time sent_at{};  // the first copy
    stun::BindingTransaction transaction;

    State state() const { return transaction.state(); }
    bool resent() const { return transaction.sent() > 1; }
    const std::optional<stun::BindingResult>& result() const { return transaction.result(); }
    std::optional<Endpoint> mapped() const {
      return result() ? std::optional<Endpoint>(result()->mapped) : std::nullopt;
    }
  };
  Questions(Ids& ids, Random& random) : ids_(ids), random_(random) {}

  SocketId open(Family family);
  /// Nothing until it is open.
  std::optional<Endpoint> local(SocketId socket) const;
  /// Every socket is open, or failed.
  bool all_open() const { return opening_ == 0; }
  Number ask(Time now, SocketId socket, const Endpoint& server, const AskFor& what = {});
  const Question& operator[](Number number) const { return questions_[number]; }
  bool settled() const;
  std::size_t asked() const { return questions_.size(); }
  void send(Datagram datagram) { outgoing_.push_back(std::move(datagram)); }
  void close(SocketId socket);
  void close_all();
  bool owns(SocketId socket) const { return sockets_.contains(socket); }

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  Ids& ids_;
  Random& random_;
  std::map<SocketId, std::optional<Endpoint>> sockets_;
  std::size_t opening_ = 0;
  std::deque<Question> questions_;
  std::deque<Datagram> outgoing_;
  std::deque<Command> commands_;
};

}  // namespace godesk::link
