// The virtual world: the real core on virtual hosts, behind virtual NATs, in virtual time.
//
//   World world(seed);
//   auto home = world.net.add_nat(...);                   // topology.h: networks, NATs, links
//   auto pc = world.net.add_host(home, {ip}, up, down);
//   auto process = world.run(pc, machine, [&](Time now) { ...read machine.next_event()... });
//   world.run_until([&] { return done; }, 5s);
//
// 1. A machine is pumped exactly as os/driver pumps it: one on_*(), then its commands, transmits and (through
//    the callback) events are drained, then its deadline is read.
// 2. Everything that happens is ordered by (time, sequence). The same seed gives the same trace.
// 3. In mid-run, `net` cuts, heals and re-links; nat(..).forget() rebinds; change_addresses() roams; stop()
//    kills a process as SIGKILL does.
//
// It never looks at a real clock and never sleeps.
#pragma once

#include "base/machine.h"
#include "sim/streams.h"

namespace godesk::sim {

class World {
 public:
  explicit World(std::uint64_t seed);
  World(const World&) = delete;

  Time now() const { return scheduler_.now(); }
  /// Chance for one machine, apart from the world's own so that links do not disturb it.
  SeededRandom fork_random() { return SeededRandom(random_.u64()); }

  using Drained = std::function<void(Time)>;
  /// `machine` must outlive the world or its stop(). It hears the host's addresses at once.
  ProcessId run(NodeId host, Machine& machine, Drained drained = {});
  void stop(ProcessId process);
  /// Accepts streams of any kind at `port`; they reach the machine as StreamOpened.
  void listen(ProcessId process, std::uint16_t port, Streams::OnAccept on_accept = {});
  /// After something called a machine from outside its callbacks: drains it.
  void poke(ProcessId process);
  void change_addresses(NodeId host, std::vector<IpAddress> addresses);
  /// What Resolve and stream targets find. Behind a NAT64 there is a DNS64 (RFC 6147): names that have only
  /// IPv4 addresses get IPv6 ones, also ipv4only.arpa (RFC 7050), which everybody finds.
  void set_name(const std::string& host, std::vector<IpAddress> addresses) {
    names_[host] = std::move(addresses);
  }
  void at(Time when, std::function<void()> what) { scheduler_.at(when, std::move(what)); }

  /// Runs until `done` (looked at after each step) or until `limit` has passed; says which.
  bool run_until(const std::function<bool()>& done, Duration limit);
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }

 private:
  struct Process {
    NodeId host{};
    Machine* machine = nullptr;  // none: stopped
    Drained drained;
    bool draining = false;
  };
  struct Socket {
    ProcessId process{};
    SocketId id{};
    Endpoint local;
    NodeId host{};
  };

  Process& process(ProcessId id) { return processes_[static_cast<std::size_t>(id)]; }
  void drain(ProcessId id);
  bool drain_outputs(ProcessId id);
  void execute(ProcessId id, const Command& command);
  void open_socket(ProcessId id, const OpenSocket& what);
  bool port_taken(NodeId host, const Endpoint& local) const;
  void send(ProcessId id, Datagram datagram);
  bool deliver(NodeId host, const Packet& packet);
  std::vector<IpAddress> resolve(ProcessId who, const std::string& host) const;
  void step(Time until);
  template <class Call>
  void tell(ProcessId id, Call call) {
    if (!process(id).machine) return;
    call(*process(id).machine);
    drain(id);
  }

  Scheduler scheduler_;
  SeededRandom random_;
  std::deque<Process> processes_;  // a callback may start another
  std::vector<Socket> sockets_;
  std::map<std::string, std::vector<IpAddress>> names_;
  Streams streams_;
  Time stuck_at_{};
  int stuck_ = 0;

 public:
  Topology net;
};

}  // namespace godesk::sim
