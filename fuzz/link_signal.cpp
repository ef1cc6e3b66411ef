// Reaches link::decode_signal: what a peer's link says of itself. What is accepted must say the same again.
#include <cstdlib>

#include "link/signal.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto heard = link::decode_signal(input);
  if (!heard) return 0;
  if (!same_bytes(link::encode_signal(*heard), input)) std::abort();
  return 0;
}
