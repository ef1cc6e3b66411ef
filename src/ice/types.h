// The words of the ice room: legs, pairs, limits, events.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "ice/candidate.h"

namespace godesk::ice {

/// Something of ours that datagrams leave from: a UDP socket, or an allocation on a relay.
/// Named by the caller.
enum class LegId : std::uint32_t {};
/// A leg and a remote address. Never used twice by one agent.
enum class PairId : std::uint32_t {};

struct Credentials {
  std::string ufrag, pwd;  // ice-chars; the pwd is a secret: never logged
};

/// What a stranger can make us do (SECURITY 6). After login the caller widens them with set_limits().
struct Limits {
  std::size_t max_remotes = 8;         // candidates of the peer's signalling
  std::size_t max_peer_reflexive = 8;  // addresses first seen in a check
  std::size_t max_unanswered = 10;     // checks to one remote address that has not answered, over all legs;
                                       // each check it sends us allows one more, up to as many again
  std::size_t max_pairs = 100;
  // Checks to addresses that never answered, all together and over restarts of the peer: so many at once,
  // then one per `stray_every`. 80 in any minute, whatever the peer names; those between two relays go first,
  // and those between two allocations at one relay, which reach nobody else, do not count.
  std::size_t stray_burst = 60;
  Duration stray_every = 3s;
};

struct Config {
  bool controlling = false;
  bool relay_only = false;          // no leg but relay legs, ever
  bool loopback = false;            // both ends are on this machine: loopback addresses may be checked
  std::vector<Endpoint> forbidden;  // never checked: servers of ours
  Limits limits;
  Duration pace = 5ms;             // Ta: between two checks (RFC 8445 14.2 floor)
  Duration consent_interval = 5s;  // between checks of a valid pair, +-20 % (RFC 7675 5.1)
  Duration consent_expiry = 30s;   // since the last answer; then nothing may be sent there
  Duration lost_retry = 2s;        // between checks of a pair that was valid once
  Duration rest_interval = 15s;    // between checks of a pair that is not kept warm: its holes stay open
  Duration answer_timeout = 1s;    // a check without an answer for so long counts as lost
};

enum class PairState : std::uint8_t {
  waiting,   // no check was sent yet
  checking,  // checks are out, none was answered
  valid,     // the last check was answered and consent stands
  lost,      // was valid; consent expired or the caller declared it dead; checked again slowly
  failed,    // the plan of checks ended without an answer; tried again at growing distances
};
std::string_view name(PairState state);

/// All that is known of a pair, for whoever chooses among them.
struct PairInfo {
  PairId id{};
  LegId leg{};
  PairState state = PairState::waiting;
  Endpoint local;  // the leg's own address: of the socket, or the relayed one
  CandidateType local_type = CandidateType::host;
  std::optional<Endpoint> mapped;  // as what the peer sees us here
  Endpoint remote;
  CandidateType remote_type = CandidateType::host;
  std::uint64_t priority = 0;   // RFC 8445 6.1.2.3
  bool nominated = false;       // the selected one
  std::optional<Duration> rtt;  // smoothed (RFC 6298)
  Duration rtt_variation{};
  double loss = 0;  // 0..1, of the checks since it became valid; what chance may have added is off
  Time last_sent{}, last_received{}, last_answer{};  // checks and, as told by on_received(), data
  Time consent_until{};

  bool relayed() const { return local_type == CandidateType::relay || remote_type == CandidateType::relay; }
  Family family() const { return remote.family(); }
};

// ---- events

/// The pair can be used from now on: for the first time, or again after ConsentLost or declare_lost().
struct PairValid {
  PairId pair{};
  Duration rtt{};
};
/// A further check of a valid pair was answered: one sample.
struct PairAnswered {
  PairId pair{};
  Duration rtt{};
};
/// The padded check of so many bytes was answered: the pair carries them.
struct ProbeAnswered {
  PairId pair{};
  std::size_t bytes = 0;
};
/// The controlling side wants this pair used (renomination: it may say so of another one at any time).
struct Nominated {
  PairId pair{};
};
/// Nothing may be sent on the pair until it is valid again.
struct ConsentLost {
  PairId pair{};
};
/// Every check of its plan went unanswered. Retries go on slowly within the limits.
struct PairFailed {
  PairId pair{};
};
/// Both sides had the same role; the tie-breaker changed ours (RFC 8445 7.3.1.1).
struct RoleChanged {
  bool controlling = false;
};
/// The peer announced a QUIC epoch in an authentic check; each number is told once.
struct PeerEpoch {
  std::uint32_t epoch = 0;
};
using Event = std::variant<PairValid, PairAnswered, ProbeAnswered, Nominated, ConsentLost, PairFailed,
                           RoleChanged, PeerEpoch>;

struct Transmit {
  LegId leg{};
  Endpoint to;
  Buffer bytes;
};

/// What became of a datagram that was offered.
enum class Verdict {
  not_mine,  // no STUN, or STUN of someone else on the same socket: another ufrag, an unknown transaction
  handled,
  dropped,  // meant for this agent and refused; counted by reason
};

enum class DropReason : std::uint8_t {
  unknown_leg,        // came in where we have no leg (a relay-only side answers nothing else)
  bad_integrity,      // missing or wrong MESSAGE-INTEGRITY
  bad_username,       // the second half is not the peer's ufrag
  missing_attribute,  // PRIORITY or the role is absent
  unknown_attribute,  // a comprehension-required attribute we do not know
  queue_full,         // we have too much to send already
  count,
};
std::string_view name(DropReason reason);

enum class RemoteRefusal {
  too_many,       // the limit of candidates is reached
  bad_target,     // loopback, multicast, broadcast, unspecified, port 0, or forbidden by configuration
  bad_candidate,  // priority out of range
};

}  // namespace godesk::ice
