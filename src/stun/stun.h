// STUN messages (RFC 8489) as values: a strict parser and a builder.
//
//   1. Message::parse() checks header, lengths, order and FINGERPRINT, and gives a view into the datagram.
//   2. The caller judges unknown_required() and verify(key), then reads attributes by name.
//   3. Builder writes attributes, then integrity, then FINGERPRINT; the order is the caller's, in one chain.
//
// A Message never outlives the bytes it was parsed from. Nothing here keeps state, retransmits (client.h)
// or finds message borders in a stream (framing.h).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "stun/attributes.h"

namespace godesk::stun {

enum class ParseError {
  too_short,        // fewer bytes than a header
  not_stun,         // the first two bits are set or the magic cookie is absent
  bad_length,       // the length field is not that of the datagram, or no multiple of four
  bad_attribute,    // an attribute reaches past the end, or there are more than 64
  bad_fingerprint,  // FINGERPRINT is not last, not four bytes, or wrong
  bad_integrity,    // an integrity attribute has an impossible length
};

struct ErrorCode {
  int code = 0;  // 300..699
  std::string_view reason;
};

/// ADDRESS-ERROR-CODE (RFC 8656 18.12).
struct AddressError {
  Family family = Family::v4;
  int code = 0;
};

/// CHANGE-REQUEST (RFC 5780 7.2).
struct ChangeRequest {
  bool ip = false;
  bool port = false;
};

struct Attribute {
  Attr type{};
  ByteView value;
  std::size_t offset = 0;  // of the attribute's header, from the start of the message
};

class Message {
 public:
  /// `bytes` is exactly one message (a datagram, or one frame of framing.h).
  static Result<Message, ParseError> parse(ByteView bytes);

  Class cls() const { return class_; }
  Method method() const { return method_; }
  bool is(Class c, Method m) const { return class_ == c && method_ == m; }
  const TransactionId& transaction() const { return transaction_; }
  ByteView bytes() const { return bytes_; }

  /// In order of appearance, without those after an integrity attribute, which nobody vouches for
  /// (RFC 8489 14.5); the integrity attributes and FINGERPRINT are listed.
  const std::vector<Attribute>& attributes() const { return attributes_; }
  /// Comprehension-required types that attributes.h does not know, at most 16.
  std::vector<Attr> unknown_required() const;

  bool has(Attr type) const { return find(type) != nullptr; }
  /// The first of its kind; later ones do not count (RFC 8489 14).
  std::optional<ByteView> value(Attr type) const;

  bool has_fingerprint() const { return has(Attr::fingerprint); }
  bool has_integrity() const;
  /// True when the strongest integrity attribute present is right under `key` (short-term: the password;
  /// long-term: long_term_key). False without one. Constant time in the MAC.
  bool verify(ByteView key) const;

  // Each accessor is nullopt when the attribute is absent or malformed.
  std::optional<Endpoint> address(Attr plain_address) const;
  std::optional<Endpoint> xor_address(Attr xored_address) const;
  std::vector<Endpoint> xor_addresses(Attr xored_address) const;
  std::optional<std::uint8_t> u8(Attr type) const;  // first of four bytes, the rest reserved
  std::optional<std::uint32_t> u32(Attr type) const;
  std::optional<std::uint64_t> u64(Attr type) const;
  std::optional<std::string_view> text(Attr type, std::size_t max_bytes) const;

  /// XOR-MAPPED-ADDRESS, or MAPPED-ADDRESS from old servers.
  std::optional<Endpoint> mapped() const;
  std::optional<Endpoint> peer() const { return xor_address(Attr::xor_peer_address); }
  std::vector<Endpoint> peers() const { return xor_addresses(Attr::xor_peer_address); }
  std::vector<Endpoint> relayed() const { return xor_addresses(Attr::xor_relayed_address); }
  std::optional<Endpoint> response_origin() const { return address(Attr::response_origin); }
  std::optional<Endpoint> other_address() const { return address(Attr::other_address); }
  std::optional<std::string_view> username() const { return text(Attr::username, 508); }
  std::optional<std::string_view> realm() const { return text(Attr::realm, 763); }
  std::optional<std::string_view> nonce() const { return text(Attr::nonce, 763); }
  std::optional<ByteView> data() const { return value(Attr::data); }
  std::optional<ErrorCode> error() const;
  std::optional<AddressError> address_error() const;
  std::optional<ChangeRequest> change_request() const;
  std::optional<std::chrono::seconds> lifetime() const;
  std::optional<std::uint16_t> channel_number() const;
  std::optional<std::uint16_t> response_port() const;
  std::optional<std::uint8_t> requested_transport() const { return u8(Attr::requested_transport); }
  std::optional<Family> family(Attr requested_or_additional) const;
  /// The R bit: reserve the next higher port too.
  std::optional<bool> even_port() const;
  std::optional<std::uint64_t> reservation_token() const { return u64(Attr::reservation_token); }
  std::optional<std::uint32_t> priority() const { return u32(Attr::priority); }
  std::optional<std::uint64_t> ice_controlling() const { return u64(Attr::ice_controlling); }
  std::optional<std::uint64_t> ice_controlled() const { return u64(Attr::ice_controlled); }
  std::optional<std::uint32_t> nomination() const { return u32(Attr::nomination); }
  std::optional<std::uint32_t> quic_epoch() const { return u32(Attr::quic_epoch); }
  bool use_candidate() const { return has(Attr::use_candidate); }
  bool dont_fragment() const { return has(Attr::dont_fragment); }

 private:
  Message() = default;
  std::optional<ParseError> read_attributes();
  bool fingerprint_ok(const Attribute& a) const;
  const Attribute* find(Attr type) const;

  ByteView bytes_;
  Class class_{};
  Method method_{};
  TransactionId transaction_{};
  std::vector<Attribute> attributes_;
};

/// Writes one message: attributes first, then integrity, then finish() or finish_with_fingerprint().
class Builder {
 public:
  Builder(Class cls, Method method, const TransactionId& transaction);

  Builder& bytes(Attr type, ByteView value);
  Builder& text(Attr type, std::string_view value) { return bytes(type, bytes_of(value)); }
  Builder& flag(Attr type) { return bytes(type, {}); }
  /// One byte, then three reserved ones: REQUESTED-TRANSPORT, families.
  Builder& u8(Attr type, std::uint8_t value);
  Builder& u32(Attr type, std::uint32_t value);
  Builder& u64(Attr type, std::uint64_t value);
  Builder& address(Attr type, const Endpoint& e);
  Builder& xor_address(Attr type, const Endpoint& e);

  Builder& mapped(const Endpoint& e) { return xor_address(Attr::xor_mapped_address, e); }
  Builder& peer(const Endpoint& e) { return xor_address(Attr::xor_peer_address, e); }
  Builder& relayed(const Endpoint& e) { return xor_address(Attr::xor_relayed_address, e); }
  Builder& lifetime(std::chrono::seconds s) {
    return u32(Attr::lifetime, static_cast<std::uint32_t>(s.count()));
  }
  Builder& channel_number(std::uint16_t n) { return u32(Attr::channel_number, std::uint32_t{n} << 16); }
  Builder& even_port(bool reserve_next);  // one byte and padding
  Builder& family(Attr type, Family f) { return u8(type, f == Family::v4 ? 1 : 2); }
  Builder& change_request(ChangeRequest c);
  Builder& error(int code, std::string_view reason);
  Builder& address_error(Family family, int code);
  Builder& unknown_attributes(const std::vector<Attr>& types);
  /// `n` bytes of RFC 5780 PADDING, to make a message as large as a path must carry.
  Builder& padding(std::size_t n) { return bytes(Attr::padding, Buffer(n)); }

  Builder& integrity_sha1(ByteView key);
  Builder& integrity_sha256(ByteView key);

  std::size_t size() const { return out_.size(); }
  Buffer finish();
  Buffer finish_with_fingerprint();

 private:
  void header_length(std::size_t bytes_after_header);
  void attribute_header(Attr type, std::size_t length);

  Writer out_;
  TransactionId transaction_;
};

/// MD5(username ":" realm ":" password), RFC 8489 9.2.2; the arguments are already SASLprepped.
Buffer long_term_key(std::string_view username, std::string_view realm, std::string_view password);

}  // namespace godesk::stun
