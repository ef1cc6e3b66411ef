#include "auth/spake2plus.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "crypto/equal.h"
#include "crypto/hkdf.h"

namespace godesk::auth {
namespace {

using crypto::Digest32;
using crypto::Point;
using crypto::Scalar;

Point constant(std::string_view hex) { return Point::from_bytes(*from_hex(hex)).value(); }

// RFC 9383 4: points whose discrete logarithms nobody knows.
const Point& m() {
  static const Point point = constant("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f");
  return point;
}
const Point& n() {
  static const Point point = constant("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49");
  return point;
}

/// secret * G + w0 * mask. That it is the identity has probability 2^-256.
Point make_share(const Scalar& secret, const Scalar& w0, const Point& mask) {
  return crypto::add(crypto::multiply_base(secret), crypto::multiply(w0, mask)).value();
}

/// What the peer's share hides: share - w0 * mask.
std::optional<Point> unmask(const Point& share, const Scalar& w0, const Point& mask) {
  return crypto::subtract(share, crypto::multiply(w0, mask));
}

/// Only the uncompressed form, which is what enters the transcript.
std::optional<Point> decode_share(ByteView bytes) {
  if (bytes.size() != Point::kSize) return std::nullopt;
  return Point::from_bytes(bytes);
}

struct Shares {
  const Point &prover, &verifier;
};
struct Secrets {
  const Point &z, &v;
  const Scalar& w0;
};
struct Outcome {
  Confirmation confirm_p, confirm_v;
  Digest32 shared_key;
};

Buffer transcript(const Spake2Terms& terms, const Shares& shares, const Secrets& secrets) {
  Buffer text;
  append_part(text, terms.context);
  append_part(text, terms.id_prover);
  append_part(text, terms.id_verifier);
  append_part(text, m().bytes());
  append_part(text, n().bytes());
  append_part(text, shares.prover.bytes());
  append_part(text, shares.verifier.bytes());
  append_part(text, secrets.z.bytes());
  append_part(text, secrets.v.bytes());
  append_part(text, secrets.w0.bytes());
  return text;
}

/// RFC 9383 3.4.
Outcome conclude(const Spake2Terms& terms, const Shares& shares, const Secrets& secrets) {
  const Digest32 main_key = crypto::sha256(transcript(terms, shares, secrets));
  const Buffer confirm_keys = crypto::hkdf_sha256({}, main_key, bytes_of("ConfirmationKeys"), 64);
  const Buffer shared_key = crypto::hkdf_sha256({}, main_key, bytes_of("SharedKey"), 32);
  Outcome outcome;
  outcome.confirm_p = crypto::hmac_sha256(ByteView(confirm_keys).first(32), shares.verifier.bytes());
  outcome.confirm_v = crypto::hmac_sha256(ByteView(confirm_keys).last(32), shares.prover.bytes());
  std::copy(shared_key.begin(), shared_key.end(), outcome.shared_key.begin());
  return outcome;
}

const Digest32& proven(const std::optional<Digest32>& key) {
  if (!key) throw std::logic_error("SPAKE2+ has no shared key before the peer is confirmed");
  return *key;
}

}  // namespace

void append_part(Buffer& to, ByteView part) {
  const std::uint64_t size = part.size();
  for (int shift = 0; shift < 64; shift += 8) to.push_back(static_cast<std::uint8_t>(size >> shift));
  append(to, part);
}

Prover::Prover(Spake2Terms terms, const Scalar& w0, const Scalar& w1, Random& random)
    : terms_(std::move(terms)),
      w0_(w0),
      w1_(w1),
      x_(Scalar::from_entropy(random.bytes<48>())),
      share_(make_share(x_, w0, m())) {}

Buffer Prover::share() const { return to_buffer(share_.bytes()); }

std::optional<Confirmation> Prover::on_response(ByteView share_v, ByteView confirm_v) {
  if (responded_) return std::nullopt;
  responded_ = true;
  const std::optional<Point> share = decode_share(share_v);
  if (!share || *share == share_) return std::nullopt;
  const std::optional<Point> bare = unmask(*share, w0_, n());
  if (!bare) return std::nullopt;
  const Point z = crypto::multiply(x_, *bare);
  const Point v = crypto::multiply(w1_, *bare);
  const Outcome outcome = conclude(terms_, {share_, *share}, {z, v, w0_});
  if (!crypto::equal(outcome.confirm_v, confirm_v)) return std::nullopt;
  key_ = outcome.shared_key;
  return outcome.confirm_p;
}

const Digest32& Prover::shared_key() const { return proven(key_); }

Verifier::Verifier(Spake2Terms terms, const Scalar& w0, const Point& l, Random& random)
    : terms_(std::move(terms)), w0_(w0), y_(Scalar::from_entropy(random.bytes<48>())), l_(l) {}

std::optional<Verifier::Response> Verifier::on_share(ByteView share_p) {
  if (shared_) return std::nullopt;
  shared_ = true;
  const std::optional<Point> share = decode_share(share_p);
  if (!share) return std::nullopt;
  const std::optional<Point> bare = unmask(*share, w0_, m());
  if (!bare) return std::nullopt;
  const Point own = make_share(y_, w0_, n());
  const Point z = crypto::multiply(y_, *bare);
  const Point v = crypto::multiply(y_, l_);
  const Outcome outcome = conclude(terms_, {*share, own}, {z, v, w0_});
  expected_ = outcome.confirm_p;
  candidate_key_ = outcome.shared_key;
  return Response{to_buffer(own.bytes()), outcome.confirm_v};
}

bool Verifier::on_confirm(ByteView confirm_p) {
  const std::optional<Confirmation> expected = std::exchange(expected_, std::nullopt);
  if (!expected || !crypto::equal(*expected, confirm_p)) return false;
  key_ = candidate_key_;
  return true;
}

const Digest32& Verifier::shared_key() const { return proven(key_); }

}  // namespace godesk::auth
