// Reaches Join::parse, and with what it accepts Join::to_string and targets.
#include <cstdlib>

#include "rendezvous/join.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using godesk::rendezvous::Join;
  const auto join = Join::parse(godesk::text_of({data, size}));
  if (!join) return 0;
  // What it writes means the same as what it read.
  const auto again = Join::parse(join->to_string());
  if (!again || again->targets() != join->targets() || again->key != join->key) std::abort();
  return 0;
}
