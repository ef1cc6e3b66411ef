#include "auth/identity.h"

#include <algorithm>

#include "crypto/hash.h"

namespace godesk::auth {
namespace {

constexpr std::string_view kMagic = "GoDeskK1";

crypto::Digest32 machine_mark(std::string_view machine_id, ByteView salt) {
  Buffer message = to_buffer(bytes_of(machine_id));
  append(message, salt);
  return crypto::sha256(message);
}

}  // namespace

Identity identity_of(const crypto::SigningKey& key) { return {key, crypto::public_key(key)}; }

Identity make_identity(Random& random) { return identity_of({random.bytes<32>()}); }

std::string fingerprint(const crypto::PublicKey& key) {
  const crypto::Digest32 digest = crypto::sha256(key.bytes);
  std::string text;
  for (std::size_t i = 0; i < 16; i += 2) {
    if (i > 0) text += ' ';
    text += to_hex(ByteView(digest).subspan(i, 2));
  }
  return text;
}

std::string_view to_string(KeyFileError error) {
  return error == KeyFileError::malformed ? "malformed" : "other-machine";
}

// magic (8) ‖ seed (32) ‖ public key (32) ‖ salt (16) ‖ SHA-256(machine-id ‖ salt) (32). The public key
// is there so that a damaged seed is noticed instead of becoming another identity.
Buffer encode_key_file(const Identity& identity, std::string_view machine_id, Random& random) {
  const auto salt = random.bytes<16>();
  Writer out(120);
  out.bytes(bytes_of(kMagic)).bytes(identity.key.seed).bytes(identity.public_key.bytes);
  out.bytes(salt).bytes(machine_mark(machine_id, salt));
  return out.take();
}

Result<Identity, KeyFileError> decode_key_file(ByteView file, std::string_view machine_id) {
  Reader in(file);
  const ByteView magic = in.take(kMagic.size());
  const ByteView seed = in.take(32);
  const ByteView stored_public = in.take(32);
  const ByteView salt = in.take(16);
  const ByteView mark = in.take(32);
  if (in.failed() || !in.empty() || text_of(magic) != kMagic) return Failure{KeyFileError::malformed};
  crypto::SigningKey key;
  std::copy(seed.begin(), seed.end(), key.seed.begin());
  const Identity identity = identity_of(key);
  if (!same_bytes(identity.public_key.bytes, stored_public)) return Failure{KeyFileError::malformed};
  if (!same_bytes(machine_mark(machine_id, salt), mark)) return Failure{KeyFileError::other_machine};
  return identity;
}

}  // namespace godesk::auth
