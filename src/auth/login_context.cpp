#include "auth/login_context.h"

#include <algorithm>
#include <stdexcept>

#include "auth/spake2plus.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"

namespace godesk::auth {
namespace {

constexpr std::size_t kHalf = 40;  // bytes of scrypt output per scalar: 8 more than the order, no bias
constexpr std::string_view kMagic = "GoDeskP1";
constexpr std::size_t kCheckSize = 8;

void write_sized(Writer& out, ByteView part) {
  if (part.size() > UINT16_MAX) throw std::logic_error("a part of the login context is too long");
  out.u16(static_cast<std::uint16_t>(part.size())).bytes(part);
}

void write_offer(Writer& out, const LoginOffer& offer) {
  out.u8(static_cast<std::uint8_t>(offer.kind)).bytes(offer.salt);
  out.u32(offer.kdf.n).u32(offer.kdf.r).u32(offer.kdf.p);
}

std::optional<LoginOffer> read_offer(Reader& in) {
  LoginOffer offer;
  const std::uint8_t kind = in.u8();
  const ByteView salt = in.take(offer.salt.size());
  offer.kdf = {in.u32(), in.u32(), in.u32()};
  if (in.failed() || (kind != 1 && kind != 2) || !crypto::acceptable(offer.kdf)) return std::nullopt;
  offer.kind = static_cast<PasswordKind>(kind);
  std::copy(salt.begin(), salt.end(), offer.salt.begin());
  return offer;
}

/// The PBKDF of RFC 9383 3.2 with an empty idProver: a record serves every caller.
std::optional<PasswordSecrets> stretch(ByteView canonical, const crypto::PublicKey& host,
                                       const LoginOffer& offer) {
  Buffer input;
  append_part(input, canonical);
  append_part(input, {});
  append_part(input, host.bytes);
  const std::optional<Buffer> wide = crypto::scrypt(input, offer.salt, offer.kdf, 2 * kHalf);
  if (!wide) return std::nullopt;
  const auto w0 = crypto::Scalar::from_wide(ByteView(*wide).first(kHalf));
  const auto w1 = crypto::Scalar::from_wide(ByteView(*wide).last(kHalf));
  if (!w0 || !w1) return std::nullopt;
  return PasswordSecrets{*w0, *w1};
}

Buffer checksum(ByteView body) {
  const crypto::Digest32 digest = crypto::sha256(body);
  return to_buffer(ByteView(digest).first(kCheckSize));
}

}  // namespace

crypto::ScryptParameters kdf_of(PasswordKind kind) {
  return {kind == PasswordKind::one_time ? 1024u : 32768u, 8, 1};
}

Buffer login_context(ByteView alpn, ByteView channel_binding, const LoginOffer& offer) {
  Writer out;
  out.bytes(bytes_of("GoDesk login v1"));
  write_sized(out, alpn);
  write_sized(out, channel_binding);
  write_offer(out, offer);
  return out.take();
}

Result<PasswordSecrets, DeriveError> derive_secrets(std::string_view password, const crypto::PublicKey& host,
                                                    const LoginOffer& offer) {
  auto canonical = canonical_password(password);
  if (!canonical) return Failure{DeriveError::bad_password};
  const std::optional<PasswordSecrets> secrets = stretch(*canonical, host, offer);
  if (!secrets) return Failure{DeriveError::bad_parameters};
  return *secrets;
}

std::optional<PasswordRecord> make_record(std::string_view password, const crypto::PublicKey& host,
                                          Random& random) {
  auto canonical = canonical_password(password);
  if (!canonical) return std::nullopt;
  const PasswordKind kind = kind_of(password);
  const LoginOffer offer{kind, random.bytes<16>(), kdf_of(kind)};
  const std::optional<PasswordSecrets> secrets = stretch(*canonical, host, offer);
  if (!secrets) return std::nullopt;
  return PasswordRecord{offer, secrets->w0, crypto::multiply_base(secrets->w1)};
}

PasswordRecord stand_in_record(PasswordKind kind, const crypto::SigningKey& host) {
  Buffer label = to_buffer(bytes_of("GoDesk stand-in verifier v1"));
  label.push_back(static_cast<std::uint8_t>(kind));
  const Buffer bytes = crypto::hkdf_sha256({}, host.seed, label, 16 + 48 + 48);
  LoginOffer offer{kind, {}, kdf_of(kind)};
  std::array<std::uint8_t, 48> w0, w1;
  std::copy_n(bytes.begin(), 16, offer.salt.begin());
  std::copy_n(bytes.begin() + 16, 48, w0.begin());
  std::copy_n(bytes.begin() + 64, 48, w1.begin());
  return {offer, crypto::Scalar::from_entropy(w0), crypto::multiply_base(crypto::Scalar::from_entropy(w1))};
}

std::string_view to_string(RecordError error) {
  return error == RecordError::malformed ? "malformed" : "other-host";
}

// magic (8) ‖ offer (29) ‖ w0 (32) ‖ L (65) ‖ host key (32) ‖ first 8 bytes of SHA-256 of all before. The
// check is there so that a damaged file is noticed instead of refusing the right password.
Buffer encode_record(const PasswordRecord& record, const crypto::PublicKey& host) {
  Writer out;
  out.bytes(bytes_of(kMagic));
  write_offer(out, record.offer);
  out.bytes(record.w0.bytes()).bytes(record.l.bytes()).bytes(host.bytes);
  const Buffer check = checksum(out.buffer());
  out.bytes(check);
  return out.take();
}

Result<PasswordRecord, RecordError> decode_record(ByteView file, const crypto::PublicKey& host) {
  if (file.size() < kCheckSize) return Failure{RecordError::malformed};
  const ByteView body = file.first(file.size() - kCheckSize);
  if (!same_bytes(checksum(body), file.last(kCheckSize))) return Failure{RecordError::malformed};
  Reader in(body);
  const bool ours = text_of(in.take(kMagic.size())) == kMagic;
  const std::optional<LoginOffer> offer = read_offer(in);
  const auto w0 = crypto::Scalar::from_bytes(in.take(32));
  const auto l = crypto::Point::from_bytes(in.take(crypto::Point::kSize));
  const ByteView made_for = in.take(host.bytes.size());
  if (!ours || !offer || !w0 || !l || in.failed() || !in.empty()) return Failure{RecordError::malformed};
  if (!same_bytes(made_for, host.bytes)) return Failure{RecordError::other_host};
  return PasswordRecord{*offer, *w0, *l};
}

}  // namespace godesk::auth
