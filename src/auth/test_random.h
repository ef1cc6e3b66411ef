// Chance for tests: the same seed gives the same bytes.
#pragma once

#include "base/random.h"

namespace godesk::auth {

class TestRandom final : public Random {
 public:
  explicit TestRandom(std::uint64_t seed = 1) : state_(seed) {}
  void fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next() >> 32);
  }

 private:
  std::uint64_t next() {  // splitmix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  std::uint64_t state_;
};

}  // namespace godesk::auth
