// Reaches ice::decode_profile: what a peer says of its network. What is accepted must say the same again.
#include <cstdlib>

#include "ice/nat_profile.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto profile = ice::decode_profile(input);
  if (!profile) return 0;
  if (!same_bytes(ice::encode_profile(*profile), input)) std::abort();
  return 0;
}
