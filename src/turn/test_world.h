// A small network in virtual time for the tests of this room: machines with addresses, datagrams and
// connections with a fixed delay, no NAT and no loss unless a test cuts something.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <vector>

#include "base/machine.h"
#include "base/random.h"

namespace godesk::turn {

struct TestRandom final : Random {
  explicit TestRandom(std::uint64_t seed) : state(seed * 2654435761u + 1) {}
  void fill(MutableBytes out) override {
    for (auto& byte : out) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;
      byte = static_cast<std::uint8_t>(state >> 24);
    }
  }
  std::uint64_t state;
};

class TestWorld {
 public:
  struct Packet {
    Endpoint from, to;
    Buffer bytes;
  };

  Time now{};
  Duration delay = 5ms;
  std::set<Endpoint> dead;   // datagrams to these vanish
  int lose = 0;              // so many datagrams from now on, too
  std::set<Endpoint> taken;  // addresses that cannot be bound
  std::map<std::string, std::vector<IpAddress>> names;
  std::map<Endpoint, std::vector<Packet>> inboxes;  // what unowned endpoints received
  std::vector<Packet> sent;                         // every datagram
  bool stall_streams = false;                       // bytes are accepted and never leave

  void attach(Machine& machine, std::vector<IpAddress> addresses) { nodes_.push_back({&machine, addresses}); }
  void detach(Machine& machine) {
    std::erase_if(nodes_, [&](auto& n) { return n.machine == &machine; });
    std::erase_if(sockets_, [&](auto& s) { return s.second.machine == &machine; });
    std::erase_if(streams_, [&](auto& s) { return s.first.first == &machine; });
  }
  /// A socket the wiring opened itself.
  void bind(Machine& machine, SocketId id, const Endpoint& at) { sockets_[at] = {&machine, id}; }
  /// Connections to `at` are accepted for `machine`.
  void listen(Machine& machine, const Endpoint& at) { listeners_[at] = &machine; }
  void inject(const Endpoint& from, const Endpoint& to, Buffer bytes) { send({from, to, std::move(bytes)}); }

  std::size_t bound(const IpAddress& ip) const {
    return static_cast<std::size_t>(
        std::count_if(sockets_.begin(), sockets_.end(), [&](auto& s) { return s.first.ip == ip; }));
  }
  std::size_t open_streams() const { return streams_.size(); }

  void run(Duration span) {
    const Time until = now + span;
    drain();
    for (;;) {
      Time next = until;
      if (!events_.empty()) next = std::min(next, events_.top().at);
      for (auto& n : nodes_) next = std::min(next, n.machine->next_deadline());
      now = std::max(now, next);
      if (events_.empty() || events_.top().at > now) {
        for (auto& n : nodes_) n.machine->on_timer(now);
      } else {
        auto action = events_.top().action;
        events_.pop();
        action();
      }
      drain();
      if (now >= until && (events_.empty() || events_.top().at > now)) return;
    }
  }
  void drain() {
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Node node = nodes_[i];
        while (auto c = node.machine->next_command()) {
          more = true;
          std::visit([&](auto& command) { execute(node, command); }, *c);
        }
        while (auto t = node.machine->next_transmit()) {
          more = true;
          std::visit([&](auto& bytes) { transmit(node, bytes); }, *t);
        }
      }
    }
  }

 private:
  struct Node {
    Machine* machine;
    std::vector<IpAddress> addresses;
  };
  struct Owner {
    Machine* machine;
    SocketId id;
  };
  using StreamEnd = std::pair<Machine*, StreamId>;
  struct Pipe {
    StreamEnd other;
    std::size_t backlog = 0;
  };
  struct Event {
    Time at;
    std::uint64_t order;
    std::function<void()> action;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  void later(Duration wait, std::function<void()> action) {
    events_.push({now + wait, ++order_, std::move(action)});
  }
  static std::optional<IpAddress> own(const Node& node, Family family) {
    for (const IpAddress& ip : node.addresses)
      if (ip.family() == family) return ip;
    return std::nullopt;
  }

  void execute(Node& node, OpenSocket& open) {
    Endpoint at = open.local;
    auto ip = at.ip.is_unspecified() ? own(node, at.family()) : at.ip;
    while (ip && at.port == 0) {
      at.port = next_port_++;
      if (sockets_.contains({*ip, at.port})) at.port = 0;
    }
    const bool ok = ip && !sockets_.contains({*ip, at.port}) && !taken.contains({*ip, at.port});
    if (ok) sockets_[{*ip, at.port}] = {node.machine, open.socket};
    later(0ns, [=, this, m = node.machine, id = open.socket] {
      if (ok) return m->on_socket(now, id, SocketOpened{{*ip, at.port}});
      m->on_socket(now, id, SocketFailed{"taken"});
    });
  }
  void execute(Node& node, CloseSocket& close) {
    std::erase_if(sockets_,
                  [&](auto& s) { return s.second.machine == node.machine && s.second.id == close.socket; });
  }
  void execute(Node& node, OpenStream& open) {
    const HostPort target = open.targets.at(0);
    auto ip = IpAddress::parse(target.host);
    auto listener = ip ? listeners_.find({*ip, target.port}) : listeners_.end();
    StreamEnd client{node.machine, open.stream};
    if (listener == listeners_.end() || dead.contains(listener->first)) {
      return later(delay, [=, this] {
        client.first->on_stream(now, client.second, StreamClosed{StreamClosed::Why::unreachable, ""});
      });
    }
    StreamEnd server{listener->second, Ids::accepted(++accepted_)};
    const Endpoint local{*own(node, ip->family()), next_port_++}, remote = listener->first;
    streams_[client] = {server, 0};
    streams_[server] = {client, 0};
    later(delay, [=, this] {
      server.first->on_stream(now, server.second, StreamOpened{remote, local, {}, false});
    });
    later(2 * delay, [=, this] {
      client.first->on_stream(now, client.second, StreamOpened{local, remote, {}, false});
    });
  }
  void execute(Node& node, CloseStream& close) {
    auto it = streams_.find({node.machine, close.stream});
    if (it == streams_.end()) return;
    const StreamEnd other = it->second.other;
    streams_.erase(it);
    later(delay, [=, this] {
      if (streams_.erase(other) > 0) other.first->on_stream(now, other.second, StreamClosed{});
    });
  }
  void execute(Node& node, Resolve& resolve) {
    later(delay, [this, m = node.machine, host = resolve.host] { m->on_resolved(now, host, names[host]); });
  }

  void transmit(Node& node, Datagram& d) {
    for (auto& [at, owner] : sockets_)
      if (owner.machine == node.machine && owner.id == d.socket) return send({at, d.to, std::move(d.bytes)});
  }
  void transmit(Node& node, StreamBytes& s) {
    auto it = streams_.find({node.machine, s.stream});
    if (it == streams_.end()) return;
    if (stall_streams) {
      it->second.backlog += s.bytes.size();
      return node.machine->on_backlog(now, s.stream, it->second.backlog);
    }
    node.machine->on_backlog(now, s.stream, 0);
    later(delay, [this, other = it->second.other, bytes = std::move(s.bytes)] {
      if (streams_.contains(other)) other.first->on_stream(now, other.second, StreamData{bytes});
    });
  }
  void send(Packet packet) {
    sent.push_back(packet);
    if (dead.contains(packet.to)) return;
    if (lose > 0 && lose-- > 0) return;
    later(delay, [this, packet = std::move(packet)] {
      auto it = sockets_.find(packet.to);
      if (it == sockets_.end()) return inboxes[packet.to].push_back(packet);
      it->second.machine->on_datagram(now, it->second.id, packet.from, packet.bytes);
    });
  }

  std::vector<Node> nodes_;
  std::map<Endpoint, Owner> sockets_;
  std::map<Endpoint, Machine*> listeners_;
  std::map<StreamEnd, Pipe> streams_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  std::uint32_t accepted_ = 0;
  std::uint16_t next_port_ = 20000;
};

}  // namespace godesk::turn
