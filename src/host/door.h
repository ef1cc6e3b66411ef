// The host's door: its passwords, who may guess at them and how often, and what stays when it restarts.
//
// One door serves all sessions of a host (session::Gatekeeper). It never sees a password that a caller typed:
// SPAKE2+ tells it only whether the proof held.
#pragma once

#include <optional>
#include <string>

#include "auth/authorised_keys.h"
#include "auth/guess_limiter.h"
#include "auth/identity.h"
#include "auth/one_time_password.h"
#include "session/gatekeeper.h"

namespace godesk::host {

/// Stable storage for the guess limiter: what was spent must stay spent over a crash.
class GuessStore {
 public:
  virtual ~GuessStore() = default;
  /// Returns when `state` would survive a power cut.
  virtual void save(ByteView state) = 0;
};

struct DoorConfig {
  auth::Identity identity;
  std::optional<auth::PasswordRecord> unattended;
  auth::AuthorisedKeys authorised;
  Buffer guess_state;       // as saved last time; empty at the first start
  Time started{};           // the moment at which ...
  WallTime wall_started{};  // ... the wall clock said this
};

class Door final : public session::Gatekeeper {
 public:
  /// `random` and `store` must outlive the door.
  Door(DoorConfig config, Random& random, GuessStore& store);

  /// For people: "ABCD-EFGH".
  std::string shown_password() const;
  /// Counts the one-time passwords so far.
  std::uint64_t generation() const { return one_time_.generation(); }
  void renew_password() { one_time_.renew(); }
  /// Has logged in before.
  bool knows(const crypto::PublicKey& caller) const { return limiter_.knows(caller); }

  /// From now on these; whoever is in already is the host's to judge.
  void set_authorised(auth::AuthorisedKeys keys) { config_.authorised = std::move(keys); }
  const auth::AuthorisedKeys& authorised_keys() const { return config_.authorised; }

  std::optional<std::uint32_t> authorised(Time now, const crypto::PublicKey& caller) override;
  std::vector<auth::LoginOffer> offers() override;
  Duration wait(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind) override;
  std::optional<Guess> spend(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind) override;
  bool admit(Time now, const crypto::PublicKey& caller, auth::PasswordKind kind,
             std::uint64_t generation) override;

 private:
  WallTime wall(Time now) const;
  void save(Time now);

  DoorConfig config_;
  GuessStore& store_;
  auth::OneTimePassword one_time_;
  auth::PasswordRecord unattended_;  // a stand-in where there is none
  auth::GuessLimiter limiter_;
};

}  // namespace godesk::host
