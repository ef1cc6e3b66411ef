// Endpoints as the kernel wants them, and back.
#pragma once

#include <optional>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/address.h"

namespace godesk::os {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress to_sockaddr(const Endpoint& endpoint);
/// Nothing for families other than IPv4 and IPv6.
std::optional<Endpoint> from_sockaddr(const sockaddr& address);

/// The local or remote end of a socket; 0.0.0.0:0 when it has none.
Endpoint local_endpoint(int fd);
Endpoint remote_endpoint(int fd);

}  // namespace godesk::os
