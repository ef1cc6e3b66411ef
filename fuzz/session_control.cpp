// Reaches session::decode_control, decode_input, decode_screen, decode_datagram and MessageAssembler.
#include <algorithm>

#include "session/message_stream.h"
#include "session/messages.h"

using namespace godesk;
using namespace godesk::session;

namespace {

/// What was decoded must encode to something that decodes to the same.
template <class Decoded, class Decode>
void same_again(const Decoded& decoded, Decode decode) {
  if (!decoded) return;
  const Buffer once = encode(*decoded);
  auto again = decode(once);
  if (!again || encode(*again) != once) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView body(data + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      same_again(decode_control(body), decode_control);
      break;
    case 1:
      same_again(decode_input(body), decode_input);
      break;
    case 2:
      same_again(decode_screen(body), decode_screen);
      break;
    case 3:
      same_again(decode_datagram(body), decode_datagram);
      break;
    default: {
      MessageAssembler in(64);
      for (std::size_t i = 0; i < body.size(); i += 7)
        in.add(body.subspan(i, std::min<std::size_t>(7, body.size() - i)));
      while (auto message = in.next()) {
        if (message->size() > 64) __builtin_trap();
      }
    }
  }
  return 0;
}
