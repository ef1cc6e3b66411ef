#include "target.h"

#include "exit_codes.h"
#include "options.h"

namespace godesk::app {

Target parse_target(const std::string& text) {
  if (auto id = auth::DeviceId::parse(text)) return {*id, id->to_string()};
  auto address = Endpoint::parse(text);
  if (!address) {
    std::string_view bare = text;
    if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']') bare = bare.substr(1, bare.size() - 2);
    if (auto ip = IpAddress::parse(bare)) address = Endpoint{*ip, kDirectIpPort};
  }
  if (!address || address->port == 0) {
    throw Stop(Exit::usage, "'" + text + "' is neither a 9-digit ID nor an address like 192.0.2.1:21118.");
  }
  return {*address, address->to_string()};
}

}  // namespace godesk::app
