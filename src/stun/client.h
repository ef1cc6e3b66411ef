// One Binding transaction over UDP: learn how a server sees this socket (RFC 8489, RFC 5780 where asked).
//
//   1. start(), then drain next_transmit().
//   2. Hand each STUN message from the socket to on_message(); call on_timer() at next_deadline().
//   3. When state() is no longer pending, read result().
//
// The request is padded to 100 bytes, so that the answer is never longer. It never opens the socket.
#pragma once

#include <optional>

#include "base/machine.h"
#include "stun/retransmit.h"
#include "stun/stun.h"

namespace godesk::stun {

struct BindingResult {
  Endpoint mapped;                // this socket as the server sees it
  Endpoint from;                  // where the answer came from
  std::optional<Endpoint> other;  // OTHER-ADDRESS
  Duration rtt{};
};

class BindingTransaction {
 public:
  enum class State {
    pending,    // no verdict yet
    succeeded,  // result() is set
    refused,    // an error answer, or one without an address
    timed_out,  // no answer to any copy
  };
  struct Config {
    SocketId socket{};
    Endpoint server;
    Retransmit::Config retransmit{};
    std::optional<ChangeRequest> change{};  // the answer may then come from another address
    std::chrono::seconds answer_after{0};   // ask for a late answer; 1..120 s
  };

  BindingTransaction(Config config, const TransactionId& transaction);

  void start(Time now);
  /// True when `message` was the answer to this transaction.
  bool on_message(Time now, const Endpoint& from, const Message& message);
  void on_timer(Time now);
  std::optional<Datagram> next_transmit();
  Time next_deadline() const { return retransmit_.next_deadline(); }

  State state() const { return state_; }
  int sent() const { return retransmit_.sent(); }
  const std::optional<BindingResult>& result() const { return result_; }

 private:
  Config config_;
  TransactionId transaction_;
  Retransmit retransmit_;
  State state_ = State::pending;
  std::optional<Datagram> outgoing_;
  std::optional<BindingResult> result_;
};

/// A Binding request as long as the longest answer.
Buffer padded_binding_request(const TransactionId& transaction, std::optional<ChangeRequest> change = {},
                              std::chrono::seconds answer_after = {});

}  // namespace godesk::stun
