// Bits from the most significant on, as video headers have them.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace godesk::media {

/// Reading beyond the end gives zeros and failed().
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}
  std::uint32_t bits(int count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++at_) {
      failed_ = failed_ || at_ / 8 >= bytes_.size();
      value = value << 1 | (failed_ ? 0u : bytes_[at_ / 8] >> (7 - at_ % 8) & 1u);
    }
    return value;
  }
  bool bit() { return bits(1) != 0; }
  /// An Exp-Golomb code (ITU-T H.264, 9.1), up to 2^31 - 2.
  std::uint32_t golomb() {
    int zeros = 0;
    while (!failed_ && !bit()) ++zeros;
    if (zeros > 30) failed_ = true;
    return failed_ ? 0 : (1u << zeros) - 1 + bits(zeros);
  }
  bool failed() const { return failed_; }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace godesk::media
