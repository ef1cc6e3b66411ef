// Reaches crypto::proxy_challenges and crypto::proxy_authorization: what a proxy says with a 407.
#include "crypto/http_auth.h"

#include <cstdlib>

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view head(reinterpret_cast<const char*>(data), size);
  const auto answer =
      crypto::proxy_authorization(head, "user", "password", "CONNECT", "relay.example:443", "c");
  // It becomes a line of our request: nothing in it may end that line.
  if (answer && answer->find_first_of("\r\n") != std::string::npos) std::abort();
  if (answer && crypto::proxy_challenges(head).empty()) std::abort();
  return 0;
}
