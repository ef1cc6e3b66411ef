// The 9-digit ID under which a server knows a device. It is random, never made from the hardware, and
// never a proof of anything: keys are.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace godesk::auth {

/// 100 000 000 to 999 999 999.
class DeviceId {
 public:
  /// The smallest ID, so that an ID can stand in structs that are filled later.
  DeviceId() = default;

  /// What people type: spaces and dashes are removed, then nine digits must be left, the first not 0.
  static std::optional<DeviceId> parse(std::string_view text);
  static std::optional<DeviceId> from_number(std::uint32_t number);
  static DeviceId random(Random& random);

  std::uint32_t number() const { return number_; }
  std::string to_string() const { return std::to_string(number_); }
  /// "123 456 789", for people.
  std::string grouped() const;
  auto operator<=>(const DeviceId&) const = default;

 private:
  explicit DeviceId(std::uint32_t number) : number_(number) {}
  std::uint32_t number_ = 100'000'000;
};

}  // namespace godesk::auth

template <>
struct std::hash<godesk::auth::DeviceId> {
  std::size_t operator()(const godesk::auth::DeviceId& id) const noexcept { return id.number(); }
};
