// Amounts that carry their unit, so that a bare int does not compile where one is meant.
#pragma once

#include <compare>
#include <cstdint>

#include "base/time.h"

namespace godesk {

struct Bytes {
  std::int64_t n = 0;
  auto operator<=>(const Bytes&) const = default;
  friend Bytes operator+(Bytes a, Bytes b) { return {a.n + b.n}; }
  friend Bytes operator-(Bytes a, Bytes b) { return {a.n - b.n}; }
  Bytes& operator+=(Bytes b) { return n += b.n, *this; }
};

struct BitsPerSecond {
  std::int64_t n = 0;
  auto operator<=>(const BitsPerSecond&) const = default;
};

/// What a link of rate `r` carries in `d`.
inline Bytes operator*(BitsPerSecond r, Duration d) {
  return {static_cast<std::int64_t>(static_cast<double>(r.n) / 8e9 * static_cast<double>(d.count()))};
}

}  // namespace godesk
