// Networks, NATs and hosts, and the way of a datagram between them.
//
//   1. A host sends: the datagram crosses the host's own link into its network.
//   2. Whoever in this network has the destination gets it over their link; else it goes to the network's
//      gateway, whose NAT translates it (IPv6 is not translated, but passes a stateful firewall), over the
//      gateway's link, into the network outside.
//   3. A NAT that gets it from outside asks its bindings and hands it to its inner network, or drops it.
//   A NAT64 (set_nat64) does the same for IPv6 destinations inside its prefix.
//
// Private addresses may repeat behind different NATs. Network 0 is the internet and has no gateway.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sim/link_model.h"
#include "sim/nat.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace godesk::sim {

enum class NetworkId : std::uint32_t { internet = 0 };
/// A thing with a link into a network: a host, or a NAT's outside.
enum class NodeId : std::uint32_t {};

/// RFC 6052 with a prefix of 96 bits: the IPv6 address that stands for `v4`, and back.
IpAddress embed(const IpAddress& prefix, const IpAddress& v4);
std::optional<IpAddress> embedded(const IpAddress& prefix, const IpAddress& ip);

struct Packet {
  Endpoint from, to;
  Buffer bytes;
  int ttl = 64;
};

class Topology {
 public:
  using Deliver = std::function<bool(NodeId host, const Packet&)>;  // false: no such socket

  Topology(Scheduler& scheduler, SeededRandom& random, Deliver deliver)
      : scheduler_(&scheduler), random_(&random), deliver_(std::move(deliver)), networks_(1) {
    set_hops(NetworkId::internet, 8);
  }

  /// A NAT whose outside is `ip` in `outside`; returns the network behind it. `up` is towards the outside.
  NetworkId add_nat(NatConfig config, NetworkId outside, IpAddress ip, LinkConfig up, LinkConfig down);
  NodeId add_host(NetworkId network, std::vector<IpAddress> addresses, LinkConfig up, LinkConfig down);

  void send(NodeId host, Packet packet);

  Nat& nat(NetworkId inside) { return *networks_[index(inside)].nat; }
  const std::vector<IpAddress>& addresses(NodeId host) const { return node(host).addresses; }
  void set_addresses(NodeId host, std::vector<IpAddress> addresses);
  void set_link(NodeId node, LinkConfig up, LinkConfig down);
  /// The NAT's own link to the outside.
  NodeId gateway(NetworkId inside) const { return networks_[index(inside)].gateway; }

  /// Routers on the way between this network's hosts and the outside, its own gateway included; 1 by default.
  /// The internet: between any two links into it, 8 by default.
  void set_hops(NetworkId network, int hops) { networks_[index(network)].hops = hops; }

  /// No UDP leaves this network any more (UDP inside it still flows).
  void block_udp(NetworkId network, bool blocked) { networks_[index(network)].udp_blocked = blocked; }
  /// IPv6 from outside is let in only as an answer (RFC 6092); on by default.
  void set_v6_firewall(NetworkId network, bool on) { networks_[index(network)].v6_firewall = on; }
  /// The network's NAT translates between IPv6 inside and IPv4 outside (RFC 6146): what goes to `prefix` (its
  /// first 96 bits count, RFC 6052) goes to the IPv4 address in the last 32. RFC 6146 demands mapping
  /// independent of the endpoint.
  void set_nat64(NetworkId network, IpAddress prefix) { networks_[index(network)].nat64 = prefix; }
  /// For names: the prefix of the network that `host` is in.
  std::optional<IpAddress> nat64_of(NodeId host) const { return networks_[index(node(host).network)].nat64; }
  /// Between two addresses as the internet sees them, datagrams vanish in both directions.
  void cut(const IpAddress& a, const IpAddress& b) { cuts_.insert(std::minmax(a, b)); }
  void heal(const IpAddress& a, const IpAddress& b) { cuts_.erase(std::minmax(a, b)); }
  /// What the internet itself adds one way between two nodes that have a link into it: a host, or a NAT's
  /// outside (`gateway`).
  void set_distance(NodeId a, NodeId b, Duration one_way) { distances_[std::minmax(a, b)] = one_way; }
  void set_down(NodeId node_id, bool down) { node(node_id).down = down; }

  /// For streams: where a host appears from when it speaks to `to`, and the one-way delay;
  /// nothing if unreachable.
  struct Route {
    NodeId server{};
    IpAddress seen_as;
    Duration delay{};
    BitsPerSecond rate{};  // the narrowest link; 0: no limit
    bool down = false;
  };
  std::optional<Route> route(NodeId host, const IpAddress& to) const;

  Trace trace;

 private:
  struct Node {
    NetworkId network{};  // where the link leads
    std::vector<IpAddress> addresses;
    LinkModel up, down_link;
    bool down = false;
    NetworkId inside{};  // a NAT's inner network
    bool is_nat = false;
  };
  struct Net {
    std::unique_ptr<Nat> nat;  // none on the internet
    NodeId gateway{};
    bool udp_blocked = false;
    bool v6_firewall = true;
    int hops = 1;
    std::optional<IpAddress> nat64;
    std::map<IpAddress, NodeId> owners;                      // who, in here, to hand a destination to
    std::map<std::pair<Endpoint, Endpoint>, Time> v6_flows;  // (inside, outside) -> last sent
  };

  static std::size_t index(NetworkId id) { return static_cast<std::size_t>(id); }
  Node& node(NodeId id) { return nodes_[static_cast<std::size_t>(id)]; }
  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  NodeId add_node(Node node);
  void own(NodeId owner, NetworkId network, const IpAddress& ip, bool add);
  const NodeId* owner(NetworkId network, const IpAddress& ip) const;

  void emit(NodeId from, Packet packet);
  void inside_network(NodeId sender, Packet packet);
  Duration distance(NodeId a, NodeId b) const;
  void hand_to(NodeId to, Packet packet, Duration further = {});
  void leave(NetworkId network, Packet packet);
  void translate(NetworkId network, Packet packet);
  void arrive(NodeId at, Packet packet);
  void enter(NetworkId network, Packet packet);
  bool pass_routers(NetworkId network, Packet& packet);
  void note(Fate fate, const Packet& packet);

  Scheduler* scheduler_;
  SeededRandom* random_;
  Deliver deliver_;
  std::vector<Net> networks_;
  std::vector<Node> nodes_;
  std::set<std::pair<IpAddress, IpAddress>> cuts_;
  std::map<std::pair<NodeId, NodeId>, Duration> distances_;
};

}  // namespace godesk::sim
