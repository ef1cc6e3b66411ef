#include "stun/stun.h"

#include <algorithm>

#include "crypto/equal.h"
#include "crypto/hash.h"
#include "stun/address_codec.h"
#include "stun/integrity.h"

namespace godesk::stun {
namespace {

constexpr std::size_t kMaxAttributes = 64;
constexpr std::size_t kMaxUnknown = 16;

Class class_of(std::uint16_t type) { return static_cast<Class>(((type >> 4) & 1) | ((type >> 7) & 2)); }

Method method_of(std::uint16_t type) {
  return static_cast<Method>((type & 0x000F) | ((type >> 1) & 0x0070) | ((type >> 2) & 0x0F80));
}

bool is_integrity(Attr type) {
  return type == Attr::message_integrity || type == Attr::message_integrity_sha256;
}

bool integrity_length_ok(const Attribute& a) {
  if (a.type == Attr::message_integrity) return a.value.size() == 20;
  return a.value.size() >= 16 && a.value.size() <= 32 && a.value.size() % 4 == 0;
}

/// Whether `type` still counts after the integrity attribute `sealed_by` (RFC 8489 14.5, 14.6).
bool counts_after(Attr sealed_by, Attr type) {
  if (type == Attr::fingerprint) return true;
  return sealed_by == Attr::message_integrity && type == Attr::message_integrity_sha256;
}

bool known_required(Attr type) {
  switch (type) {
    case Attr::mapped_address:
    case Attr::change_request:
    case Attr::username:
    case Attr::message_integrity:
    case Attr::error_code:
    case Attr::unknown_attributes:
    case Attr::channel_number:
    case Attr::lifetime:
    case Attr::xor_peer_address:
    case Attr::data:
    case Attr::realm:
    case Attr::nonce:
    case Attr::xor_relayed_address:
    case Attr::requested_address_family:
    case Attr::even_port:
    case Attr::requested_transport:
    case Attr::dont_fragment:
    case Attr::message_integrity_sha256:
    case Attr::xor_mapped_address:
    case Attr::reservation_token:
    case Attr::priority:
    case Attr::use_candidate:
    case Attr::padding:
    case Attr::response_port:
      return true;
    default:
      return false;
  }
}

std::optional<Family> family_of(std::uint8_t wire) {
  if (wire == 1) return Family::v4;
  if (wire == 2) return Family::v6;
  return std::nullopt;
}

std::optional<int> code_of(std::uint32_t word) {
  const int hundreds = static_cast<int>(word >> 8 & 7), rest = static_cast<int>(word & 0xFF);
  if (hundreds < 3 || hundreds > 6 || rest > 99) return std::nullopt;
  return hundreds * 100 + rest;
}

}  // namespace

Result<Message, ParseError> Message::parse(ByteView bytes) {
  if (bytes.size() < kHeaderSize) return Failure{ParseError::too_short};
  Reader r(bytes);
  const std::uint16_t type = r.u16();
  const std::uint16_t length = r.u16();
  if (type >> 14 != 0 || r.u32() != kMagicCookie) return Failure{ParseError::not_stun};
  if (length % 4 != 0 || bytes.size() != kHeaderSize + length) return Failure{ParseError::bad_length};

  Message m;
  m.bytes_ = bytes;
  m.class_ = class_of(type);
  m.method_ = method_of(type);
  std::copy_n(r.take(12).begin(), 12, m.transaction_.begin());
  if (auto error = m.read_attributes()) return Failure{*error};
  return m;
}

std::optional<ParseError> Message::read_attributes() {
  Reader r(bytes_.subspan(kHeaderSize));
  std::optional<Attr> sealed_by;
  bool after_fingerprint = false;
  for (std::size_t count = 0; !r.empty(); ++count) {
    if (count == kMaxAttributes) return ParseError::bad_attribute;
    if (after_fingerprint) return ParseError::bad_fingerprint;
    Attribute a;
    a.offset = bytes_.size() - r.left();
    a.type = static_cast<Attr>(r.u16());
    const std::size_t length = r.u16();
    a.value = r.take(length);
    r.skip((4 - length % 4) % 4);
    if (r.failed()) return ParseError::bad_attribute;

    if (sealed_by && !counts_after(*sealed_by, a.type)) continue;
    if (is_integrity(a.type)) {
      if (!integrity_length_ok(a)) return ParseError::bad_integrity;
      sealed_by = a.type;
    }
    if (a.type == Attr::fingerprint) {
      if (!fingerprint_ok(a)) return ParseError::bad_fingerprint;
      after_fingerprint = true;
    }
    attributes_.push_back(a);
  }
  return std::nullopt;
}

bool Message::fingerprint_ok(const Attribute& a) const {
  return a.value.size() == 4 && Reader(a.value).u32() == fingerprint_of(bytes_.first(a.offset));
}

const Attribute* Message::find(Attr type) const {
  auto it = std::find_if(attributes_.begin(), attributes_.end(),
                         [&](const Attribute& a) { return a.type == type; });
  return it == attributes_.end() ? nullptr : &*it;
}

std::vector<Attr> Message::unknown_required() const {
  std::vector<Attr> unknown;
  for (const Attribute& a : attributes_) {
    if (static_cast<std::uint16_t>(a.type) >= 0x8000 || known_required(a.type)) continue;
    if (unknown.size() < kMaxUnknown) unknown.push_back(a.type);
  }
  return unknown;
}

std::optional<ByteView> Message::value(Attr type) const {
  const Attribute* a = find(type);
  if (a == nullptr) return std::nullopt;
  return a->value;
}

bool Message::has_integrity() const {
  return has(Attr::message_integrity) || has(Attr::message_integrity_sha256);
}

bool Message::verify(ByteView key) const {
  if (const Attribute* a = find(Attr::message_integrity_sha256)) {
    Buffer mac = mac_sha256(bytes_.first(a->offset), a->value.size(), key);
    return crypto::equal(ByteView(mac).first(a->value.size()), a->value);
  }
  if (const Attribute* a = find(Attr::message_integrity))
    return crypto::equal(mac_sha1(bytes_.first(a->offset), a->value.size(), key), a->value);
  return false;
}

std::optional<Endpoint> Message::address(Attr plain_address) const {
  const Attribute* a = find(plain_address);
  return a == nullptr ? std::nullopt : decode_address(a->value);
}

std::optional<Endpoint> Message::xor_address(Attr xored_address) const {
  auto plain = address(xored_address);
  if (!plain) return std::nullopt;
  return xored(*plain, transaction_);
}

std::vector<Endpoint> Message::xor_addresses(Attr xored_address) const {
  std::vector<Endpoint> all;
  for (const Attribute& a : attributes_) {
    if (a.type != xored_address) continue;
    if (auto plain = decode_address(a.value)) all.push_back(xored(*plain, transaction_));
  }
  return all;
}

std::optional<Endpoint> Message::mapped() const {
  auto modern = xor_address(Attr::xor_mapped_address);
  return modern ? modern : address(Attr::mapped_address);
}

std::optional<std::uint8_t> Message::u8(Attr type) const {
  auto word = u32(type);
  if (!word) return std::nullopt;
  return static_cast<std::uint8_t>(*word >> 24);
}

std::optional<std::uint32_t> Message::u32(Attr type) const {
  const Attribute* a = find(type);
  if (a == nullptr || a->value.size() != 4) return std::nullopt;
  return Reader(a->value).u32();
}

std::optional<std::uint64_t> Message::u64(Attr type) const {
  const Attribute* a = find(type);
  if (a == nullptr || a->value.size() != 8) return std::nullopt;
  return Reader(a->value).u64();
}

std::optional<std::string_view> Message::text(Attr type, std::size_t max_bytes) const {
  const Attribute* a = find(type);
  if (a == nullptr || a->value.size() > max_bytes) return std::nullopt;
  return text_of(a->value);
}

std::optional<ErrorCode> Message::error() const {
  const Attribute* a = find(Attr::error_code);
  if (a == nullptr || a->value.size() < 4) return std::nullopt;
  auto code = code_of(Reader(a->value).u32());
  if (!code) return std::nullopt;
  return ErrorCode{*code, text_of(a->value.subspan(4))};
}

std::optional<AddressError> Message::address_error() const {
  const Attribute* a = find(Attr::address_error_code);
  if (a == nullptr || a->value.size() < 4) return std::nullopt;
  const std::uint32_t word = Reader(a->value).u32();
  auto family = family_of(static_cast<std::uint8_t>(word >> 24));
  auto code = code_of(word);
  if (!family || !code) return std::nullopt;
  return AddressError{*family, *code};
}

std::optional<ChangeRequest> Message::change_request() const {
  auto flags = u32(Attr::change_request);
  if (!flags) return std::nullopt;
  return ChangeRequest{(*flags & 4) != 0, (*flags & 2) != 0};
}

std::optional<std::chrono::seconds> Message::lifetime() const {
  auto seconds = u32(Attr::lifetime);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(*seconds);
}

std::optional<std::uint16_t> Message::channel_number() const {
  auto word = u32(Attr::channel_number);
  if (!word) return std::nullopt;
  return static_cast<std::uint16_t>(*word >> 16);
}

std::optional<std::uint16_t> Message::response_port() const {
  auto v = value(Attr::response_port);
  if (!v || v->size() < 2) return std::nullopt;
  return Reader(*v).u16();
}

std::optional<Family> Message::family(Attr requested_or_additional) const {
  auto wire = u8(requested_or_additional);
  return wire ? family_of(*wire) : std::nullopt;
}

std::optional<bool> Message::even_port() const {
  auto v = value(Attr::even_port);
  if (!v || v->size() != 1) return std::nullopt;
  return ((*v)[0] & 0x80) != 0;
}

Buffer long_term_key(std::string_view username, std::string_view realm, std::string_view password) {
  std::string text;
  text.append(username).append(":").append(realm).append(":").append(password);
  return to_buffer(crypto::md5(bytes_of(text)));
}

}  // namespace godesk::stun
