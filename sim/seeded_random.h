// The simulation's chance: base/test_random.h, under the name it has here.
#pragma once

#include "base/test_random.h"

namespace godesk::sim {

using godesk::SeededRandom;

}  // namespace godesk::sim
