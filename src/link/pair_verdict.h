// What an earlier session found out of a pair of networks, so that the next one does not begin from nothing.
//
//   1. The caller's link tells it (PairLearned) when punching was called for and a direct path came of it, of
//      plain checks or of none; whoever has a disk keeps it, by the own network and the peer.
//   2. At the next session with this peer from this network the caller's link is given what was kept
//      (Config::remembered) and takes the one whose mark fits the two networks of now.
//   3. It changes when and with which round punching begins (link/punch.h), and nothing else: not whom we
//      send to, not how much. One that is wrong costs kPlainAgain or kFailedAgain, until the rounds run as
//      ever.
#pragma once

#include <array>
#include <optional>

#include "base/time.h"
#include "ice/nat_profile.h"

namespace godesk::link {

/// Tells two networks from others by where they are (/24) and what kind of NAT they have; another NAT, or
/// another place, is another pair. The first half of a SHA-256.
using PairMark = std::array<std::uint8_t, 16>;

enum class PairOutcome : std::uint8_t {
  plain = 1,    // plain checks did, whatever the profiles feared
  punched = 2,  // `round` of punching did
  failed = 3,   // nothing did, and it cost many sockets
};

struct PairVerdict {
  PairMark pair{};
  PairOutcome outcome = PairOutcome::plain;
  std::uint8_t round = 0;  // punched: 1 to 3, as later ones repeat the second and the third
  bool operator==(const PairVerdict&) const = default;
};

/// Where plain checks did they have this start before anything is punched.
inline constexpr Duration kPlainAgain = 1s;
/// What failed with many sockets is tried so late, and then once in 5 minutes: the NAT may have been changed
/// for one that looks alike.
inline constexpr Duration kFailedAgain = 10s;

/// Nothing where one of the two does not know its own outside address.
std::optional<PairMark> pair_mark(const ice::NatProfile& own, const ice::NatProfile& peer);
/// The round to begin with where `round` worked: the same as far as rounds differ.
std::uint8_t like_round(unsigned round);

}  // namespace godesk::link
