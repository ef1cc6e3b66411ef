#include "base/random.h"

namespace godesk {

std::uint32_t Random::below(std::uint32_t bound) {
  const std::uint32_t limit = UINT32_MAX - UINT32_MAX % bound;
  std::uint32_t value = u32();
  while (value >= limit) value = u32();
  return value % bound;
}

}  // namespace godesk
