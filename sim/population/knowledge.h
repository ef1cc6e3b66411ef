// What the background measurement of a network has found by the time of a call.
#pragma once

#include "ice/nat_profile.h"
#include "sim/population/access.h"

namespace godesk::population {

/// `outside`: IPv4 as servers see it; `prefix`: of the NAT64 of an IPv6-only network.
ice::NatProfile profile_of(const Access& access, const IpAddress& outside, const IpAddress& prefix);

}  // namespace godesk::population
