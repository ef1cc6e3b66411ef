// The server of a pair's world: a relay over UDP and streams, and STUN on two IPv4 addresses, two ports each.
#pragma once

#include <deque>

#include "base/queue.h"
#include "base/wrapper.h"
#include "sim/link_call.h"

namespace godesk::population {

class Site final : public Wrapper {
 public:
  explicit Site(sim::SeededRandom random)
      : random_(random), server_(config(), credentials_, ids_, random_, log_) {
    for (const IpAddress& ip : addresses())
      for (std::uint16_t port : {std::uint16_t{3478}, std::uint16_t{443}}) listen({ip, port});
  }

  static IpAddress v4() { return sim::LinkCall::relay4(); }
  static IpAddress second_v4() { return sim::LinkCall::ip("203.0.113.2"); }
  static IpAddress v6() { return sim::LinkCall::relay6(); }
  static std::vector<IpAddress> addresses() { return {v4(), second_v4(), v6()}; }
  const turn::Server& server() const { return server_; }
  /// What `username` will be given, as the ID server tells it ahead.
  std::optional<Endpoint> propose(const std::string& username) {
    const auto relayed = server_.propose();
    if (relayed) credentials_.ports[username] = relayed->port;
    return relayed;
  }

  std::optional<Command> next_command() override {
    if (auto own = pop(commands_)) return own;
    return Wrapper::next_command();
  }

 private:
  static turn::Server::Config config() {
    turn::Server::Config c;
    c.relay.v4 = turn::RelayAddress{v4(), v4()};
    c.relay.v6 = turn::RelayAddress{v6(), v6()};
    return c;
  }
  void listen(const Endpoint& at) {
    const SocketId socket = ids_.socket();
    commands_.push_back(OpenSocket{socket, at});
    server_.add_udp_listener(socket, at);
  }
  Machine& inner() override { return server_; }
  const Machine& inner() const override { return server_; }
  void settle() override {}

  NullLog log_;
  sim::SeededRandom random_;
  Ids ids_;
  sim::OneSession credentials_;
  std::deque<Command> commands_;
  turn::Server server_;
};

}  // namespace godesk::population
