// How often anyone may guess a host's passwords (SECURITY 2), in virtual time.
//
//   1. may_guess(): before shareP is read. A wait above zero is told to the caller as `busy`.
//   2. spend(): immediately before confirmV is sent. It may still refuse, because several connections may
//      have passed step 1 together; then confirmV is not sent and the caller is `busy`.
//   3. encode() to stable storage, before confirmV leaves, or a crash would give the guess back.
//   4. succeeded(): a valid confirmP came; the guess is returned and the key is known from now on.
//
// Close, reset, timeout and garbage need no call: what was spent stays spent. All unknown keys share one
// bucket, so new keys buy nothing; a known key has its own, so strangers cannot shut out the owner. Every
// bucket refills for ever: nothing is locked for good.
#pragma once

#include <map>
#include <optional>

#include "auth/password.h"
#include "base/time.h"
#include "crypto/ed25519.h"

namespace godesk::auth {

/// `burst` guesses at once, then one per `every`.
struct GuessRate {
  std::uint32_t burst = 1;
  Duration every{};
};

struct GuessLimits {
  GuessRate unknown = {10, 30s};                // all unknown keys together, both kinds
  GuessRate unknown_unattended = {100, 10min};  // in addition, guesses at the unattended password
  GuessRate known = {10, 6s};                   // each known key
  std::size_t max_known = 256;                  // the key that has not logged in for longest is forgotten
};

class GuessLimiter {
 public:
  explicit GuessLimiter(GuessLimits limits = {}) : limits_(limits) {}

  /// Zero: go on. Else how long to wait before a guess will be allowed. Spends nothing.
  Duration may_guess(Time now, const crypto::PublicKey& key, PasswordKind kind) const;
  /// False, and nothing spent, if no guess is left.
  bool spend(Time now, const crypto::PublicKey& key, PasswordKind kind);
  /// Returns the guess that the same key spent on the same kind, and remembers the key as known.
  void succeeded(Time now, const crypto::PublicKey& key, PasswordKind kind);

  /// A login by authorised key or pin also makes a key known.
  void remember(Time now, const crypto::PublicKey& key);
  void forget(const crypto::PublicKey& key);
  bool knows(const crypto::PublicKey& key) const;

  /// The whole state, with the time that passes while we do not run taken from the wall clock.
  Buffer encode(Time now, WallTime wall) const;
  /// Nothing for what encode() did not make; then start with exhausted(), not with a fresh limiter. A wall
  /// clock that went backwards refills nothing.
  static std::optional<GuessLimiter> decode(ByteView state, Time now, WallTime wall, GuessLimits limits = {});
  /// A limiter whose buckets are empty at `now`: for a state file that is damaged.
  static GuessLimiter exhausted(Time now, GuessLimits limits = {});

 private:
  /// A token bucket as one number: the time at which it will be full again.
  struct Bucket {
    Time full_at{};
    Duration wait(Time now, const GuessRate& rate) const;
    void take(Time now, const GuessRate& rate);
    void put_back(const GuessRate& rate) { full_at -= rate.every; }
  };
  struct Known {
    Bucket bucket;
    std::uint64_t last_login = 0;  // counts logins, not time
  };

  void evict();

  GuessLimits limits_;
  Bucket unknown_, unattended_;
  std::map<crypto::PublicKey, Known> known_;
  std::uint64_t logins_ = 0;
};

}  // namespace godesk::auth
