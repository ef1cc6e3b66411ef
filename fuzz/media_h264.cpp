// Reaches check_h264 and, in a build with GODESK_GPL_X264, the decoder behind it.
//
//   input = { length:u16 frame }...      the last may be cut; the rectangle is 32x32
#include <algorithm>

#include "media/h264.h"

using namespace godesk;
using namespace godesk::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader from(ByteView(data, size));
  const auto decoder = make_h264_decoder({16, 16, 32, 32});
  Frame canvas(64, 64);
  bool begun = false;
  while (from.left() >= 2) {
    const std::size_t length = from.u16();
    const ByteView frame = from.take(std::min(length, from.left()));
    const bool allowed = check_h264(frame, 32, 32, !begun);
    const bool painted = decoder && decoder->decode(frame, canvas);
    if (painted && !allowed) __builtin_trap();
    begun = begun || allowed;
  }
  for (int i = 0; i < 64; ++i)
    if (*canvas.at(i, 0) != 0 || *canvas.at(0, i) != 0 || *canvas.at(i, 63) != 0) __builtin_trap();
  return 0;
}
