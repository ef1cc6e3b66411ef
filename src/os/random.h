// The only true source of chance: the kernel's.
#pragma once

#include "base/random.h"

namespace godesk::os {

class OsRandom final : public Random {
 public:
  void fill(MutableBytes out) override;
};

}  // namespace godesk::os
