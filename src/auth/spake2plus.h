// SPAKE2+ (RFC 9383) with P256-SHA256-HKDF-SHA256-HMAC-SHA256: proof of a password to a host that knows only
// its verifier, without telling either side, or anyone between, anything that could be tried offline.
//
//   1. Prover::share()                          -> shareP   to the verifier
//   2. Verifier::on_share(shareP)               -> shareV, confirmV   (from here on a guess is spent)
//   3. Prover::on_response(shareV, confirmV)    -> confirmP
//   4. Verifier::on_confirm(confirmP)           -> true: the prover knows the password
//
// Each object serves one run: a step that is taken twice gives nothing, and any failure ends the run.
#pragma once

#include <optional>

#include "base/random.h"
#include "crypto/hash.h"
#include "crypto/p256.h"

namespace godesk::auth {

/// What both sides must agree on. Anything that differs makes both confirmations fail.
struct Spake2Terms {
  Buffer context;      // login_context.h
  Buffer id_prover;    // the caller's raw public key, as seen in this TLS connection
  Buffer id_verifier;  // the host's
};

using Confirmation = crypto::Digest32;

/// A part of the transcript, and of the input of the password hash: its length in 8 bytes, little-endian, and
/// the part (RFC 9383 3.2 and 3.3).
void append_part(Buffer& to, ByteView part);

class Prover {
 public:
  Prover(Spake2Terms terms, const crypto::Scalar& w0, const crypto::Scalar& w1, Random& random);

  /// 65 bytes, an uncompressed point.
  Buffer share() const;
  /// confirmP if the verifier holds the verifier of our password; else nothing, and the run is over.
  std::optional<Confirmation> on_response(ByteView share_v, ByteView confirm_v);
  /// Only after on_response() gave confirmP; std::logic_error before.
  const crypto::Digest32& shared_key() const;

 private:
  const Spake2Terms terms_;
  const crypto::Scalar w0_, w1_, x_;
  const crypto::Point share_;
  bool responded_ = false;
  std::optional<crypto::Digest32> key_;
};

class Verifier {
 public:
  Verifier(Spake2Terms terms, const crypto::Scalar& w0, const crypto::Point& l, Random& random);

  struct Response {
    Buffer share_v;  // 65 bytes
    Confirmation confirm_v;
  };
  /// Nothing for a share that is not a point of the group. The guess must be spent before this is sent.
  std::optional<Response> on_share(ByteView share_p);
  /// True for the one valid confirmP, once.
  bool on_confirm(ByteView confirm_p);
  /// Only after on_confirm() gave true; std::logic_error before.
  const crypto::Digest32& shared_key() const;

 private:
  const Spake2Terms terms_;
  const crypto::Scalar w0_, y_;
  const crypto::Point l_;
  bool shared_ = false;
  std::optional<Confirmation> expected_;  // confirmP, from on_share() to on_confirm()
  std::optional<crypto::Digest32> candidate_key_, key_;
};

}  // namespace godesk::auth
