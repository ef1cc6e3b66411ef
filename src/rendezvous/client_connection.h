// One attempt to reach the server, and the connection if it succeeds. Client makes a new one each time.
//
//   1. open(): the stream is asked for.
//   2. ServerHello: the identity is compared with join string or pin, then its signature with this very
//      connection; event Proved. Only then our Hello leaves.
//   3. Registered or Connected makes it ready(); from then on it is pinged.
//   4. Ended, with the reason, is the last event. close() ends it without one.
#pragma once

#include <deque>

#include "rendezvous/client.h"
#include "rendezvous/messages.h"
#include "rendezvous/outbox.h"

namespace godesk::rendezvous {

class ClientConnection {
 public:
  struct Proved {
    crypto::PublicKey identity;
  };
  struct Ended {
    Offline why;
  };
  using Event = std::variant<Proved, ServerMessage, Ended>;

  ClientConnection(const ClientConfig& config, StreamId stream, Outbox& out, ClientCounters& counters);

  void open(Time now);
  void close();
  /// What the machine around us found wrong with it.
  void fail(Offline why);

  void on_stream(Time now, const StreamEvent& event);
  void on_timer(Time now);
  Time deadline() const { return deadline_; }
  std::optional<Event> next_event();

  void send(const ClientMessage& message);
  /// Asks at once whether the server is still there, after the network changed.
  void probe(Time now);

  StreamId stream() const { return stream_; }
  bool proved() const { return state_ == State::proved || state_ == State::ready; }
  bool ready() const { return state_ == State::ready; }
  bool proxied() const { return proxied_; }
  /// By which address the server was reached; none through a proxy.
  const std::optional<IpAddress>& used() const { return used_; }

 private:
  enum class State { opening, proving, proved, ready, ended };

  void opened(const StreamOpened& event);
  void closed(const StreamClosed& event);
  void received(Time now, ByteView bytes);
  void server_hello(const wire::ServerHello& hello);
  void became_ready(Time now);
  bool is_the_server(const crypto::PublicKey& identity) const;

  const ClientConfig& config_;
  StreamId stream_;
  Outbox& out_;
  ClientCounters& counters_;
  State state_ = State::opening;
  Buffer exporter_;
  std::optional<IpAddress> used_;
  bool proxied_ = false;
  bool awaiting_pong_ = false;
  Time deadline_ = kNever;  // of the attempt, then of the next ping or of its answer
  std::deque<Event> events_;
};

}  // namespace godesk::rendezvous
