// scrypt (RFC 7914), bounded so that nobody can make us burn memory or time by naming parameters.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace godesk::crypto {

struct ScryptParameters {
  std::uint32_t n = 32768;  // a power of two
  std::uint32_t r = 8;
  std::uint32_t p = 1;
  auto operator<=>(const ScryptParameters&) const = default;
};

inline constexpr std::uint32_t kMaxScryptN = 1u << 17;
inline constexpr std::uint64_t kMaxScryptMemory = 128u << 20;  // bytes; N = 2^17 at r = 8
inline constexpr std::uint32_t kMaxScryptP = 4;

/// False for what scrypt() refuses: no power of two, N > 2^17, more than 128 MiB, p > 4, zeros.
bool acceptable(const ScryptParameters& parameters);

/// `length` bytes, or nothing for parameters that are not acceptable. Costs 128 * N * r bytes and, at the
/// default parameters, some 100 ms.
std::optional<Buffer> scrypt(ByteView password, ByteView salt, const ScryptParameters& parameters,
                             std::size_t length);

}  // namespace godesk::crypto
