#include "crypto/equal.h"

#include <openssl/crypto.h>

namespace godesk::crypto {

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace godesk::crypto
