#include "auth/device_id.h"

namespace godesk::auth {
namespace {

constexpr std::uint32_t kSmallest = 100'000'000;
constexpr std::uint32_t kCount = 900'000'000;

}  // namespace

std::optional<DeviceId> DeviceId::parse(std::string_view text) {
  std::uint32_t number = 0;
  int digits = 0;
  for (char c : text) {
    if (c == ' ' || c == '-') continue;
    if (c < '0' || c > '9' || ++digits > 9) return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (digits != 9) return std::nullopt;
  return from_number(number);
}

std::optional<DeviceId> DeviceId::from_number(std::uint32_t number) {
  if (number < kSmallest || number - kSmallest >= kCount) return std::nullopt;
  return DeviceId(number);
}

DeviceId DeviceId::random(Random& random) { return DeviceId(kSmallest + random.below(kCount)); }

std::string DeviceId::grouped() const {
  const std::string digits = to_string();
  return digits.substr(0, 3) + " " + digits.substr(3, 3) + " " + digits.substr(6, 3);
}

}  // namespace godesk::auth
