// What two links tell each other over whatever can carry it: credentials and all candidates that hold now.
//
// A signal is a whole description, not a change of one: losing or doubling one does no harm, and an older one
// than the last is told by its generation. Integers are big-endian.
//
//   0       version, 1
//   1       flags: 1 relay-only, 2 UDP is blocked here, 4 a profile follows, 8 an offer follows, 16 distances
//           follow; the others are 0
//   2..5    generation, 1 upwards
//   6       u = length of the ufrag, 4..255; then u bytes of ice-char
//   7+u     p = length of the pwd, 22..255; then p bytes of ice-char
//   8+u+p   n = number of candidates, 0..32; then n times:
//             type (0 host, 1 reflexive, 3 relay), family (4 or 6), port (2), priority (4), address (4 or 16)
//   flag 4: length, then so many bytes of ice/nat_profile.h
//   flag 8: round, IPv4 address (4) and port (2) as servers see them, the opening of what the ID server said
//           of that address (16), ms until the start (2), port to be had (2), n = 0..8, then n ports (2 each)
//   flag 16: n = 1..8, then n times: family (4 or 6), address that a relay gives out (4 or 16), RTT from here
//   to
//           it (2, in quarters of a ms)
//   and nothing after that.
//
// It never carries a base of a reflexive candidate: nobody needs it to reach us. Profile and offer are there
// only where addresses may be (SECURITY 5).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/result.h"
#include "ice/nat_profile.h"
#include "ice/types.h"

namespace godesk::link {

/// What one side says of its ports for the round of punching that is under way (docs/traversal.md).
struct Offer {
  std::uint8_t round = 0;                  // of tries, 1 upwards; 0: none yet
  Endpoint base;                           // IPv4: the socket of the plain checks, as servers see it
  std::array<std::uint8_t, 16> opening{};  // shows that base.ip is the address that the ID server saw
  std::chrono::milliseconds start_in{};    // caller: from the sending of this to the start; 0..65535
  std::uint16_t cover = 0;                 // leader: the port that the follower shall have; 0: none
  std::vector<std::uint16_t> ports;        // as the peer's packets shall find our new sockets; up to 8

  /// True when nothing differs but the time to the start.
  bool says_the_same(const Offer& other) const;
};

/// How far one's own relay is: half of what decides between several.
struct RelayDistance {
  IpAddress relay;
  Duration rtt{};  // whole quarters of a ms, up to 16 s
  bool operator==(const RelayDistance&) const = default;
};

struct Description {
  bool relay_only = false;
  bool udp_blocked = false;
  std::uint32_t generation = 0;
  ice::Credentials credentials;  // the pwd is a secret: never logged
  std::vector<ice::Candidate> candidates;
  std::optional<ice::NatProfile> profile;
  std::optional<Offer> offer;
  std::vector<RelayDistance> relays;  // one per relay, where there are several

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
  bad_profile,      // not the format of ice/nat_profile.h
  bad_offer,        // an address or port that is none, or more than 8 ports
  bad_distance,     // none, more than 8, or of an unknown family
  truncated,        // ends early
  trailing_bytes,   // goes on after its end
};

inline constexpr std::size_t kMaxSignalCandidates = 32, kMaxOfferPorts = 8, kMaxRelayDistances = 8;

/// Candidates beyond 32 are left out; the credentials are sound ones of ice::Agent.
Buffer encode_signal(const Description& description);
Result<Description, SignalError> decode_signal(ByteView bytes);

}  // namespace godesk::link
