// One end of a pair as it truly is: the access, the NAT, its moods. Drawn by strata.h, built by pair_world.h,
// judged by omniscient.h. Plain numbers, so that the judge needs nothing of the product.
#pragma once

#include <cstddef>
#include <cstdint>

namespace godesk::population {

/// Mapping and filtering in RFC 4787's words (ei: independent of the endpoint, ad: of the address, apd: of
/// address and port), and how outside ports are chosen.
enum class NatClass {
  open,               // a public address
  ei_ei,              //
  ei_ad,              //
  ei_apd_preserving,  // the ordinary home router
  ei_apd_random,      //
  apd_preserving,     // a mapping for each destination, all on the inside port
  apd_sequential,     //
  apd_random,         // 1024..65535
  apd_block,          // random in this subscriber's block
  udp_blocked,        //
  count,
};
inline constexpr std::size_t kClasses = static_cast<std::size_t>(NatClass::count);

struct Access {
  std::size_t stratum = 0;
  NatClass nat = NatClass::open;
  bool ipv6 = false;
  bool ipv6_only = false;  // IPv4 is reached through the network's NAT64
  bool hairpin = false;
  double flows_per_second = 0;  // of others, on the counter that gives the ports
  int step = 1;
  std::uint16_t first_port = 1024;
  std::uint16_t block_base = 1024;
  std::uint32_t block_size = 1024;
  // "birthday refused": at most one of the two; 0: no limit
  std::size_t sessions = 0;
  std::size_t scan_ports = 0;
  double life_answered_s = 120, life_unanswered_s = 120;
  double rtt_ms = 28;  // to server and relay
};

struct Pair {
  std::uint64_t seed = 0;
  Access caller, host;
  double rtt_ms = 45;  // between the two
};

}  // namespace godesk::population
