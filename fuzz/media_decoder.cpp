// Reaches ScreenDecoder::decode, ZstdDecompressor::read and every operation of the screen coder.
//
//   input = mode:u8 width:u8 height:u8 (modulo 64, plus 1) { length:u16 bytes }...      the last may be cut
//   short mode even: each `bytes` is the operation list of one update, stored in a sound zstd frame, so that
//   the
//              operations themselves are what is mutated
//   mode odd:  each `bytes` is an update as it comes from the network
#include <algorithm>

#include "media/decoder.h"
#include "media/screen_wire.h"

using namespace godesk;
using namespace godesk::media;

namespace {

/// A zstd frame of stored blocks (RFC 8878 3.1.1): any operations in it are well-formed compressed data.
class StoredFrame {
 public:
  void append_to(Writer& out, ByteView plain) {
    if (!begun_) out.u32(0x28b52ffd).u8(0).u8(7 << 3);  // magic, no options, window 128 KiB
    begun_ = true;
    while (!plain.empty()) {
      const ByteView block = plain.first(std::min<std::size_t>(plain.size(), 1000));
      const std::size_t header = block.size() << 3;
      out.u8(std::uint8_t(header)).u8(std::uint8_t(header >> 8)).u8(std::uint8_t(header >> 16)).bytes(block);
      plain = plain.subspan(block.size());
    }
  }

 private:
  bool begun_ = false;
};

Buffer framed(StoredFrame& stream, bool key, int width, int height, ByteView operations) {
  Writer out;
  out.u8(key ? wire::kKey : 0);
  if (key) out.u16(std::uint16_t(width)).u16(std::uint16_t(height));
  stream.append_to(out, operations);
  return out.take();
}

/// Sound but large screens cost the fuzzer time and teach it nothing.
bool is_slow(ByteView update) {
  Reader from(update);
  const bool key = from.u8() & wire::kKey;
  const std::uint32_t width = from.u16(), height = from.u16();
  return key && width <= kMaxSide && height <= kMaxSide && width * height > 1 << 14;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader from(ByteView(data, size));
  const bool raw = from.u8() & 1;
  const int width = from.u8() % 64 + 1, height = from.u8() % 64 + 1;
  if (from.failed()) return 0;

  // One decoder for all inputs, for its speed: a refused update leaves nothing behind but the need for a key.
  static ScreenDecoder decoder;
  Frame canvas;
  if (decoder.decode(Buffer{}, canvas).ok()) __builtin_trap();
  StoredFrame stream;
  for (bool first = true; from.left() >= 2; first = false) {
    const std::size_t length = from.u16();
    const ByteView bytes = from.take(std::min(length, from.left()));
    const Buffer update = raw ? to_buffer(bytes) : framed(stream, first, width, height, bytes);
    if (is_slow(update)) break;
    const auto decoded = decoder.decode(update, canvas);
    if (!decoded.ok()) continue;
    for (const Rect& rect : decoded->changed.rects())
      if (!canvas.view().bounds().contains(rect)) __builtin_trap();
  }
  return 0;
}
