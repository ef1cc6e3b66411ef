// Who may enter this host by key alone: an explicit act of its user, with permissions and an end (SECURITY
// 3).
//
//   1. `godesk config authorise KEY` adds an entry to the file, `revoke` takes it out.
//   2. The host asks find() at each login, and ends the sessions of keys that are gone.
//   3. The ID server learns only entry_hash()es, so that it can let these callers past its limits.
//
// Text form, one entry a line, as encode() writes it:
//   KEY PERMISSIONS UNTIL LABEL      base64url of 32 bytes, decimal bits, seconds since 1970 or 0, free text
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

namespace godesk::auth {

struct AuthorisedKey {
  crypto::PublicKey key;
  std::uint32_t permissions = 0;  // bits of session::Permission
  std::optional<WallTime> until;  // none: until revoked
  std::string label;              // what its user calls it; no control characters, at most 64 bytes
  bool operator==(const AuthorisedKey&) const = default;
};

inline constexpr std::size_t kMaxAuthorisedKeys = 256;
inline constexpr std::size_t kMaxLabel = 64;
inline constexpr std::chrono::days kAuthorisedFor{90};  // unless its user says otherwise

enum class AuthorisedKeysError {
  malformed,  // a line that encode() does not write
  too_many,   // more than kMaxAuthorisedKeys
};

class AuthorisedKeys {
 public:
  static Result<AuthorisedKeys, AuthorisedKeysError> decode(std::string_view text);
  std::string encode() const;

  /// Replaces the entry of the same key. False when the list is full or the label is not sound.
  bool put(AuthorisedKey entry);
  /// False when there was none.
  bool remove(const crypto::PublicKey& key);
  /// Nothing when there is no entry, or when it has ended.
  const AuthorisedKey* find(WallTime now, const crypto::PublicKey& key) const;
  /// Whether there is an entry, ended or not.
  bool lists(const crypto::PublicKey& key) const;
  const std::vector<AuthorisedKey>& all() const { return entries_; }

 private:
  std::vector<AuthorisedKey> entries_;
};

/// SHA-256("GoDesk authorised v1" ‖ host ‖ caller): says nothing to who does not know both keys.
crypto::Digest32 entry_hash(const crypto::PublicKey& host, const crypto::PublicKey& caller);

}  // namespace godesk::auth
