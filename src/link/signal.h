// What two links tell each other over whatever can carry it: credentials and all candidates that hold now.
//
// A signal is a whole description, not a change of one: losing or doubling one does no harm, and an older one
// than the last is told by its generation. Integers are big-endian.
//
//   0       version, 1
//   1       flags: 1 relay-only, 2 UDP is blocked here; the others are 0
//   2..5    generation, 1 upwards
//   6       u = length of the ufrag, 4..255; then u bytes of ice-char
//   7+u     p = length of the pwd, 22..255; then p bytes of ice-char
//   8+u+p   n = number of candidates, 0..32; then n times:
//             type (0 host, 1 reflexive, 3 relay), family (4 or 6), port (2), priority (4), address (4 or 16)
//   and nothing after that.
//
// It never carries a base of a reflexive candidate: nobody needs it to reach us.
#pragma once

#include <vector>

#include "base/result.h"
#include "ice/types.h"

namespace godesk::link {

struct Description {
  bool relay_only = false;
  bool udp_blocked = false;
  std::uint32_t generation = 0;
  ice::Credentials credentials;  // the pwd is a secret: never logged
  std::vector<ice::Candidate> candidates;

  /// True when nothing differs but the generation.
  bool says_the_same(const Description& other) const;
};

enum class SignalError {
  bad_version,      // not 1
  bad_flags,        // a flag that nobody defined
  bad_generation,   // 0
  bad_credentials,  // too short, or not ice-chars
  bad_candidate,    // type, family, port or priority out of range
  too_many,         // more than 32 candidates
  truncated,        // ends early
  trailing_bytes,   // goes on after its end
};

inline constexpr std::size_t kMaxSignalCandidates = 32;

/// Candidates beyond 32 are left out; the credentials are sound ones of ice::Agent.
Buffer encode_signal(const Description& description);
Result<Description, SignalError> decode_signal(ByteView bytes);

}  // namespace godesk::link
