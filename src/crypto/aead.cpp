#include "crypto/aead.h"

#include <climits>

#include <openssl/evp.h>

#include "crypto/openssl.h"

namespace godesk::crypto {
namespace {

using Cipher = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

Cipher start(const AeadKey& key, const AeadNonce& nonce, bool encrypt) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  require(cipher != nullptr, "cipher");
  require(
      EVP_CipherInit_ex2(cipher.get(), EVP_aes_256_gcm(), key.data(), nonce.data(), encrypt, nullptr) == 1,
      "cipher start");
  return cipher;
}

/// Feeds `in`; `out` is null for associated data.
void update(const Cipher& cipher, std::uint8_t* out, ByteView in) {
  if (in.empty()) return;
  require(in.size() <= INT_MAX, "length");
  int written = 0;
  require(EVP_CipherUpdate(cipher.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1,
          "cipher update");
}

}  // namespace

Buffer seal(const AeadKey& key, const AeadNonce& nonce, ByteView associated, ByteView plain) {
  Cipher cipher = start(key, nonce, true);
  Buffer out(plain.size() + kAeadTagSize);
  update(cipher, nullptr, associated);
  update(cipher, out.data(), plain);
  std::uint8_t* tag = out.data() + plain.size();
  int written = 0;
  require(EVP_CipherFinal_ex(cipher.get(), tag, &written) == 1 && written == 0, "cipher end");
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag) == 1, "tag");
  return out;
}

std::optional<Buffer> open(const AeadKey& key, const AeadNonce& nonce, ByteView associated, ByteView sealed) {
  if (sealed.size() < kAeadTagSize) return std::nullopt;
  ByteView body = sealed.first(sealed.size() - kAeadTagSize);
  Buffer tag = to_buffer(sealed.last(kAeadTagSize));
  Cipher cipher = start(key, nonce, false);
  // One byte more than needed: data() must not be null for an empty plain text.
  Buffer out(body.size() + 1);
  update(cipher, nullptr, associated);
  update(cipher, out.data(), body);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) == 1, "tag");
  int written = 0;
  if (EVP_CipherFinal_ex(cipher.get(), out.data() + body.size(), &written) != 1) {
    forget_errors();
    return std::nullopt;
  }
  out.resize(body.size());
  return out;
}

}  // namespace godesk::crypto
