#include <algorithm>

#include "link/link.h"

namespace godesk::link {
namespace {

bool is_loopback(const HostPort& server) {
  auto ip = IpAddress::parse(server.host);
  return ip && ip->is_loopback();
}

bool is_loopback(const RelayServer& relay) {
  return (relay.udp && is_loopback(*relay.udp)) || (relay.tcp && is_loopback(*relay.tcp)) ||
         (relay.tls && is_loopback(*relay.tls));
}

}  // namespace

std::vector<std::string> hosts_of(const std::vector<RelayServer>& relays) {
  std::vector<std::string> hosts;
  for (const RelayServer& relay : relays)
    for (const auto& at : {relay.udp, relay.tcp, relay.tls})
      if (at && std::find(hosts.begin(), hosts.end(), at->host) == hosts.end()) hosts.push_back(at->host);
  return hosts;
}

bool uses_loopback(const Config& config) {
  auto is = [](const auto& server) { return is_loopback(server); };
  return std::any_of(config.stun.begin(), config.stun.end(), is) ||
         std::any_of(config.relays.begin(), config.relays.end(), is);
}

}  // namespace godesk::link
