// One pair of the population through the real core in virtual time.
//
//   1. A site with the ID server's delays, STUN on two addresses and a relay over UDP and TLS 443; two
//      accesses as they were drawn, each with its distance to the site and to each other.
//   2. Both ends have measured their networks (link/profile_probe.h), opened the sockets of the next
//      connection, and been idle for a while.
//   3. At 0 the caller clicks: it knows of the introduction one round trip later, the host half a round trip
//      of each later. Both links start then, authorised to show addresses at once, with relay credentials
//      (realm and nonce ahead); their signals take the way through the site.
//   4. As soon as it may the caller sends a packet every 20 ms until it hears one of the host, which answers
//      alike.
//   5. It ends when both ends are direct, or a while after a direct path works at both (a quicker relay goes
//      on carrying), or when all that was to be tried has been.
#pragma once

#include <iosfwd>

#include "sim/population/omniscient.h"
#include "sim/population/strata.h"

namespace godesk::population {

/// What the links may use.
enum class Skill {
  plain,  // a standard ICE agent: no profile of the network, no NAT64
  full,   // everything
};

/// Times are from the click; -1: never. Plain numbers: it crosses from a process to another in shared memory.
struct Outcome {
  bool connected = false;           // a packet came through
  bool direct = false;              // a direct path works at both ends
  bool relay_won = false;           // and yet the relay carries: it is quicker
  double byte_ms = -1;              // the first bytes of the peer through the relay: its check
  double first_ms = -1;             // the first packet heard at either end
  double direct_ms = -1;            // both ends use it
  std::uint32_t probes = 0;         // of the side that spent more: checks to anything but the site
  std::uint32_t ports = 0;          // of the side that visited more: different addresses and ports
  std::uint32_t sockets = 0;        // of the side that opened more: at once, beside its own
  std::uint32_t probes_100_ms = 0;  // the most within 100 ms of one side
  char how[16] = "";                // the caller's word, and
  char why[16] = "";                // for a relay
};

/// `story`, if any, is told every event.
Outcome run_pair(const Strata& strata, const Pair& pair, Skill skill, std::ostream* story = nullptr);

}  // namespace godesk::population
