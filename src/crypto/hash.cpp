#include "crypto/hash.h"

#include <climits>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/openssl.h"

namespace godesk::crypto {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> digest(const EVP_MD* kind, ByteView message) {
  std::array<std::uint8_t, N> out;
  unsigned int size = 0;
  require(EVP_Digest(message.data(), message.size(), out.data(), &size, kind, nullptr) == 1 && size == N,
          "digest");
  return out;
}

template <std::size_t N>
std::array<std::uint8_t, N> hmac(const EVP_MD* kind, ByteView key, ByteView message) {
  static constexpr std::uint8_t kNothing = 0;  // a null key would mean "the key of last time"
  std::array<std::uint8_t, N> out;
  unsigned int size = 0;
  require(key.size() <= INT_MAX, "key length");
  const void* key_data = key.empty() ? &kNothing : key.data();
  const auto* result =
      HMAC(kind, key_data, static_cast<int>(key.size()), message.data(), message.size(), out.data(), &size);
  require(result != nullptr && size == N, "HMAC");
  return out;
}

}  // namespace

Digest32 sha256(ByteView message) { return digest<32>(EVP_sha256(), message); }
Digest20 sha1(ByteView message) { return digest<20>(EVP_sha1(), message); }
Digest16 md5(ByteView message) { return digest<16>(EVP_md5(), message); }

Digest32 hmac_sha256(ByteView key, ByteView message) { return hmac<32>(EVP_sha256(), key, message); }
Digest20 hmac_sha1(ByteView key, ByteView message) { return hmac<20>(EVP_sha1(), key, message); }

}  // namespace godesk::crypto
