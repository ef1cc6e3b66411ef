#include "stun/address_codec.h"
#include "stun/integrity.h"
#include "stun/stun.h"

namespace godesk::stun {
namespace {

std::uint16_t wire_type(Class cls, Method method) {
  const unsigned m = static_cast<unsigned>(method), c = static_cast<unsigned>(cls);
  return static_cast<std::uint16_t>((m & 0x000F) | (m & 0x0070) << 1 | (m & 0x0F80) << 2 | (c & 1) << 4 |
                                    (c & 2) << 7);
}

std::uint32_t error_word(int code) { return static_cast<std::uint32_t>(code / 100 << 8 | code % 100); }

}  // namespace

Builder::Builder(Class cls, Method method, const TransactionId& transaction)
    : out_(128), transaction_(transaction) {
  out_.u16(wire_type(cls, method)).u16(0).u32(kMagicCookie).bytes(transaction);
}

void Builder::header_length(std::size_t bytes_after_header) {
  out_.buffer()[2] = static_cast<std::uint8_t>(bytes_after_header >> 8);
  out_.buffer()[3] = static_cast<std::uint8_t>(bytes_after_header);
}

void Builder::attribute_header(Attr type, std::size_t length) {
  out_.u16(static_cast<std::uint16_t>(type)).u16(static_cast<std::uint16_t>(length));
}

Builder& Builder::bytes(Attr type, ByteView value) {
  attribute_header(type, value.size());
  out_.bytes(value).zeros((4 - value.size() % 4) % 4);
  return *this;
}

Builder& Builder::u8(Attr type, std::uint8_t value) { return u32(type, std::uint32_t{value} << 24); }

Builder& Builder::u32(Attr type, std::uint32_t value) {
  attribute_header(type, 4);
  out_.u32(value);
  return *this;
}

Builder& Builder::u64(Attr type, std::uint64_t value) {
  attribute_header(type, 8);
  out_.u64(value);
  return *this;
}

Builder& Builder::address(Attr type, const Endpoint& e) { return bytes(type, encode_address(e)); }

Builder& Builder::xor_address(Attr type, const Endpoint& e) { return address(type, xored(e, transaction_)); }

Builder& Builder::even_port(bool reserve_next) {
  const std::uint8_t flags = reserve_next ? 0x80 : 0;
  return bytes(Attr::even_port, {&flags, 1});
}

Builder& Builder::change_request(ChangeRequest c) {
  return u32(Attr::change_request, (c.ip ? 4u : 0u) | (c.port ? 2u : 0u));
}

Builder& Builder::error(int code, std::string_view reason) {
  attribute_header(Attr::error_code, 4 + reason.size());
  out_.u32(error_word(code)).bytes(bytes_of(reason));
  out_.zeros((4 - reason.size() % 4) % 4);
  return *this;
}

Builder& Builder::address_error(Family family, int code) {
  const std::uint32_t wire = family == Family::v4 ? 1 : 2;
  return u32(Attr::address_error_code, wire << 24 | error_word(code));
}

Builder& Builder::unknown_attributes(const std::vector<Attr>& types) {
  Writer w;
  for (Attr type : types) w.u16(static_cast<std::uint16_t>(type));
  return bytes(Attr::unknown_attributes, w.buffer());
}

Builder& Builder::integrity_sha1(ByteView key) {
  return bytes(Attr::message_integrity, mac_sha1(out_.buffer(), 20, key));
}

Builder& Builder::integrity_sha256(ByteView key) {
  return bytes(Attr::message_integrity_sha256, mac_sha256(out_.buffer(), 32, key));
}

Buffer Builder::finish() {
  header_length(out_.size() - kHeaderSize);
  return out_.take();
}

Buffer Builder::finish_with_fingerprint() {
  u32(Attr::fingerprint, fingerprint_of(out_.buffer()));
  return finish();
}

}  // namespace godesk::stun
