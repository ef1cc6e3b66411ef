#include "turn/relay_ports.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk::turn {

RelayPorts::RelayPorts(Config config, Ids& ids, Random& random)
    : config_(std::move(config)), ids_(ids), random_(random) {}

bool RelayPorts::is_relay_ip(const IpAddress& ip) const {
  const auto& relay = address(ip.family());
  return relay && relay->advertised == ip;
}

/// A random port that we do not use, or the next free one after it.
std::optional<std::uint16_t> RelayPorts::pick(Family family, Shape shape) const {
  const std::uint32_t count = config_.last - config_.first + 1u;
  const std::uint32_t start = random_.below(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<std::uint16_t>(config_.first + (start + i) % count);
    if (used_.contains({family, port})) continue;
    if (shape != Shape::any && port % 2 != 0) continue;
    const auto next = static_cast<std::uint16_t>(port + 1);
    if (shape == Shape::even_pair && (port == config_.last || used_.contains({family, next}))) continue;
    return port;
  }
  return std::nullopt;
}

void RelayPorts::open(Order& order, std::uint16_t port) {
  ++order.attempts;
  order.opening = ids_.socket();
  order.port = port;
  used_.insert({order.family, port});
  commands_.push_back(OpenSocket{order.opening, Endpoint{address(order.family)->bind, port}});
}

std::optional<Endpoint> RelayPorts::propose(Family family) const {
  const auto port = has(family) ? pick(family, Shape::any) : std::nullopt;
  return port ? std::optional(Endpoint{address(family)->advertised, *port}) : std::nullopt;
}

std::optional<RelayPorts::OrderId> RelayPorts::order(Family family, Shape shape, std::uint16_t preferred) {
  if (!has(family)) return std::nullopt;
  auto port = is_free(family, preferred) ? std::optional(preferred) : pick(family, shape);
  if (!port) return std::nullopt;
  const OrderId id{++last_order_};
  Order order;
  order.family = family;
  order.shape = shape;
  open(order, *port);
  orders_.emplace(id, order);
  return id;
}

void RelayPorts::cancel(OrderId id) {
  auto it = orders_.find(id);
  if (it == orders_.end()) return;
  commands_.push_back(CloseSocket{it->second.opening});
  free_port(it->second.family, it->second.port);
  if (it->second.first) release(*it->second.first);
  orders_.erase(it);
}

std::optional<RelayPorts::Filled> RelayPorts::on_socket(SocketId socket, const SocketEvent& event) {
  auto it = std::find_if(orders_.begin(), orders_.end(), [&](auto& o) { return o.second.opening == socket; });
  if (it == orders_.end()) return std::nullopt;
  return std::holds_alternative<SocketOpened>(event) ? opened(it) : refused(it);
}

std::optional<RelayPorts::Filled> RelayPorts::opened(Orders::iterator it) {
  Order& order = it->second;
  RelaySocket socket{order.opening, Endpoint{address(order.family)->advertised, order.port}};
  if (order.shape == Shape::even_pair && !order.first) {
    order.first = socket;
    open(order, static_cast<std::uint16_t>(order.port + 1));
    return std::nullopt;
  }
  Filled filled{it->first, socket, std::nullopt};
  if (order.first) filled = {it->first, order.first, socket};
  orders_.erase(it);
  return filled;
}

std::optional<RelayPorts::Filled> RelayPorts::refused(Orders::iterator it) {
  Order& order = it->second;
  const std::uint16_t taken = order.port;
  if (order.first) release(*order.first);
  order.first.reset();
  // The refused port still counts as used while another is picked, so that it is not picked again at once.
  auto port = order.attempts < config_.attempts ? pick(order.family, order.shape) : std::nullopt;
  free_port(order.family, taken);
  if (port) {
    open(order, *port);
    return std::nullopt;
  }
  const Filled nothing{it->first, std::nullopt, std::nullopt};
  orders_.erase(it);
  return nothing;
}

void RelayPorts::release(const RelaySocket& socket) {
  commands_.push_back(CloseSocket{socket.socket});
  free_port(socket.relayed.family(), socket.relayed.port);
}

std::optional<Command> RelayPorts::next_command() { return pop(commands_); }

}  // namespace godesk::turn
