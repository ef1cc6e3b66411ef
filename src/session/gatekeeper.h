// What a host lets its sessions ask when someone wants in. One gatekeeper serves all sessions of a host, so
// that of two callers with one password exactly one gets through.
#pragma once

#include <optional>
#include <vector>

#include "auth/login_context.h"
#include "base/time.h"
#include "crypto/ed25519.h"

namespace godesk::session {

class Gatekeeper {
 public:
  virtual ~Gatekeeper() = default;

  /// The permissions of a caller who may enter by key alone (bits of session::Permission); nothing for
  /// others.
  virtual std::optional<std::uint32_t> authorised(Time now, const crypto::PublicKey& caller) = 0;

  /// How each kind of password is to be stretched; a stand-in where the host has none.
  virtual std::vector<auth::LoginOffer> offers() = 0;

  /// How long `caller` must wait before a guess; zero: go on.
  virtual Duration wait(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind) = 0;

  /// What is guessed at. `generation` comes back in admit().
  struct Guess {
    auth::PasswordRecord record;
    std::uint64_t generation = 0;
  };
  /// Spends a guess and keeps that on stable storage before it returns. Nothing when none is left.
  virtual std::optional<Guess> spend(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind) = 0;

  /// The caller proved the password. False when someone else used it up in the meantime.
  virtual bool admit(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind,
                     std::uint64_t generation) = 0;
};

}  // namespace godesk::session
