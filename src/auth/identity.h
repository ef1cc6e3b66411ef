// The auth room: who a device is, and how it proves knowing a password.
//
//   1. identity.h              a device's key, its fingerprint, its key file
//   2. rendezvous_signature.h  proof of a key to an ID server, and of the server's to us
//   3. device_id.h             the 9-digit ID
//   4. password.h              what may be a password, and which kind it is
//   5. login_context.h         from a password to the secrets and the verifier of SPAKE2+
//   6. spake2plus.h            the proof itself
//   7. one_time_password.h     the password that opens exactly one session
//   8. guess_limiter.h         how often anyone may guess
//   9. tickets.h               time-limited relay credentials
//
// It never touches files, clocks or sockets, and never runs a password hash on what the network sent.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace godesk::auth {

struct Identity {
  crypto::SigningKey key;
  crypto::PublicKey public_key;
};

Identity make_identity(Random& random);
Identity identity_of(const crypto::SigningKey& key);

/// What people compare: the first 16 bytes of SHA-256 of the public key, in hex, eight groups of four:
/// "0123 4567 89ab cdef 0123 4567 89ab cdef".
std::string fingerprint(const crypto::PublicKey& key);

enum class KeyFileError {
  malformed,      // not a key file, torn, or from a version that we do not know
  other_machine,  // made on another machine: this disk is a clone, a new key must be made (SECURITY 3)
};
std::string_view to_string(KeyFileError error);

/// The content of the key file. `machine_id` is the text of /etc/machine-id (may be empty where there is
/// none; servers, whose key may move with its data, pass ""); only SHA-256(machine_id ‖ salt) is kept.
Buffer encode_key_file(const Identity& identity, std::string_view machine_id, Random& random);
Result<Identity, KeyFileError> decode_key_file(ByteView file, std::string_view machine_id);

}  // namespace godesk::auth
