// Reaches auth::decode_record, crypto::Scalar::from_bytes and crypto::Point::from_bytes. The check at the end
// of the file is made right first, unless the first byte is odd.
#include <cstdlib>

#include "auth/login_context.h"
#include "crypto/hash.h"

using namespace godesk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const crypto::PublicKey host{};
  Buffer file(data + 1, data + size);
  const crypto::Digest32 check = crypto::sha256(file);
  if (data[0] % 2 == 0) append(file, ByteView(check).first(8));
  const auto record = auth::decode_record(file, host);
  if (record && auth::encode_record(*record, host) != file) std::abort();
  return 0;
}
