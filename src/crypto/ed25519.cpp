#include "crypto/ed25519.h"

#include <algorithm>

#include <openssl/evp.h>

#include "crypto/openssl.h"

namespace godesk::crypto {
namespace {

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Context = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

Key private_half(const SigningKey& key) {
  Key result(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed.data(), key.seed.size()));
  require(result != nullptr, "Ed25519 key");
  return result;
}

Context new_context() {
  Context context(EVP_MD_CTX_new());
  require(context != nullptr, "signature context");
  return context;
}

}  // namespace

std::optional<PublicKey> PublicKey::from(ByteView bytes) {
  PublicKey key;
  if (bytes.size() != key.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  return key;
}

PublicKey public_key(const SigningKey& key) {
  Key pair = private_half(key);
  PublicKey result;
  std::size_t size = result.bytes.size();
  require(EVP_PKEY_get_raw_public_key(pair.get(), result.bytes.data(), &size) == 1, "public key");
  return result;
}

Signature sign(const SigningKey& key, ByteView message) {
  Key pair = private_half(key);
  Context context = new_context();
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pair.get()) == 1, "sign");
  Signature signature;
  std::size_t size = signature.size();
  require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1,
          "sign");
  return signature;
}

bool verify(const PublicKey& key, ByteView message, ByteView signature) {
  if (signature.size() != Signature{}.size()) return false;
  Key half(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  if (half == nullptr) return forget_errors(), false;
  Context context = new_context();
  require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, half.get()) == 1, "verify");
  const bool good = EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                     message.size()) == 1;
  if (!good) forget_errors();
  return good;
}

}  // namespace godesk::crypto
