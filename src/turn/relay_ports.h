// Sockets for relayed addresses: a random free port of the configured range, for an allocation now or, as a
// reservation, for the next one (EVEN-PORT, RFC 8656 7.2).
//
//   1. order() asks for a socket, or for an even one and its odd neighbour; next_command() opens it.
//   2. on_socket() says what became of it. A refused port is tried again elsewhere, a few times.
//   3. release() closes.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>

#include "base/machine.h"
#include "base/random.h"

namespace godesk::turn {

struct RelayAddress {
  IpAddress bind;        // where the socket listens
  IpAddress advertised;  // what peers are told; differs behind a one-to-one NAT
};

struct RelaySocket {
  SocketId socket{};
  Endpoint relayed;  // advertised
};

class RelayPorts {
 public:
  struct Config {
    std::optional<RelayAddress> v4{}, v6{};
    std::uint16_t first = 49152, last = 65535;
    int attempts = 16;
  };
  enum class Shape {
    any,        // one port
    even,       // one even port
    even_pair,  // an even port and the next one
  };
  enum class OrderId : std::uint32_t {};

  struct Filled {
    OrderId order{};
    std::optional<RelaySocket> socket;  // none: no port could be had
    std::optional<RelaySocket> next;    // even_pair
  };

  RelayPorts(Config config, Ids& ids, Random& random);

  bool has(Family family) const { return address(family).has_value(); }
  /// `preferred`, if it is not 0, is tried first. nullopt: the family is not configured, or every port of the
  /// range is in use.
  std::optional<OrderId> order(Family family, Shape shape, std::uint16_t preferred = 0);
  /// A relayed address that is free at this moment, and that order() may be asked for.
  std::optional<Endpoint> propose(Family family) const;
  /// The order is not wanted any more; what it opened is closed.
  void cancel(OrderId order);
  std::optional<Filled> on_socket(SocketId socket, const SocketEvent& event);
  void release(const RelaySocket& socket);
  std::optional<Command> next_command();

  bool is_relay_ip(const IpAddress& ip) const;
  const Config& config() const { return config_; }

 private:
  struct Order {
    Family family = Family::v4;
    Shape shape = Shape::any;
    int attempts = 0;
    SocketId opening{};
    std::uint16_t port = 0;              // that is being opened
    std::optional<RelaySocket> first{};  // even_pair: the even one, already open
  };
  using Orders = std::map<OrderId, Order>;

  const std::optional<RelayAddress>& address(Family family) const {
    return family == Family::v4 ? config_.v4 : config_.v6;
  }
  std::optional<std::uint16_t> pick(Family family, Shape shape) const;
  bool is_free(Family family, std::uint16_t port) const {
    return port >= config_.first && port <= config_.last && !used_.contains({family, port});
  }
  void open(Order& order, std::uint16_t port);
  std::optional<Filled> opened(Orders::iterator it);
  std::optional<Filled> refused(Orders::iterator it);
  void free_port(Family family, std::uint16_t port) { used_.erase({family, port}); }

  Config config_;
  Ids& ids_;
  Random& random_;
  std::uint32_t last_order_ = 0;
  Orders orders_;
  std::set<std::pair<Family, std::uint16_t>> used_;
  std::deque<Command> commands_;
};

}  // namespace godesk::turn
