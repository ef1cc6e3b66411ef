// The only place where time comes from.
#pragma once

#include "base/time.h"

namespace godesk::os {

/// Monotonic; its zero means nothing.
Time now();
WallTime wall_now();

}  // namespace godesk::os
