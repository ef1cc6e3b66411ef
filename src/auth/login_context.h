// From a password to what SPAKE2+ computes with (SECURITY 2).
//
//   1. The host makes a PasswordRecord from each of its passwords, once, and keeps only that.
//   2. On a connection it offers the LoginOffer of both kinds (a stand-in where it has no password).
//   3. The caller picks the offer by kind_of(password) and derives its secrets; it refuses costly parameters.
//   4. Both bind the run to this very connection: login_context() is the Context of SPAKE2+.
//
// The host's public key enters the derivation, so a record is worth nothing under another host key.
#pragma once

#include <array>

#include "auth/password.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "crypto/scrypt.h"

namespace godesk::auth {

using Salt = std::array<std::uint8_t, 16>;

/// What the host tells the caller, in clear (inside QUIC), before the run.
struct LoginOffer {
  PasswordKind kind = PasswordKind::one_time;
  Salt salt{};
  crypto::ScryptParameters kdf;
  bool operator==(const LoginOffer&) const = default;
};

/// N 1024 for one-time passwords, which live for minutes; 32768 for unattended ones; r 8, p 1.
crypto::ScryptParameters kdf_of(PasswordKind kind);

/// Context = "GoDesk login v1" ‖ ALPN ‖ channel binding ‖ kind ‖ salt ‖ N ‖ r ‖ p. Each variable part stands
/// behind its 16-bit length; numbers are 32-bit big-endian. Throws std::logic_error above 65535 bytes.
Buffer login_context(ByteView alpn, ByteView channel_binding, const LoginOffer& offer);

struct PasswordSecrets {
  crypto::Scalar w0, w1;
};
enum class DeriveError {
  bad_password,    // canonical_password() refuses it
  bad_parameters,  // the host asks for more than N = 2^17, 128 MiB, or for nonsense
};
/// The caller's side. `host` is the key seen in this TLS connection. Runs scrypt: some 4 ms
/// (one-time) or 100 ms.
Result<PasswordSecrets, DeriveError> derive_secrets(std::string_view password, const crypto::PublicKey& host,
                                                    const LoginOffer& offer);

/// The host's side: proves nothing and opens nothing by itself.
struct PasswordRecord {
  LoginOffer offer;
  crypto::Scalar w0;
  crypto::Point l;
};
/// Kind and parameters follow from the password's form. The policy of unattended passwords is checked by
/// unattended_fault(), not here. Nothing if canonical_password() refuses it.
std::optional<PasswordRecord> make_record(std::string_view password, const crypto::PublicKey& host,
                                          Random& random);
/// Stands for a password that the host has not: no password fits it. It depends on the host's key and the
/// kind alone, because a salt that changed with every connection would tell that there is no password.
PasswordRecord stand_in_record(PasswordKind kind, const crypto::SigningKey& host);

enum class RecordError {
  malformed,   // not a record, torn, or from a version that we do not know
  other_host,  // made under another host key (the disk was cloned): the password must be set anew
};
std::string_view to_string(RecordError error);

/// The verifier file of the unattended password.
Buffer encode_record(const PasswordRecord& record, const crypto::PublicKey& host);
Result<PasswordRecord, RecordError> decode_record(ByteView file, const crypto::PublicKey& host);

}  // namespace godesk::auth
