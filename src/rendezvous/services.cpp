#include "rendezvous/services.h"

#include <algorithm>

namespace godesk::rendezvous {
namespace {

bool names(const std::optional<HostPort>& target, const std::string& host) {
  return target && target->host == host;
}

bool names(const Relay& relay, const std::string& host) {
  return names(relay.udp, host) || names(relay.tcp, host) || names(relay.tls, host) ||
         names(relay.websocket, host) || names(relay.udp_443, host);
}

Relay moved(Relay relay, const std::string& host) {
  for (auto* target : {&relay.udp, &relay.tcp, &relay.tls, &relay.websocket, &relay.udp_443})
    if (*target) (*target)->host = host;
  return relay;
}

}  // namespace

std::optional<IpAddress> ip_from(ByteView bytes) {
  if (bytes.size() == 4) return IpAddress::v4(Reader(bytes).u32());
  std::array<std::uint8_t, 16> v6{};
  if (bytes.size() != v6.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), v6.begin());
  return IpAddress::v6(v6);
}

void prefer_address(Services& services, const IpAddress& used) {
  const std::string host = used.unmapped().to_string();

  auto& stun = services.stun;
  const bool known = std::any_of(stun.begin(), stun.end(), [&](const HostPort& s) { return s.host == host; });
  if (!known && !stun.empty()) stun.insert(stun.begin(), HostPort{host, stun.front().port});

  auto& relays = services.relays;
  const auto here = std::find_if(relays.begin(), relays.end(), [](const Relay& r) { return r.here; });
  const bool named =
      std::any_of(relays.begin(), relays.end(), [&](const Relay& r) { return names(r, host); });
  if (!named && here != relays.end()) relays.insert(relays.begin(), moved(*here, host));
  // Other ways may lead nowhere (IPv4 from a network with IPv6 alone): an address that nobody will get is not
  // to be told, or the first packets go there.
  for (Relay& relay : relays)
    if (relay.here && !names(relay, host)) relay.relayed.reset();
}

}  // namespace godesk::rendezvous
