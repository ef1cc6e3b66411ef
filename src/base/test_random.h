// Chance that can be played again: SplitMix64 (Steele, Lea, Flood 2014). For tests and the simulation;
// nothing shipped includes it.
#pragma once

#include "base/random.h"

namespace godesk {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : state_(seed) {}

  void fill(MutableBytes out) override {
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i % 8 == 0) word_ = next();
      out[i] = static_cast<std::uint8_t>(word_ >> (i % 8 * 8));
    }
  }

  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
  std::uint64_t word_ = 0;
};

}  // namespace godesk
