// Arithmetic in the group of NIST P-256 (secp256r1), as much as SPAKE2+ needs.
//
// A `Point` is always on the curve and never the identity; a `Scalar` is always in [1, n-1]. Whatever
// would break this is nullopt, so a protocol cannot go on with a degenerate value by mistake.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.h"

namespace godesk::crypto {

/// A number in [1, n-1], n the order of the group.
class Scalar {
 public:
  /// Exactly 32 bytes, big-endian, already in range.
  static std::optional<Scalar> from_bytes(ByteView bytes);
  /// 40 to 64 bytes, big-endian, reduced modulo n: with at least 8 bytes too many the bias is below 2^-64.
  static std::optional<Scalar> from_wide(ByteView bytes);
  /// A uniform scalar from 48 bytes of entropy. (Zero, which has probability 2^-256, becomes one.)
  static Scalar from_entropy(const std::array<std::uint8_t, 48>& entropy);

  const std::array<std::uint8_t, 32>& bytes() const { return bytes_; }

 private:
  explicit Scalar(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes) {}
  std::array<std::uint8_t, 32> bytes_;
};

/// A point on the curve, not the identity.
class Point {
 public:
  static constexpr std::size_t kSize = 65;

  /// SEC 1 2.3.4: 65 bytes beginning with 04, or 33 beginning with 02 or 03. Checks that it is on the curve.
  static std::optional<Point> from_bytes(ByteView bytes);

  /// Uncompressed form, 65 bytes.
  const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }
  bool operator==(const Point&) const = default;

 private:
  friend struct PointAccess;
  explicit Point(const std::array<std::uint8_t, kSize>& bytes) : bytes_(bytes) {}
  std::array<std::uint8_t, kSize> bytes_;
};

/// k * G, the generator.
Point multiply_base(const Scalar& k);
/// k * p. Never the identity, because the order of the group is prime.
Point multiply(const Scalar& k, const Point& p);
/// a + b, or nothing if that is the identity.
std::optional<Point> add(const Point& a, const Point& b);
/// a - b, or nothing if that is the identity.
std::optional<Point> subtract(const Point& a, const Point& b);

}  // namespace godesk::crypto
