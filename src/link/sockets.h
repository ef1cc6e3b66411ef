// One UDP socket per address of this computer, and what STUN servers say of them.
//
//   1. set_addresses() opens and closes sockets; Opened and Closed tell.
//   2. Where there is IPv6 and NAT64 alone, set_nat64() lets IPv6 sockets ask IPv4 servers through it: what
//      they see is the IPv4 address of such a socket.
//   3. gather() asks every STUN server of the socket's family for the socket's reflexive address, again
//      whenever a mapping may have changed; Reflexive tells of a new one.
//
// It shows an address to nobody but the STUN servers of the configuration, and checks nothing.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "base/machine.h"
#include "base/random.h"
#include "ice/nat_profile.h"
#include "stun/client.h"

namespace godesk::link {

class HostSockets final : public Machine {
 public:
  struct Config {
    std::vector<HostPort> stun;
    bool loopback = false;  // loopback addresses too; otherwise only where there is nothing else
    std::size_t max_sockets = 8;
    std::size_t max_servers = 4;
  };
  struct Host {
    SocketId socket{};
    IpAddress ip;
    std::optional<Endpoint> local;        // once open
    std::map<Endpoint, Endpoint> mapped;  // by server: how it sees this socket
  };
  struct Opened {
    SocketId socket{};
    Endpoint local;
  };
  struct Closed {
    SocketId socket{};
  };
  struct Reflexive {};
  using Event = std::variant<Opened, Closed, Reflexive>;

  HostSockets(Config config, Ids& ids, Random& random);

  void set_addresses(Time now, const std::vector<IpAddress>& addresses);
  void gather(Time now);
  /// One question, so that the mapping of the first translated socket lives on.
  void keep(Time now);
  bool translated() const { return first_translated() != nullptr; }
  void set_nat64(Time now, const std::optional<ice::Nat64Prefix>& prefix);
  /// IPv4 is reached through a NAT64 and not otherwise.
  bool through_nat64() const;
  const std::optional<ice::Nat64Prefix>& nat64() const { return nat64_; }
  bool gathering() const { return !asking_.empty(); }
  /// Some server answered since the last gather().
  bool heard_stun() const { return heard_; }
  const std::vector<Host>& all() const { return hosts_; }
  bool owns(SocketId socket) const { return find(socket) != nullptr; }
  /// True when it was the answer of a STUN server.
  bool on_stun(Time now, SocketId socket, const Endpoint& from, ByteView bytes);
  std::optional<Event> next_event();

  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  struct Question {
    SocketId socket{};
    Endpoint server;
    stun::BindingTransaction transaction;
  };

  std::vector<IpAddress> usable(const std::vector<IpAddress>& addresses) const;
  void close(std::size_t index);
  void ask_all(Time now, const Host& host);
  void ask(Time now, const Host& host, const Endpoint& server);
  void add_server(const IpAddress& ip, std::uint16_t port);
  const Host* first_translated() const;
  const Host* find(SocketId socket) const;
  Host* find(SocketId socket) { return const_cast<Host*>(std::as_const(*this).find(socket)); }

  Config config_;
  Ids& ids_;
  Random& random_;
  std::vector<Host> hosts_;
  std::vector<Endpoint> servers_;
  std::deque<Question> asking_;
  bool heard_ = false;
  bool resolving_ = false;
  std::optional<ice::Nat64Prefix> nat64_;
  std::deque<Command> commands_;
  std::deque<Event> events_;
};

}  // namespace godesk::link
