#include "sim/topology.h"

#include <algorithm>
#include <stdexcept>

namespace godesk::sim {

IpAddress embed(const IpAddress& prefix, const IpAddress& v4) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(prefix.bytes().begin(), 12, bytes.begin());
  std::copy_n(v4.bytes().begin(), 4, bytes.begin() + 12);
  return IpAddress::v6(bytes);
}

std::optional<IpAddress> embedded(const IpAddress& prefix, const IpAddress& ip) {
  if (ip.is_v4() || ip.prefix(96) != prefix.prefix(96)) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  std::copy_n(ip.bytes().begin() + 12, 4, bytes.begin());
  return IpAddress::v4(bytes);
}

NodeId Topology::add_node(Node added) {
  NodeId id{static_cast<std::uint32_t>(nodes_.size())};
  nodes_.push_back(std::move(added));
  for (const IpAddress& ip : node(id).addresses) own(id, node(id).network, ip, true);
  return id;
}

NetworkId Topology::add_nat(NatConfig config, NetworkId outside, IpAddress ip, LinkConfig up,
                            LinkConfig down) {
  NetworkId inside{static_cast<std::uint32_t>(networks_.size())};
  networks_.emplace_back();
  Node gate;
  gate.network = outside;
  gate.addresses = {ip};
  gate.up = LinkModel{up}, gate.down_link = LinkModel{down};
  gate.is_nat = true, gate.inside = inside;
  networks_.back().gateway = add_node(std::move(gate));
  networks_.back().nat = std::make_unique<Nat>(config, ip, *random_);
  return inside;
}

NodeId Topology::add_host(NetworkId network, std::vector<IpAddress> addresses, LinkConfig up,
                          LinkConfig down) {
  Node host;
  host.network = network;
  host.addresses = std::move(addresses);
  host.up = LinkModel{up}, host.down_link = LinkModel{down};
  return add_node(std::move(host));
}

void Topology::own(NodeId owner_id, NetworkId network, const IpAddress& ip, bool add) {
  Net& net = networks_[index(network)];
  if (add && net.owners.contains(ip)) throw std::logic_error("sim: address taken: " + ip.to_string());
  if (add) net.owners[ip] = owner_id;
  if (!add) net.owners.erase(ip);
  // IPv6 is not translated: every network on the way out routes it here.
  bool outermost = network == NetworkId::internet;
  if (!ip.is_v4() && !outermost) own(net.gateway, node(net.gateway).network, ip, add);
}

const NodeId* Topology::owner(NetworkId network, const IpAddress& ip) const {
  const auto& owners = networks_[index(network)].owners;
  auto found = owners.find(ip);
  return found == owners.end() ? nullptr : &found->second;
}

void Topology::set_addresses(NodeId host, std::vector<IpAddress> addresses) {
  for (const IpAddress& ip : node(host).addresses) own(host, node(host).network, ip, false);
  node(host).addresses = std::move(addresses);
  for (const IpAddress& ip : node(host).addresses) own(host, node(host).network, ip, true);
}

void Topology::set_link(NodeId id, LinkConfig up, LinkConfig down) {
  node(id).up.set(up);
  node(id).down_link.set(down);
}

void Topology::note(Fate fate, const Packet& p) {
  trace.add({scheduler_->now(), fate, p.from, p.to, p.bytes.size(), kind_of(p.bytes)}, p.bytes);
}

void Topology::send(NodeId host, Packet packet) {
  note(Fate::sent, packet);
  emit(host, std::move(packet));
}

void Topology::emit(NodeId from, Packet packet) {
  Node& sender = node(from);
  if (sender.down) return note(Fate::cut, packet);
  auto when = sender.up.carry(scheduler_->now(), packet.bytes.size(), *random_);
  if (!when) return note(Fate::lost, packet);
  scheduler_->at(*when,
                 [this, from, p = std::move(packet)]() mutable { inside_network(from, std::move(p)); });
}

/// The routers of a network take their part of the packet's life; false: it ended here.
bool Topology::pass_routers(NetworkId network, Packet& packet) {
  packet.ttl -= networks_[index(network)].hops;
  if (packet.ttl <= 0) note(Fate::expired, packet);
  return packet.ttl > 0;
}

Duration Topology::distance(NodeId a, NodeId b) const {
  auto found = distances_.find(std::minmax(a, b));
  return found == distances_.end() ? Duration{} : found->second;
}

void Topology::inside_network(NodeId sender, Packet packet) {
  const NetworkId network = node(sender).network;
  if (network == NetworkId::internet && cuts_.contains(std::minmax(packet.from.ip, packet.to.ip)))
    return note(Fate::cut, packet);
  if (network == NetworkId::internet && !pass_routers(network, packet)) return;
  if (const NodeId* to = owner(network, packet.to.ip))
    return hand_to(*to, std::move(packet), distance(sender, *to));
  if (network == NetworkId::internet) return note(Fate::unroutable, packet);
  leave(network, std::move(packet));
}

void Topology::hand_to(NodeId to, Packet packet, Duration further) {
  Node& receiver = node(to);
  if (receiver.down) return note(Fate::cut, packet);
  auto when = receiver.down_link.carry(scheduler_->now(), packet.bytes.size(), *random_);
  if (!when) return note(Fate::lost, packet);
  scheduler_->at(*when + further, [this, to, p = std::move(packet)]() mutable { arrive(to, std::move(p)); });
}

void Topology::leave(NetworkId network, Packet packet) {
  Net& net = networks_[index(network)];
  if (net.udp_blocked) return note(Fate::udp_blocked, packet);
  // A router looks at the packet's life before it translates: what dies here makes no binding.
  if (!pass_routers(network, packet)) return;
  if (packet.to.ip.is_v4()) return translate(network, std::move(packet));
  if (net.nat64) {
    if (auto v4 = embedded(*net.nat64, packet.to.ip)) {
      packet.to.ip = *v4;
      return translate(network, std::move(packet));
    }
  }
  net.v6_flows[{packet.from, packet.to}] = scheduler_->now();
  emit(net.gateway, std::move(packet));
}

void Topology::translate(NetworkId network, Packet packet) {
  Net& net = networks_[index(network)];
  auto outside = net.nat->outbound(scheduler_->now(), packet.from, packet.to);
  if (!outside) return note(Fate::filtered, packet);
  packet.from = *outside;
  if (packet.to.ip != net.nat->outside()) return emit(net.gateway, std::move(packet));
  if (!net.nat->hairpins()) return note(Fate::no_hairpin, packet);
  enter(network, std::move(packet));
}

void Topology::arrive(NodeId at, Packet packet) {
  if (node(at).is_nat) return enter(node(at).inside, std::move(packet));
  bool delivered = deliver_(at, packet);
  note(delivered ? Fate::delivered : Fate::closed_port, packet);
}

void Topology::enter(NetworkId network, Packet packet) {
  Net& net = networks_[index(network)];
  if (net.udp_blocked) return note(Fate::udp_blocked, packet);
  if (!pass_routers(network, packet)) return;
  Time now = scheduler_->now();
  if (!packet.to.ip.is_v4()) {
    auto flow = net.v6_flows.find({packet.to, packet.from});
    bool asked = flow != net.v6_flows.end() && now - flow->second < 120s;
    if (net.v6_firewall && !asked) return note(Fate::filtered, packet);
  } else {
    auto inside = net.nat->inbound(now, packet.to.port, packet.from);
    if (!inside) return note(Fate::filtered, packet);
    packet.to = *inside;
    if (net.nat64 && !inside->ip.is_v4()) packet.from.ip = embed(*net.nat64, packet.from.ip);
  }
  if (const NodeId* to = owner(network, packet.to.ip)) return hand_to(*to, std::move(packet));
  note(Fate::unroutable, packet);
}

std::optional<Topology::Route> Topology::route(NodeId host, const IpAddress& named) const {
  Route way;
  IpAddress to = named;
  auto cross = [&](const Node& n, const LinkModel& link) {
    way.delay += link.config().delay;
    std::int64_t rate = link.config().rate.n;
    if (rate > 0 && (way.rate.n == 0 || rate < way.rate.n)) way.rate.n = rate;
    way.down |= n.down;
  };
  NodeId at = host;
  for (const IpAddress& ip : node(host).addresses)
    if (ip.family() == to.family() && (to.is_loopback() || !ip.is_loopback())) way.seen_as = ip;
  if (way.seen_as.is_unspecified()) return std::nullopt;
  for (;;) {
    cross(node(at), node(at).up);
    NetworkId network = node(at).network;
    if (const NodeId* found = owner(network, to)) {
      if (node(*found).is_nat) return std::nullopt;  // nobody listens behind a NAT
      cross(node(*found), node(*found).down_link);
      way.delay += distance(at, *found);
      way.server = *found;
      if (network == NetworkId::internet && cuts_.contains(std::minmax(way.seen_as, to))) way.down = true;
      return way;
    }
    if (network == NetworkId::internet) return std::nullopt;
    at = networks_[index(network)].gateway;
    if (networks_[index(network)].nat64) to = embedded(*networks_[index(network)].nat64, to).value_or(to);
    if (to.is_v4()) way.seen_as = networks_[index(network)].nat->outside();
  }
}

}  // namespace godesk::sim
