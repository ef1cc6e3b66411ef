// Reaches decode_cursor, zstd_decompress_exactly and decode_cursor_position.
//
//   input = mode:u8 message
//   mode 0: a shape message as it comes. mode 1: its part behind the header is compressed first, so that the
//   checks behind zstd are reached. mode 2: a position.
#include "media/cursor.h"
#include "media/zstd_stream.h"

using namespace godesk;
using namespace godesk::media;

namespace {

constexpr std::size_t kHeader = 9;  // sizes, hot spot, coding

void check(ByteView message) {
  const auto shape = decode_cursor(message);
  if (!shape.ok()) return;
  // What was accepted must survive the way back.
  const auto again = decode_cursor(encode_cursor(*shape));
  if (!again.ok() || *again != *shape) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader from(ByteView(data, size));
  const int mode = from.u8() % 3;
  const ByteView message = from.rest();
  if (mode == 2) {
    const auto at = decode_cursor_position(message);
    if (at && decode_cursor_position(encode_cursor_position(*at)) != at) __builtin_trap();
  } else if (mode == 1 && message.size() > kHeader) {
    Buffer compressed = to_buffer(message.first(kHeader));
    append(compressed, zstd_compress(message.subspan(kHeader)));
    check(compressed);
  } else {
    check(message);
  }
  return 0;
}
