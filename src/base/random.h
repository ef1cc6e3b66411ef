// Chance as an argument. os/random is the only true source; sim/ has a seeded one.
#pragma once

#include <array>

#include "base/bytes.h"

namespace godesk {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out;
    fill(out);
    return out;
  }
  std::uint32_t u32() { return Reader(bytes<4>()).u32(); }
  std::uint64_t u64() { return Reader(bytes<8>()).u64(); }

  /// Uniform in [0, bound); bound > 0. Rejection sampling: no modulo bias.
  std::uint32_t below(std::uint32_t bound);
};

}  // namespace godesk
