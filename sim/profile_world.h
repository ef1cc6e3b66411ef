// One computer that measures its network, and a server with two addresses and two ports for each.
#pragma once

#include "link/profile_probe.h"
#include "sim/link_call.h"

namespace godesk::sim {

/// Answers Binding requests as the ID server does.
class StunProcess final : public TurnProcess {
 public:
  StunProcess(const std::vector<Endpoint>& listeners, SeededRandom random)
      : TurnProcess(config(listeners), random) {
    for (const Endpoint& at : listeners) listen(at);
  }

 private:
  static turn::Server::Config config(const std::vector<Endpoint>& listeners) {
    turn::Server::Config c;
    c.relay.v4 = turn::RelayAddress{listeners.front().ip, listeners.front().ip};
    return c;
  }
};

class ProfileWorld {
 public:
  explicit ProfileWorld(std::uint64_t seed) : world(seed) {
    const std::vector<IpAddress> own = {ip("203.0.113.1"), ip("203.0.113.2"), ip("2001:db8:ffff::1")};
    std::vector<Endpoint> listeners;
    for (const IpAddress& address : own)
      for (std::uint16_t port : {3478, 443}) listeners.push_back({address, port});
    server_host = world.net.add_host(NetworkId::internet, own, {.delay = 200us}, {.delay = 200us});
    server_.emplace(listeners, world.fork_random());
    server = world.run(server_host, *server_);
    vantages.stun = {{"203.0.113.1", 3478}, {"203.0.113.2", 3478}};
    vantages.second_port = 443;
  }
  static IpAddress ip(const char* text) { return *IpAddress::parse(text); }
  static IpAddress outside() { return ip("198.51.100.7"); }

  /// A computer in a home with this NAT.
  NodeId behind(const NatConfig& nat, std::vector<IpAddress> addresses = {ip("192.168.1.2")}) {
    home = world.net.add_nat(nat, NetworkId::internet, outside(), access, access);
    return world.net.add_host(home, std::move(addresses), lan, lan);
  }
  link::ProbeConfig config(NodeId at) const {
    link::ProbeConfig c;
    c.vantages = vantages;
    c.interfaces = world.net.addresses(at);
    return c;
  }
  const link::ProfileResult& measure(NodeId at) {
    random_.emplace(world.fork_random());
    probe.emplace(config(at), ids_, *random_);
    const Time started = world.now();
    const ProcessId process = world.run(at, *probe);
    probe->start(world.now());
    world.poke(process);
    if (!world.run_until([&] { return probe->done(); }, 10s)) throw std::runtime_error("no end");
    took_ = world.now() - started;
    world.run_for(1ms);
    world.stop(process);
    return *probe->result();
  }
  Duration took() const { return took_; }
  const turn::Server::Drops& drops() const { return server_->server().drops(); }

  World world;
  LinkConfig access{.delay = 12ms}, lan{.delay = 100us};
  link::Vantages vantages;
  NodeId server_host{};
  ProcessId server{};
  NetworkId home{};
  std::optional<link::ProfileProbe> probe;

 private:
  Ids ids_;
  std::optional<SeededRandom> random_;
  std::optional<StunProcess> server_;
  Duration took_{};
};

}  // namespace godesk::sim
