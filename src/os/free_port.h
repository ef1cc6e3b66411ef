// A port number for several sockets at once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"

namespace godesk::os {

/// A port that was free a moment ago for UDP and TCP on all of `addresses`; nothing if none was found.
std::optional<std::uint16_t> free_port(const std::vector<IpAddress>& addresses);

}  // namespace godesk::os
