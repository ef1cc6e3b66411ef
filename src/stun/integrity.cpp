#include "stun/integrity.h"

#include "crypto/hash.h"
#include "stun/crc32.h"

namespace godesk::stun {
namespace {

/// The prefix with its length field counting one more attribute.
Buffer as_if_ending(ByteView prefix, std::size_t attribute_value) {
  Buffer covered = to_buffer(prefix);
  const std::size_t length = prefix.size() - 20 + 4 + attribute_value;
  covered[2] = static_cast<std::uint8_t>(length >> 8);
  covered[3] = static_cast<std::uint8_t>(length);
  return covered;
}

}  // namespace

Buffer mac_sha1(ByteView prefix, std::size_t attribute_value, ByteView key) {
  return to_buffer(crypto::hmac_sha1(key, as_if_ending(prefix, attribute_value)));
}

Buffer mac_sha256(ByteView prefix, std::size_t attribute_value, ByteView key) {
  return to_buffer(crypto::hmac_sha256(key, as_if_ending(prefix, attribute_value)));
}

std::uint32_t fingerprint_of(ByteView prefix) { return crc32(as_if_ending(prefix, 4)) ^ kFingerprintXor; }

}  // namespace godesk::stun
