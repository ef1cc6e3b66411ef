// check_vp9(): VP9 bitstream specification, 6.2 (uncompressed header) and annex B (superframes).
#include "media/bit_reader.h"
#include "media/vp9.h"

namespace godesk::media {
namespace {

bool same_size(BitReader& from, int width, int height) {
  const auto w = from.bits(16), h = from.bits(16);
  return w + 1 == std::uint32_t(width) && h + 1 == std::uint32_t(height);
}

bool check_key_header(BitReader& from, int width, int height, Chroma chroma) {
  constexpr std::uint32_t kSyncCode = 0x498342, kRgb = 7;
  if (from.bits(24) != kSyncCode || from.bits(3) == kRgb) return false;
  from.bit();  // colour range
  // Subsampling in x and y, and a reserved bit: all zero is 4:4:4.
  if (chroma == Chroma::full && from.bits(3) != 0) return false;
  return same_size(from, width, height);
}

/// The size is that of a frame referred to (all have the one size), or is said again.
bool check_inter_header(BitReader& from, int width, int height) {
  constexpr int kReferences = 3;
  from.bits(8);                // which references this frame replaces
  from.bits(4 * kReferences);  // which it uses: an index and a sign each
  for (int i = 0; i < kReferences; ++i)
    if (from.bit()) return true;
  return same_size(from, width, height);
}

}  // namespace

bool check_vp9(ByteView frame, int width, int height, Chroma chroma, bool key) {
  if (frame.empty() || (frame.back() & 0xe0) == 0xc0) return false;  // a superframe
  BitReader from(frame);
  constexpr std::uint32_t kFrameMarker = 2;
  if (from.bits(2) != kFrameMarker) return false;
  const std::uint32_t low = from.bits(1), high = from.bits(1);
  if ((high << 1 | low) != (chroma == Chroma::full ? 1u : 0u)) return false;
  if (from.bit()) return false;  // shows an earlier frame
  const bool inter = from.bit(), shown = from.bit(), resilient = from.bit();
  if (!shown || (key && inter)) return false;
  if (inter && !resilient) from.bits(2);  // which contexts are reset
  const bool sound =
      inter ? check_inter_header(from, width, height) : check_key_header(from, width, height, chroma);
  return sound && !from.failed();
}

}  // namespace godesk::media
