#include "os/network.h"

#include <algorithm>
#include <memory>

#include <ifaddrs.h>
#include <net/if.h>

#include "os/sockaddr.h"

namespace godesk::os {

std::vector<IpAddress> local_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);

  std::vector<IpAddress> found;
  for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP)) continue;
    auto endpoint = from_sockaddr(*entry->ifa_addr);
    if (!endpoint || (!endpoint->ip.is_v4() && endpoint->ip.is_link_local())) continue;
    if (std::find(found.begin(), found.end(), endpoint->ip) == found.end()) found.push_back(endpoint->ip);
  }
  std::stable_partition(found.begin(), found.end(), [](const IpAddress& ip) { return !ip.is_loopback(); });
  return found;
}

}  // namespace godesk::os
