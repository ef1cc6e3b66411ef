// check_h264(): ITU-T H.264, 7.3 (syntax) and annex B (byte stream).
#include <algorithm>
#include <optional>

#include "media/bit_reader.h"
#include "media/h264.h"

namespace godesk::media {
namespace {

enum NalKind : int { slice = 1, idr_slice = 5, sequence_set = 7, picture_set = 8 };
constexpr int kMacroblock = 16;
constexpr int kMaxSlices = 64;
constexpr std::size_t kMaxHeader = 64;  // bytes of a unit that are looked at

/// Units with a start code each; what lies between two belongs to the first.
class Units {
 public:
  explicit Units(ByteView bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  /// Nothing when there is no start code where one must be, or nothing behind it.
  std::optional<ByteView> next() {
    if (!bytes_.empty() && bytes_[0] == 0 && code_at(1)) bytes_ = bytes_.subspan(1);
    if (!code_at(0)) return std::nullopt;
    bytes_ = bytes_.subspan(kCode);
    std::size_t end = 0;
    while (end < bytes_.size() && !code_at(end)) ++end;
    const bool last = end == bytes_.size();
    // The zero before a start code is the code's own.
    const std::size_t size = !last && end > 0 && bytes_[end - 1] == 0 ? end - 1 : end;
    const ByteView unit = bytes_.first(size);
    bytes_ = bytes_.subspan(end);
    return unit.empty() ? std::nullopt : std::optional(unit);
  }

 private:
  static constexpr std::size_t kCode = 3;
  bool code_at(std::size_t at) const {
    return at + kCode <= bytes_.size() && bytes_[at] == 0 && bytes_[at + 1] == 0 && bytes_[at + 2] == 1;
  }
  ByteView bytes_;
};

/// The begin of a unit's payload, without the bytes that keep start codes out of it (7.4.1).
Buffer payload(ByteView unit) {
  Buffer plain;
  int zeros = 0;
  for (const std::uint8_t byte : unit.subspan(1).first(std::min(unit.size() - 1, kMaxHeader))) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    plain.push_back(byte);
  }
  return plain;
}

/// Two pixels are cut off at once.
bool is_side(std::uint32_t macroblocks, std::uint32_t cut, int side) {
  return cut < kMacroblock / 2 && macroblocks <= std::uint32_t(kMaxSide) &&
         macroblocks * kMacroblock - 2 * cut == std::uint32_t(side);
}

/// 7.3.2.1.1. What may follow (how it is to be shown) is not believed anyway.
bool check_sequence(ByteView unit, int width, int height) {
  constexpr std::uint32_t kBaseline = 66, kConstrained = 0x40, kReserved = 0x03, kHighestLevel = 52;
  const Buffer bytes = payload(unit);
  BitReader from(bytes);
  const std::uint32_t profile = from.bits(8), constraints = from.bits(8), level = from.bits(8);
  if (profile != kBaseline || !(constraints & kConstrained) || (constraints & kReserved)) return false;
  if (level > kHighestLevel) return false;
  const std::uint32_t id = from.golomb(), frame_number_bits = from.golomb(), order = from.golomb(),
                      references = from.golomb();
  const bool gaps = from.bit();
  // Order 2: pictures are shown in the order in which they are decoded.
  if (id != 0 || frame_number_bits > 12 || order != 2 || references > 1 || gaps) return false;
  const std::uint32_t columns = from.golomb() + 1, rows = from.golomb() + 1;
  const bool whole_frames = from.bit();
  from.bit();  // how vectors are foretold, in pictures that there are none of
  std::uint32_t left = 0, right = 0, top = 0, bottom = 0;
  if (from.bit()) left = from.golomb(), right = from.golomb(), top = from.golomb(), bottom = from.golomb();
  return !from.failed() && whole_frames && left == 0 && top == 0 && is_side(columns, right, width) &&
         is_side(rows, bottom, height);
}

/// 7.3.2.2: no arithmetic coding, no groups of slices, one reference, no weights, no redundant pictures.
bool check_picture(ByteView unit) {
  const Buffer bytes = payload(unit);
  BitReader from(bytes);
  const bool ids = from.golomb() == 0 && from.golomb() == 0;
  const bool arithmetic = from.bit();
  from.bit();  // what fields would need
  const bool one_group = from.golomb() == 0, one_reference = from.golomb() == 0;
  from.golomb();  // references of pictures that there are none of
  const bool weighted = from.bits(3) != 0;
  from.golomb(), from.golomb(), from.golomb();  // quantizers
  from.bit(), from.bit();                       // deblocking, intra prediction
  const bool redundant = from.bit();
  return !from.failed() && ids && !arithmetic && one_group && one_reference && !weighted && !redundant;
}

/// Where the slice begins (7.3.3), in macroblocks; nothing when it is none that is allowed.
std::optional<std::uint32_t> first_macroblock(ByteView unit, bool idr) {
  constexpr std::uint32_t kKinds = 5, kPredicted = 0, kIntra = 2;
  const Buffer bytes = payload(unit);
  BitReader from(bytes);
  const std::uint32_t first = from.golomb(), kind = from.golomb(), picture = from.golomb();
  if (from.failed() || picture != 0 || kind >= 2 * kKinds) return std::nullopt;
  if (kind % kKinds != kIntra && (idr || kind % kKinds != kPredicted)) return std::nullopt;
  return first;
}

bool check_slices(std::optional<ByteView> unit, Units& units, int width, int height, bool idr) {
  const auto across = [](int side) { return std::uint32_t(side + kMacroblock - 1) / kMacroblock; };
  const std::uint32_t all = across(width) * across(height);
  std::optional<std::uint32_t> before;
  for (int count = 0; unit; ++count) {
    const bool referred_to = (*unit)[0] & 0x60;
    if (((*unit)[0] & 0x9f) != (idr ? idr_slice : slice) || !referred_to || count == kMaxSlices) return false;
    const auto first = first_macroblock(*unit, idr);
    if (!first || *first >= all || (before ? *first <= *before : *first != 0)) return false;
    before = first;
    if (units.empty()) return true;
    unit = units.next();
  }
  return false;
}

bool is_kind(const std::optional<ByteView>& unit, NalKind kind) {
  return unit && ((*unit)[0] & 0x9f) == kind;
}

}  // namespace

bool check_h264(ByteView frame, int width, int height, bool key) {
  Units units(frame);
  auto unit = units.next();
  if (key) {
    if (!is_kind(unit, sequence_set) || !check_sequence(*unit, width, height)) return false;
    unit = units.next();
    if (!is_kind(unit, picture_set) || !check_picture(*unit)) return false;
    unit = units.next();
  }
  return check_slices(unit, units, width, height, key);
}

bool h264_fits(const Rect& rect) { return rect.w % 2 == 0 && rect.h % 2 == 0; }

}  // namespace godesk::media
