#include "os/free_port.h"

#include <unistd.h>

#include "os/sockaddr.h"

namespace godesk::os {

namespace {

constexpr int kAttempts = 50;

/// The port it could be bound to; 0 if it could not.
std::uint16_t try_bind(const Endpoint& at, int type, std::vector<int>& opened) {
  int fd = ::socket(at.ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  opened.push_back(fd);
  int on = 1;
  if (!at.ip.is_v4()) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  SocketAddress address = to_sockaddr(at);
  return ::bind(fd, address.get(), address.length) == 0 ? local_endpoint(fd).port : 0;
}

std::optional<std::uint16_t> attempt(const std::vector<IpAddress>& addresses, std::vector<int>& opened) {
  std::uint16_t port = 0;
  for (const IpAddress& ip : addresses) {
    for (int type : {SOCK_DGRAM, SOCK_STREAM}) {
      port = try_bind({ip, port}, type, opened);
      if (port == 0) return std::nullopt;
    }
  }
  return port;
}

}  // namespace

std::optional<std::uint16_t> free_port(const std::vector<IpAddress>& addresses) {
  for (int i = 0; i < kAttempts && !addresses.empty(); ++i) {
    std::vector<int> opened;
    auto port = attempt(addresses, opened);
    for (int fd : opened) ::close(fd);
    if (port) return port;
  }
  return std::nullopt;
}

}  // namespace godesk::os
