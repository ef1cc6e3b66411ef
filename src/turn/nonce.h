// Nonces that need no memory: bound to the source address and the hour by a key that lives as long as the
// server. A nonce is good for its hour and the next, so that none dies young.
#pragma once

#include <array>
#include <string>

#include "base/address.h"
#include "base/random.h"
#include "base/time.h"

namespace godesk::turn {

class Nonces {
 public:
  explicit Nonces(Random& random) : key_(random.bytes<32>()) {}

  /// 20 characters.
  std::string issue(Time now, const IpAddress& source) const;
  bool valid(Time now, const IpAddress& source, std::string_view nonce) const;

 private:
  std::string nonce_of(std::uint16_t hour, const IpAddress& source) const;

  std::array<std::uint8_t, 32> key_;
};

}  // namespace godesk::turn
