// Reaches crypto::Point::from_bytes and crypto::Scalar::from_bytes and from_wide. Whatever is accepted must
// take part in arithmetic without failing.
#include <cstdlib>

#include "crypto/p256.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  crypto::Scalar::from_wide(input);
  if (const auto scalar = crypto::Scalar::from_bytes(input)) crypto::multiply_base(*scalar);
  const auto point = crypto::Point::from_bytes(input);
  if (!point) return 0;
  if (crypto::Point::from_bytes(point->bytes()) != point) std::abort();
  const auto twice = crypto::add(*point, *point);
  if (!twice || crypto::subtract(*twice, *point) != point) std::abort();
  return 0;
}
