// Reaches ice::decode_pref64: what a router on the local network says. What is accepted must say the same
// again.
#include <cstdlib>

#include "ice/pref64.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto pref64 = ice::decode_pref64(input);
  if (!pref64) return 0;
  if (!same_bytes(ice::encode_pref64(*pref64), input)) std::abort();
  return 0;
}
