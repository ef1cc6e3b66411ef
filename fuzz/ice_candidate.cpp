// Reaches ice::parse_candidate and ice::format: whatever parses must survive the way through its own text.
#include <cstdlib>

#include "ice/candidate.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto parsed = ice::parse_candidate(text_of({data, size}));
  if (!parsed) return 0;
  auto again = ice::parse_candidate(ice::format(*parsed));
  if (!again || !(*again == *parsed)) std::abort();
  return 0;
}
