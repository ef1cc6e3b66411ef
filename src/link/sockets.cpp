#include "link/sockets.h"

#include <algorithm>

#include "base/queue.h"
#include "ice/nat64.h"

namespace godesk::link {

HostSockets::HostSockets(Config config, Ids& ids, Random& random)
    : config_(std::move(config)), ids_(ids), random_(random) {
  for (const HostPort& server : config_.stun)
    if (auto ip = IpAddress::parse(server.host)) add_server(*ip, server.port);
}

void HostSockets::add_server(const IpAddress& ip, std::uint16_t port) {
  const Endpoint server{ip, port};
  const bool known = std::find(servers_.begin(), servers_.end(), server) != servers_.end();
  if (!known && servers_.size() < config_.max_servers) servers_.push_back(server);
}

const HostSockets::Host* HostSockets::find(SocketId socket) const {
  for (const Host& host : hosts_)
    if (host.socket == socket) return &host;
  return nullptr;
}

/// Link-local IPv6 means nothing without its interface; loopback reaches nobody else.
std::vector<IpAddress> HostSockets::usable(const std::vector<IpAddress>& addresses) const {
  std::vector<IpAddress> out, loopback;
  for (const IpAddress& ip : addresses) {
    const bool useless = ip.is_unspecified() || ip.is_multicast() || (!ip.is_v4() && ip.is_link_local());
    auto& to = ip.is_loopback() && !config_.loopback ? loopback : out;
    if (!useless && std::find(to.begin(), to.end(), ip) == to.end()) to.push_back(ip);
  }
  if (out.empty()) out = std::move(loopback);
  if (out.size() > config_.max_sockets) out.resize(config_.max_sockets);
  return out;
}

void HostSockets::set_addresses(Time, const std::vector<IpAddress>& addresses) {
  const auto wanted = usable(addresses);
  for (std::size_t i = hosts_.size(); i-- > 0;)
    if (std::find(wanted.begin(), wanted.end(), hosts_[i].ip) == wanted.end()) close(i);
  for (const IpAddress& ip : wanted) {
    if (std::any_of(hosts_.begin(), hosts_.end(), [&](const Host& h) { return h.ip == ip; })) continue;
    hosts_.push_back({ids_.socket(), ip, std::nullopt, {}});
    commands_.push_back(OpenSocket{hosts_.back().socket, {ip, 0}});
  }
}

void HostSockets::close(std::size_t index) {
  const SocketId socket = hosts_[index].socket;
  std::erase_if(asking_, [&](const Question& q) { return q.socket == socket; });
  commands_.push_back(CloseSocket{socket});
  events_.push_back(Closed{socket});
  hosts_.erase(hosts_.begin() + static_cast<std::ptrdiff_t>(index));
}

void HostSockets::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  Host* host = find(socket);
  if (!host) return;
  if (auto* opened = std::get_if<SocketOpened>(&event)) {
    host->local = opened->local;
    events_.push_back(Opened{socket, opened->local});
    return ask_all(now, *host);
  }
  std::erase_if(hosts_, [&](const Host& h) { return h.socket == socket; });
}

// ---- STUN

void HostSockets::gather(Time now) {
  heard_ = false;
  asking_.clear();
  for (const Host& host : hosts_)
    if (host.local) ask_all(now, host);
}

void HostSockets::keep(Time now) {
  if (const Host* host = first_translated()) ask(now, *host, host->mapped.begin()->first);
}

const HostSockets::Host* HostSockets::first_translated() const {
  for (const Host& host : hosts_)
    if (host.local && !host.mapped.empty() && host.mapped.begin()->second != *host.local) return &host;
  return nullptr;
}

void HostSockets::ask_all(Time now, const Host& host) {
  if (!std::exchange(resolving_, true)) {
    for (const HostPort& server : config_.stun)
      if (!IpAddress::parse(server.host)) commands_.push_back(Resolve{server.host});
  }
  for (const Endpoint& server : servers_) ask(now, host, server);
}

void HostSockets::set_nat64(Time now, const std::optional<ice::Nat64Prefix>& prefix) {
  if (nat64_ == prefix) return;
  nat64_ = prefix;
  gather(now);
}

bool HostSockets::through_nat64() const {
  return nat64_ && std::none_of(hosts_.begin(), hosts_.end(), [](const Host& h) { return h.ip.is_v4(); });
}

void HostSockets::ask(Time now, const Host& host, const Endpoint& named) {
  const bool synthesize = named.ip.is_v4() && !named.ip.is_loopback() && through_nat64();
  const Endpoint server = synthesize ? ice::nat64_endpoint(*nat64_, named) : named;
  if (server.family() != host.ip.family() || host.ip.is_loopback() != server.ip.is_loopback()) return;
  stun::BindingTransaction::Config config;
  config.socket = host.socket;
  config.server = server;
  asking_.push_back({host.socket, server, stun::BindingTransaction(config, random_.bytes<12>())});
  asking_.back().transaction.start(now);
}

void HostSockets::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  for (const HostPort& server : config_.stun) {
    if (server.host != host || IpAddress::parse(host)) continue;
    for (const IpAddress& ip : addresses) {
      const std::size_t before = servers_.size();
      add_server(ip, server.port);
      if (servers_.size() == before) continue;
      for (const Host& own : hosts_)
        if (own.local) ask(now, own, servers_.back());
    }
  }
}

bool HostSockets::on_stun(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  auto message = stun::Message::parse(bytes);
  if (!message) return false;
  for (auto it = asking_.begin(); it != asking_.end(); ++it) {
    if (it->socket != socket || !it->transaction.on_message(now, from, *message)) continue;
    heard_ = true;
    Host* host = find(socket);
    const auto& result = it->transaction.result();
    if (host && result) {
      Endpoint& mapped = host->mapped[it->server];
      if (mapped != result->mapped) events_.push_back(Reflexive{});
      mapped = result->mapped;
    }
    asking_.erase(it);
    return true;
  }
  return false;
}

// ---- the verbs

std::optional<HostSockets::Event> HostSockets::next_event() { return pop(events_); }

void HostSockets::on_timer(Time now) {
  for (Question& q : asking_) q.transaction.on_timer(now);
  std::erase_if(asking_, [](const Question& q) {
    return q.transaction.state() != stun::BindingTransaction::State::pending;
  });
}

std::optional<Command> HostSockets::next_command() { return pop(commands_); }

std::optional<Transmit> HostSockets::next_transmit() {
  for (Question& q : asking_)
    if (auto datagram = q.transaction.next_transmit()) return std::move(*datagram);
  return std::nullopt;
}

Time HostSockets::next_deadline() const {
  Time next = kNever;
  for (const Question& q : asking_) next = std::min(next, q.transaction.next_deadline());
  return next;
}

}  // namespace godesk::link
