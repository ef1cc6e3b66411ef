// Reaches check_jpeg, JpegDecoder::decode and paint_enlarged.
//
//   input = width:u8 height:u8 (modulo 64, plus 1)  the JPEG
#include "media/jpeg.h"

using namespace godesk;
using namespace godesk::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader from(ByteView(data, size));
  const int width = from.u8() % 64 + 1, height = from.u8() % 64 + 1;
  if (from.failed()) return 0;
  static JpegDecoder decoder;
  const bool allowed = check_jpeg(from.rest(), width, height);
  const Frame picture = decoder.decode(from.rest(), width, height);
  if (picture.empty()) return 0;
  if (!allowed || picture.width() != width || picture.height() != height) __builtin_trap();
  Frame canvas(4 * width, 4 * height);
  paint_enlarged(picture.view(), {1, 1, 4 * width - 1, 4 * height - 1}, canvas);
  return 0;
}
