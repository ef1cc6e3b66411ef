// Stands in for crypto/hash.h and crypto/ed25519.h in targets that make integrity right themselves and have
// no business with the mathematics: the real ones take more time than what is looked for. Included by exactly
// one .cpp of a target, whose definitions the linker then prefers to those of the crypto room's archive.
//
// A digest is a checksum that depends on every byte, a signature the digest of public key and message: what
// is damaged still fails, and who knows the code can forge everything. For fuzzing only.
#pragma once

#include <algorithm>

#include "crypto/ed25519.h"
#include "crypto/hash.h"

namespace fuzz {

class Checksum {
 public:
  explicit Checksum(std::uint64_t kind) : state_(kind * 0x9e3779b97f4a7c15u + 1) {}

  Checksum& add(godesk::ByteView bytes) {
    mix(bytes.size());
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) mix(word(bytes.first(8)));
    if (!bytes.empty()) mix(word(bytes));
    return *this;
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> digest() {
    std::array<std::uint8_t, N> out;
    for (std::size_t at = 0; at < N; at += 8) {
      mix(at);
      std::memcpy(out.data() + at, &state_, std::min<std::size_t>(8, N - at));
    }
    return out;
  }

 private:
  static std::uint64_t word(godesk::ByteView bytes) {
    std::uint64_t w = 0;
    std::memcpy(&w, bytes.data(), bytes.size());
    return w;
  }
  void mix(std::uint64_t w) {
    state_ = (state_ ^ w) * 0xff51afd7ed558ccdu;
    state_ ^= state_ >> 32;
  }

  std::uint64_t state_;
};

}  // namespace fuzz

namespace godesk::crypto {

Digest32 sha256(ByteView message) { return fuzz::Checksum(1).add(message).digest<32>(); }
Digest20 sha1(ByteView message) { return fuzz::Checksum(2).add(message).digest<20>(); }
Digest16 md5(ByteView message) { return fuzz::Checksum(3).add(message).digest<16>(); }
Digest32 hmac_sha256(ByteView key, ByteView message) {
  return fuzz::Checksum(4).add(key).add(message).digest<32>();
}
Digest20 hmac_sha1(ByteView key, ByteView message) {
  return fuzz::Checksum(5).add(key).add(message).digest<20>();
}

std::optional<PublicKey> PublicKey::from(ByteView bytes) {
  PublicKey key;
  if (bytes.size() != key.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  return key;
}
PublicKey public_key(const SigningKey& key) {
  PublicKey result;
  result.bytes = fuzz::Checksum(6).add(key.seed).digest<32>();
  return result;
}
Signature sign(const SigningKey& key, ByteView message) {
  return fuzz::Checksum(7).add(public_key(key).bytes).add(message).digest<64>();
}
bool verify(const PublicKey& key, ByteView message, ByteView signature) {
  const Signature expected = fuzz::Checksum(7).add(key.bytes).add(message).digest<64>();
  return same_bytes(signature, expected);
}

}  // namespace godesk::crypto
