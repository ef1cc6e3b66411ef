#include "ice/pref64.h"

#include <algorithm>
#include <array>

namespace godesk::ice {
namespace {

constexpr std::uint8_t kType = 38, kUnits = 2;
constexpr std::array<int, 6> kBits = {96, 64, 56, 48, 40, 32};
constexpr std::uint16_t kLongest = 0x1fff;
constexpr std::size_t kReserved = 8, kPrefixBytes = 12;

}  // namespace

std::optional<Pref64> decode_pref64(ByteView option) {
  Reader r(option);
  const std::uint8_t type = r.u8(), units = r.u8();
  const std::uint16_t packed = r.u16();
  const ByteView highest = r.take(kPrefixBytes);
  if (r.failed() || !r.empty() || type != kType || units != kUnits) return std::nullopt;
  const std::size_t code = packed & 7u;
  if (code >= kBits.size() || highest[kReserved] != 0) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::copy(highest.begin(), highest.end(), bytes.begin());
  const IpAddress network = IpAddress::v6(bytes);
  if (network.prefix(kBits[code]) != network) return std::nullopt;
  return Pref64{{network, kBits[code]}, std::chrono::seconds((packed >> 3) * 8)};
}

Buffer encode_pref64(const Pref64& pref64) {
  const auto units = std::clamp<std::int64_t>(pref64.lifetime.count() / 8, 0, kLongest);
  const auto code = std::find(kBits.begin(), kBits.end(), pref64.prefix.bits) - kBits.begin();
  Writer w;
  w.u8(kType).u8(kUnits).u16(static_cast<std::uint16_t>(units << 3 | code));
  w.bytes(pref64.prefix.network.bytes().first(kPrefixBytes));
  return w.buffer();
}

}  // namespace godesk::ice
