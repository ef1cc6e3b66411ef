// A carrier without ICE, relay or server: UDP straight to an address the user gave (direct IP).
//
// On the caller's side it owns a socket of its own. On the host's side many callers share the listening
// socket: the one who owns that gives and takes datagrams (`serve`).
//
// When nothing answers what was sent for kSilence, the path is lost; the next datagram of the peer brings it
// back. So that silence means something, QUIC has to say something every kKeepAlive. A path that never
// answered is Dead: there is no other.
#pragma once

#include <deque>

#include "link/carrier.h"

namespace godesk::link {

class PlainPath final : public Carrier {
 public:
  static constexpr Duration kKeepAlive = 500ms, kSilence = 1500ms;

  /// The caller's side; `timeout` bounds the wait for the first answer.
  PlainPath(Endpoint peer, Duration timeout, Ids& ids);
  /// The host's side of a caller who proved its address, on the socket where it was heard.
  PlainPath(SocketId shared, Endpoint local, Endpoint peer);

  void start(Time now) override;
  void send(Time now, ByteView packet, Urgency urgency) override;
  void on_signal(Time, ByteView) override {}
  void allow_direct(Time) override {}
  void set_epoch(std::uint16_t) override {}
  void close(Time) override { dead_ = true; }
  std::optional<Event> next_event() override;
  std::size_t mtu() const override { return 1200; }
  bool has_path() const override { return !dead_ && !lost_; }

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  void tell_path(const Endpoint& local);
  void die();

  SocketId socket_;
  Endpoint local_, peer_;
  bool shared_;
  Duration timeout_{};
  Time give_up_at_ = kNever;
  Time waiting_since_ = kNever;  // for any answer to what was sent since the last one
  bool answered_ = false, lost_ = false, dead_ = false;
  std::deque<Command> commands_;
  std::deque<Transmit> transmits_;
  std::deque<Event> events_;
};

}  // namespace godesk::link
