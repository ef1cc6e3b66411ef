#include "crypto/p256.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto/openssl.h"

namespace godesk::crypto {
namespace {

using Number = Owned<BIGNUM, BN_clear_free>;
using Group = Owned<EC_GROUP, EC_GROUP_free>;
using RawPoint = Owned<EC_POINT, EC_POINT_clear_free>;
using Scratch = Owned<BN_CTX, BN_CTX_free>;

const EC_GROUP* curve() {
  static const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  require(group != nullptr, "P-256");
  return group.get();
}

Scratch new_scratch() {
  Scratch scratch(BN_CTX_secure_new());
  require(scratch != nullptr, "scratch");
  return scratch;
}

Number to_number(ByteView bytes) {
  Number number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  require(number != nullptr, "number");
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

RawPoint new_point() {
  RawPoint point(EC_POINT_new(curve()));
  require(point != nullptr, "point");
  return point;
}

/// Null unless the bytes are a point on the curve.
RawPoint decode(ByteView bytes) {
  RawPoint point = new_point();
  if (EC_POINT_oct2point(curve(), point.get(), bytes.data(), bytes.size(), nullptr) != 1) {
    forget_errors();
    return nullptr;
  }
  return point;
}

RawPoint decode(const Point& point) {
  RawPoint raw = decode(point.bytes());
  require(raw != nullptr, "point");
  return raw;
}

/// [1, n-1] as 32 bytes, or nothing for zero.
std::optional<std::array<std::uint8_t, 32>> reduce(ByteView bytes) {
  Number wide = to_number(bytes);
  Number reduced = to_number({});
  Scratch scratch = new_scratch();
  require(BN_nnmod(reduced.get(), wide.get(), EC_GROUP_get0_order(curve()), scratch.get()) == 1, "modulo");
  if (BN_is_zero(reduced.get())) return std::nullopt;
  std::array<std::uint8_t, 32> out;
  require(BN_bn2binpad(reduced.get(), out.data(), out.size()) == static_cast<int>(out.size()), "number");
  return out;
}

}  // namespace

struct PointAccess {
  static std::optional<Point> encode(const EC_POINT* raw) {
    if (EC_POINT_is_at_infinity(curve(), raw)) return std::nullopt;
    std::array<std::uint8_t, Point::kSize> out;
    require(EC_POINT_point2oct(curve(), raw, POINT_CONVERSION_UNCOMPRESSED, out.data(), out.size(),
                               nullptr) == out.size(),
            "point");
    return Point(out);
  }

  static Point encode_proper(const EC_POINT* raw) {
    std::optional<Point> point = encode(raw);
    require(point.has_value(), "a multiple that cannot be the identity");
    return *point;
  }
};

std::optional<Scalar> Scalar::from_bytes(ByteView bytes) {
  if (bytes.size() != 32) return std::nullopt;
  auto reduced = reduce(bytes);
  if (!reduced || !same_bytes(*reduced, bytes)) return std::nullopt;
  return Scalar(*reduced);
}

std::optional<Scalar> Scalar::from_wide(ByteView bytes) {
  if (bytes.size() < 40 || bytes.size() > 64) return std::nullopt;
  auto reduced = reduce(bytes);
  if (!reduced) return std::nullopt;
  return Scalar(*reduced);
}

Scalar Scalar::from_entropy(const std::array<std::uint8_t, 48>& entropy) {
  std::array<std::uint8_t, 32> one{};
  one.back() = 1;
  return Scalar(reduce(entropy).value_or(one));
}

std::optional<Point> Point::from_bytes(ByteView bytes) {
  const bool uncompressed = bytes.size() == kSize && bytes[0] == 4;
  const bool compressed = bytes.size() == 33 && (bytes[0] == 2 || bytes[0] == 3);
  if (!uncompressed && !compressed) return std::nullopt;
  RawPoint raw = decode(bytes);
  if (raw == nullptr) return std::nullopt;
  return PointAccess::encode(raw.get());
}

Point multiply_base(const Scalar& k) {
  Number number = to_number(k.bytes());
  RawPoint result = new_point();
  Scratch scratch = new_scratch();
  require(EC_POINT_mul(curve(), result.get(), number.get(), nullptr, nullptr, scratch.get()) == 1,
          "multiply");
  return PointAccess::encode_proper(result.get());
}

Point multiply(const Scalar& k, const Point& p) {
  Number number = to_number(k.bytes());
  RawPoint point = decode(p);
  RawPoint result = new_point();
  Scratch scratch = new_scratch();
  require(EC_POINT_mul(curve(), result.get(), nullptr, point.get(), number.get(), scratch.get()) == 1,
          "multiply");
  return PointAccess::encode_proper(result.get());
}

std::optional<Point> add(const Point& a, const Point& b) {
  RawPoint left = decode(a);
  RawPoint right = decode(b);
  RawPoint result = new_point();
  Scratch scratch = new_scratch();
  require(EC_POINT_add(curve(), result.get(), left.get(), right.get(), scratch.get()) == 1, "add");
  return PointAccess::encode(result.get());
}

std::optional<Point> subtract(const Point& a, const Point& b) {
  RawPoint left = decode(a);
  RawPoint right = decode(b);
  RawPoint result = new_point();
  Scratch scratch = new_scratch();
  require(EC_POINT_invert(curve(), right.get(), scratch.get()) == 1, "negate");
  require(EC_POINT_add(curve(), result.get(), left.get(), right.get(), scratch.get()) == 1, "subtract");
  return PointAccess::encode(result.get());
}

}  // namespace godesk::crypto
