#include "turn/nonce.h"

#include "crypto/equal.h"
#include "crypto/hash.h"

namespace godesk::turn {
namespace {

std::uint16_t hour_of(Time now) {
  return static_cast<std::uint16_t>(std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count());
}

}  // namespace

std::string Nonces::nonce_of(std::uint16_t hour, const IpAddress& source) const {
  const Buffer bound = Writer().u16(hour).bytes(source.unmapped().bytes()).take();
  const auto mac = crypto::hmac_sha256(key_, bound);
  return to_hex(ByteView(bound).first(2)) + to_base64url(ByteView(mac).first(12));
}

std::string Nonces::issue(Time now, const IpAddress& source) const { return nonce_of(hour_of(now), source); }

bool Nonces::valid(Time now, const IpAddress& source, std::string_view nonce) const {
  const std::uint16_t hour = hour_of(now);
  for (std::uint16_t age : {0, 1})
    if (crypto::equal(bytes_of(nonce_of(static_cast<std::uint16_t>(hour - age), source)), bytes_of(nonce)))
      return true;
  return false;
}

}  // namespace godesk::turn
