// What to do where plain checks cannot join two networks: the plan that both sides make of the same two
// profiles, and the arithmetic of ports behind it. Pure functions; docs/traversal.md gives the reasons.
//
//   1. make_plan() says whether plain checks do, else by which technique, and who does which half.
//   2. A NAT that counts its ports is not guessed but measured: a hole between two questions to a STUN server
//      has the port between the two answers (measured_ports).
//   3. Where both count, the leader opens a hole to a port that the follower has not reached yet (port_ahead)
//      and the follower opens sockets until one of them has it (sockets_to_reach).
//   4. Where one draws ports at random it opens many sockets, and the other visits ports in a scrambled order
//      without visiting one twice (PortWalk), inside the subscriber's block where that is known.
//
// Never: knows an address or a time of day, sends anything.
#pragma once

#include <vector>

#include "base/random.h"
#include "ice/nat_profile.h"

namespace godesk::ice {

enum class Technique : std::uint8_t {
  plain,       // the checks of every agent suffice, or not enough is known for anything else
  predict,     // every port that matters can be known before
  cover,       // both count their ports: one leads, one follows
  block,       // many sockets, probes inside one subscriber's block
  birthday,    // many sockets, probes anywhere
  impossible,  // a relay it is
};
std::string_view name(Technique technique);

/// One side's half of a plan.
enum class Part : std::uint8_t {
  none,
  stand,    // the port is the same for everyone: it sends from there to what the other side names
  declare,  // new sockets whose inside port is the outside one, each for one destination
  measure,  // holes between two questions, and then names their ports
  lead,     // measures one hole to a port that the other side shall have
  follow,   // opens sockets until one has that port
  open,     // many sockets, all to one port of the other side
  probe,    // one socket, to many ports of the other side
};
std::string_view name(Part part);

struct Plan {
  Technique technique = Technique::plain;
  Part caller = Part::none, host = Part::none;
  // open and probe:
  bool fresh_prober = false;  // the prober's socket is a new one, and its port is declared or measured first
  std::size_t sockets = 0;    // the opener's
  std::size_t probes = 0;     // different ports that are visited
  std::uint16_t first = 0;    // of the ports to visit
  std::uint32_t span = 0;     // how many there are

  Part of(bool is_caller) const { return is_caller ? caller : host; }
  bool operator==(const Plan&) const = default;
};

/// What nobody exceeds, whatever the peer says (SECURITY 6).
inline constexpr std::size_t kMaxPunchSockets = 256;
inline constexpr std::size_t kMaxProbes = 900;
inline constexpr Duration kProbeEvery = 3334us;  // 300 a second; 900 take 3 s
inline constexpr std::uint16_t kLowestPort = 1024;

/// True when checks to reflexive addresses join the two (both sides' holes meet without knowing more).
bool plain_works(const NatProfile& a, const NatProfile& b);
/// The same on both sides: nothing else goes in. `round` 0 is the first try; later ones change who leads.
Plan make_plan(const NatProfile& caller, const NatProfile& host, unsigned round = 0);
/// Both draw their ports anew for each destination and at random: no technique helps.
bool both_symmetric(const NatProfile& a, const NatProfile& b);

/// The ports that a mapping made between two measured ones may have, in order of allocation; empty if
/// that says too little (more than 8) or the numbers contradict it.
std::vector<std::uint16_t> measured_ports(std::uint16_t before, std::uint16_t after, int step);
/// How many new mappings of others to be prepared for within `time`: mean rate times time, and three standard
/// deviations of a Poisson process observed at both ends (variance 2 * rate * time).
std::size_t drift(std::uint16_t flows_per_second, Duration time);
/// nat.md's window: clamp(8 standard deviations, 16, 512) ports around the mean.
std::size_t window(std::uint16_t flows_per_second, Duration time);
/// A port that a counter which gave `last` a while ago will not have passed after `time`.
std::uint16_t port_ahead(std::uint16_t last, int step, std::uint16_t flows_per_second, Duration time);
/// Sockets to open, from `last` on, so that one has `wanted`; 0 if it lies behind or too far ahead.
std::size_t sockets_to_reach(std::uint16_t last, std::uint16_t wanted, int step);

/// Sockets of an opener inside a block: an eighth of it, 32 to 128 (the subscriber needs the rest).
std::size_t block_sockets(std::uint32_t block_size);
/// Different ports of `span` to visit for a hit with 99 %, where `sockets` are open; 150 to kMaxProbes.
std::size_t probes_needed(std::size_t sockets, std::uint32_t span);
/// 1 - C(S-N, M) / C(S, M)
double hit_chance(std::size_t sockets, std::size_t probes, std::uint32_t span);

/// Every port of [first, first + span) once, in an order that a scan filter does not take for a scan.
class PortWalk {
 public:
  PortWalk() = default;
  PortWalk(std::uint16_t first, std::uint32_t span, Random& random);
  std::uint16_t next();

 private:
  std::uint16_t first_ = 0;
  std::uint32_t span_ = 1, stride_ = 1, at_ = 0;
};

}  // namespace godesk::ice
