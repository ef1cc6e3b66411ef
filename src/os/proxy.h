// Which HTTP proxy stands between us and a target, by the environment's convention.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine.h"

namespace godesk::os {

struct Proxy {
  HostPort at;
  std::string user, password;  // empty without; secret
};

struct ProxySettings {
  std::optional<Proxy> proxy;         // for all streams
  std::vector<std::string> bypassed;  // no_proxy: "*", names (with all below them), addresses, prefixes

  /// https_proxy, else http_proxy, and no_proxy; lower case wins over upper case. Values that are not
  /// `[http://][user:password@]host[:port]` are ignored.
  static ProxySettings from_environment();
  static ProxySettings from(const std::function<std::optional<std::string>(const char*)>& variable);

  /// The proxy to use for `target`, if any. Loopback targets never use one.
  const Proxy* for_target(const HostPort& target) const;
};

std::optional<Proxy> parse_proxy(std::string_view url);

}  // namespace godesk::os
