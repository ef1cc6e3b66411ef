// Reaches stun::Message::parse and every accessor: on the input as it is, and again with header and
// FINGERPRINT made right, so that mutations of attributes are not all refused by the checksum.
#include <algorithm>
#include <cstdlib>

#include "stun/integrity.h"
#include "stun/stun.h"

using namespace godesk;

namespace {

void read_everything(ByteView bytes) {
  const auto parsed = stun::Message::parse(bytes);
  if (!parsed.ok()) return;
  const stun::Message& m = *parsed;
  (void)m.unknown_required();
  (void)m.verify(bytes_of("key"));
  for (const auto& a : m.attributes()) {
    (void)m.address(a.type), (void)m.xor_addresses(a.type), (void)m.u8(a.type), (void)m.u32(a.type);
    (void)m.u64(a.type), (void)m.text(a.type, 100), (void)m.family(a.type);
    if (a.offset + 4 + a.value.size() > bytes.size()) std::abort();
  }
  (void)m.mapped(), (void)m.peer(), (void)m.username(), (void)m.realm(), (void)m.nonce(), (void)m.data();
  (void)m.error(), (void)m.address_error(), (void)m.change_request(), (void)m.lifetime();
  (void)m.channel_number(), (void)m.response_port(), (void)m.even_port(), (void)m.reservation_token();
  if (auto e = m.error(); e && (e->code < 300 || e->code > 699)) std::abort();
}

Buffer repaired(ByteView bytes) {
  Buffer b = to_buffer(bytes.first(std::min<std::size_t>(bytes.size(), 4096) / 4 * 4));
  if (b.size() < stun::kHeaderSize) return b;
  const std::size_t length = b.size() - stun::kHeaderSize;
  const Buffer fixed = Writer().u16(static_cast<std::uint16_t>(length)).u32(stun::kMagicCookie).take();
  b[0] &= 0x3f;
  std::copy(fixed.begin(), fixed.end(), b.begin() + 2);
  if (length < 8) return b;
  const ByteView prefix = ByteView(b).first(b.size() - 8);
  const Buffer last = Writer().u16(0x8028).u16(4).u32(stun::fingerprint_of(prefix)).take();
  if (same_bytes(ByteView(b).subspan(b.size() - 8, 4), ByteView(last).first(4)))
    std::copy(last.begin(), last.end(), b.end() - 8);
  return b;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_everything({data, size});
  read_everything(repaired({data, size}));
  return 0;
}
