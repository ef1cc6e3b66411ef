// Reaches auth::decode_key_file. The first byte says which integrity values are put right before: bit 0 the
// public key, bit 1 the mark of the machine.
#include <algorithm>
#include <cstdlib>

#include "auth/identity.h"
#include "crypto/hash.h"

using namespace godesk;

namespace {

constexpr std::size_t kSeed = 8, kPublic = 40, kSalt = 72, kMark = 88, kSize = 120;

void repair(Buffer& file, std::uint8_t what) {
  if (file.size() < kSize) return;
  if (what & 1) {
    crypto::SigningKey key;
    std::copy_n(file.begin() + kSeed, 32, key.seed.begin());
    const crypto::PublicKey half = crypto::public_key(key);
    std::copy(half.bytes.begin(), half.bytes.end(), file.begin() + kPublic);
  }
  if (what & 2) {
    Buffer message = to_buffer(bytes_of("machine"));
    append(message, ByteView(file).subspan(kSalt, 16));
    const crypto::Digest32 mark = crypto::sha256(message);
    std::copy(mark.begin(), mark.end(), file.begin() + kMark);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Buffer file(data + 1, data + size);
  repair(file, data[0]);
  const auto identity = auth::decode_key_file(file, "machine");
  if (identity && identity->public_key != crypto::public_key(identity->key)) std::abort();
  return 0;
}
