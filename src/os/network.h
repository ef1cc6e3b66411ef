// The addresses of this computer.
#pragma once

#include <vector>

#include "base/address.h"

namespace godesk::os {

/// All addresses of interfaces that are up, in the kernel's order, loopback last. Without
/// IPv6 link-local ones.
std::vector<IpAddress> local_addresses();

}  // namespace godesk::os
