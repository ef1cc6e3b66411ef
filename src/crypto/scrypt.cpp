#include "crypto/scrypt.h"

#include <openssl/evp.h>

#include "crypto/openssl.h"

namespace godesk::crypto {

bool acceptable(const ScryptParameters& s) {
  const bool power_of_two = s.n > 1 && (s.n & (s.n - 1)) == 0;
  if (!power_of_two || s.n > kMaxScryptN || s.r == 0 || s.p == 0 || s.p > kMaxScryptP) return false;
  return std::uint64_t{128} * s.n * s.r <= kMaxScryptMemory;
}

std::optional<Buffer> scrypt(ByteView password, ByteView salt, const ScryptParameters& s,
                             std::size_t length) {
  if (!acceptable(s)) return std::nullopt;
  Buffer out(length);
  // OpenSSL counts a little more than 128 * N * r; p blocks and scratch come on top.
  const std::uint64_t memory = std::uint64_t{128} * s.r * (s.n + s.p + 2) + (1u << 20);
  require(EVP_PBE_scrypt(reinterpret_cast<const char*>(password.data()), password.size(), salt.data(),
                         salt.size(), s.n, s.r, s.p, memory, out.data(), out.size()) == 1,
          "scrypt");
  return out;
}

}  // namespace godesk::crypto
