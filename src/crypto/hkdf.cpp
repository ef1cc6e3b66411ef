#include "crypto/hkdf.h"

#include <stdexcept>

#include "crypto/hash.h"

namespace godesk::crypto {

Buffer hkdf_sha256(ByteView salt, ByteView key_material, ByteView info, std::size_t length) {
  if (length > 255 * sizeof(Digest32)) throw std::logic_error("HKDF cannot give that many bytes");
  const Digest32 key = hmac_sha256(salt, key_material);
  Buffer out;
  Buffer block;
  for (std::uint8_t counter = 1; out.size() < length; ++counter) {
    append(block, info);
    block.push_back(counter);
    block = to_buffer(hmac_sha256(key, block));
    append(out, block);
  }
  out.resize(length);
  return out;
}

}  // namespace godesk::crypto
