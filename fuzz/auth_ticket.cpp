// Reaches auth::Tickets::open (the text of a user name) and auth::decode_ticket (what a handle seals, as if
// the seal had been valid).
#include <cstdlib>

#include "auth/tickets.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auth::Tickets tickets(bytes_of("secret"));
  const ByteView input(data, size);
  const auto opened = tickets.open(text_of(input));
  if (opened && opened->expiry.time_since_epoch().count() <= 0) std::abort();
  const auto ticket = auth::decode_ticket(input);
  if (ticket && !same_bytes(auth::encode_ticket(*ticket), input)) std::abort();
  return 0;
}
