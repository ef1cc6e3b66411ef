// Reaches check_vp9 and Vp9Decoder::decode.
//
//   input = chroma:u8 (modulo 2)  { length:u16 frame }...      the last may be cut; the rectangle is 32x32
#include <algorithm>

#include "media/vp9.h"

using namespace godesk;
using namespace godesk::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader from(ByteView(data, size));
  const Chroma chroma = from.u8() % 2 ? Chroma::full : Chroma::quarter;
  const auto decoder = make_vp9_decoder({16, 16, 32, 32}, chroma);
  Frame canvas(64, 64);
  bool begun = false;
  while (from.left() >= 2) {
    const std::size_t length = from.u16();
    const ByteView frame = from.take(std::min(length, from.left()));
    const bool allowed = check_vp9(frame, 32, 32, chroma, !begun);
    const bool painted = decoder->decode(frame, canvas);
    if (painted && !allowed) __builtin_trap();
    begun = begun || painted;
  }
  for (int i = 0; i < 64; ++i)
    if (*canvas.at(i, 0) != 0 || *canvas.at(0, i) != 0 || *canvas.at(i, 63) != 0) __builtin_trap();
  return 0;
}
