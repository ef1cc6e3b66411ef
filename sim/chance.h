// Draws of the shapes that the world needs, from any source of bits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/random.h"

namespace godesk::sim {

/// Uniform in [0, 1).
inline double unit(Random& random) { return static_cast<double>(random.u64() >> 11) * 0x1.0p-53; }

/// Standard normal (Box and Muller 1958).
inline double gauss(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - unit(random)));
  return radius * std::cos(2 * std::numbers::pi * unit(random));
}

inline double log_normal(Random& random, double median, double sigma) {
  return median * std::exp(sigma * gauss(random));
}

/// How many events of a Poisson process happened where `mean` were to be expected. Beyond 50 the normal
/// approximation, whose error is far below a port number's.
inline std::uint64_t poisson(Random& random, double mean) {
  if (mean <= 0) return 0;
  if (mean > 50) return static_cast<std::uint64_t>(std::max(0.0, mean + std::sqrt(mean) * gauss(random)));
  std::uint64_t n = 0;
  for (double p = unit(random), floor = std::exp(-mean); p > floor; p *= unit(random)) ++n;
  return n;
}

}  // namespace godesk::sim
