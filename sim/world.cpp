#include "sim/world.h"

#include <algorithm>
#include <stdexcept>

namespace godesk::sim {

World::World(std::uint64_t seed)
    : random_(seed),
      streams_(
          scheduler_, random_, net,
          [this](ProcessId p, StreamId s, const StreamEvent& e) {
            tell(p, [&](Machine& m) { m.on_stream(now(), s, e); });
          },
          [this](ProcessId p, StreamId s, std::size_t n) {
            tell(p, [&](Machine& m) { m.on_backlog(now(), s, n); });
          }),
      net(scheduler_, random_, [this](NodeId host, const Packet& p) { return deliver(host, p); }) {}

ProcessId World::run(NodeId host, Machine& machine, Drained drained) {
  ProcessId id{static_cast<std::uint32_t>(processes_.size())};
  processes_.push_back({host, &machine, std::move(drained), false});
  tell(id, [&](Machine& m) { m.on_network(now(), net.addresses(host)); });
  return id;
}

void World::stop(ProcessId id) {
  process(id).machine = nullptr;
  std::erase_if(sockets_, [&](const Socket& s) { return s.process == id; });
  streams_.kill(id);
}

void World::listen(ProcessId id, std::uint16_t port, Streams::OnAccept on_accept) {
  streams_.listen(id, process(id).host, port, std::move(on_accept));
}

void World::poke(ProcessId id) { drain(id); }

void World::change_addresses(NodeId host, std::vector<IpAddress> addresses) {
  net.set_addresses(host, addresses);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    ProcessId id{static_cast<std::uint32_t>(i)};
    if (process(id).host != host || !process(id).machine) continue;
    streams_.break_all(id);
    tell(id, [&](Machine& m) { m.on_network(now(), addresses); });
  }
}

void World::drain(ProcessId id) {
  if (!process(id).machine || process(id).draining) return;
  process(id).draining = true;
  do {
    drain_outputs(id);
    if (process(id).drained) process(id).drained(now());
  } while (process(id).machine && drain_outputs(id));
  process(id).draining = false;
}

bool World::drain_outputs(ProcessId id) {
  bool any = false;
  Machine* machine = process(id).machine;
  while (auto command = machine->next_command()) {
    execute(id, *command);
    any = true;
  }
  while (auto transmit = machine->next_transmit()) {
    any = true;
    if (auto* datagram = std::get_if<Datagram>(&*transmit)) send(id, std::move(*datagram));
    if (auto* stream = std::get_if<StreamBytes>(&*transmit))
      streams_.write(id, stream->stream, std::move(stream->bytes));
  }
  return any;
}

void World::execute(ProcessId id, const Command& command) {
  if (auto* open = std::get_if<OpenSocket>(&command)) open_socket(id, *open);
  if (auto* close = std::get_if<CloseSocket>(&command))
    std::erase_if(sockets_, [&](const Socket& s) { return s.process == id && s.id == close->socket; });
  if (auto* stream = std::get_if<OpenStream>(&command)) {
    std::vector<std::pair<IpAddress, std::uint16_t>> targets;
    for (const HostPort& target : stream->targets)
      for (const IpAddress& ip : resolve(id, target.host)) targets.emplace_back(ip, target.port);
    streams_.open(id, process(id).host, *stream, targets);
  }
  if (auto* close = std::get_if<CloseStream>(&command)) streams_.close(id, close->stream);
  if (auto* name = std::get_if<Resolve>(&command))
    scheduler_.at(now() + 1ms, [this, id, host = name->host] {
      tell(id, [&](Machine& m) { m.on_resolved(now(), host, resolve(id, host)); });
    });
}

std::vector<IpAddress> World::resolve(ProcessId who, const std::string& host) const {
  if (auto literal = IpAddress::parse(host)) return {*literal};
  std::vector<IpAddress> found;
  if (auto named = names_.find(host); named != names_.end()) found = named->second;
  if (host == "ipv4only.arpa") found = {IpAddress::v4(0xc00000aau), IpAddress::v4(0xc00000abu)};
  const auto prefix = net.nat64_of(processes_[static_cast<std::size_t>(who)].host);
  const bool only_v4 =
      std::all_of(found.begin(), found.end(), [](const IpAddress& ip) { return ip.is_v4(); });
  if (prefix && only_v4)
    for (std::size_t i = 0, n = found.size(); i < n; ++i) found.push_back(embed(*prefix, found[i]));
  return found;
}

bool World::port_taken(NodeId host, const Endpoint& local) const {
  for (const Socket& s : sockets_)
    if (s.host == host && s.local.port == local.port && s.local.family() == local.family() &&
        (s.local.ip == local.ip || s.local.ip.is_unspecified() || local.ip.is_unspecified()))
      return true;
  return false;
}

void World::open_socket(ProcessId id, const OpenSocket& what) {
  NodeId host = process(id).host;
  Endpoint local = what.local;
  std::string failure;
  bool own = local.ip.is_unspecified();
  for (const IpAddress& ip : net.addresses(host)) own |= ip == local.ip;
  if (!own) failure = "no such address";
  if (local.port != 0 && port_taken(host, local)) failure = "port in use";
  while (local.port == 0 || (failure.empty() && port_taken(host, local)))
    local.port = static_cast<std::uint16_t>(32768 + random_.below(28000));
  if (failure.empty()) sockets_.push_back({id, what.socket, local, host});
  scheduler_.at(now(), [=, this, socket = what.socket] {
    SocketEvent event = SocketOpened{local};
    if (!failure.empty()) event = SocketFailed{failure};
    tell(id, [&](Machine& m) { m.on_socket(now(), socket, event); });
  });
}

void World::send(ProcessId id, Datagram datagram) {
  for (const Socket& s : sockets_) {
    if (s.process != id || s.id != datagram.socket) continue;
    if (s.local.family() != datagram.to.family()) return;
    for (const IpAddress& ip : net.addresses(s.host)) {
      if (ip != s.local.ip && !(s.local.ip.is_unspecified() && ip.family() == s.local.family())) continue;
      if (ip.is_loopback() && !datagram.to.ip.is_loopback()) continue;  // never leaves the computer
      return net.send(
          s.host,
          Packet{{ip, s.local.port}, datagram.to, std::move(datagram.bytes), datagram.ttl.value_or(64)});
    }
    return;
  }
}

bool World::deliver(NodeId host, const Packet& packet) {
  for (const Socket& s : sockets_) {
    bool any = s.local.ip.is_unspecified() && s.local.family() == packet.to.family();
    if (s.host != host || s.local.port != packet.to.port || (s.local.ip != packet.to.ip && !any)) continue;
    // Copies: the machine may close its socket while it reads.
    tell(s.process,
         [&, socket = s.id](Machine& m) { m.on_datagram(now(), socket, packet.from, packet.bytes); });
    return true;
  }
  return false;
}

void World::step(Time until) {
  Time first = kNever;
  std::optional<ProcessId> whose;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Machine* machine = processes_[i].machine;
    if (!machine) continue;
    Time deadline = std::max(machine->next_deadline(), now());
    if (deadline < first) first = deadline, whose = ProcessId{static_cast<std::uint32_t>(i)};
  }
  if (std::min(first, scheduler_.next()) > until) return scheduler_.advance(until);
  if (scheduler_.next() <= first) return scheduler_.run_one();
  scheduler_.advance(first);
  stuck_ = stuck_at_ == first ? stuck_ + 1 : 0;
  stuck_at_ = first;
  if (stuck_ > 10000) throw std::logic_error("sim: a machine's deadline does not move");
  tell(*whose, [&](Machine& m) { m.on_timer(now()); });
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  Time until = now() + limit;
  while (!done()) {
    if (now() >= until) return false;
    step(until);
  }
  return true;
}

}  // namespace godesk::sim
