// A candidate: an address at which one side may be reached (RFC 8445 5.1), its priority, and its text form,
// the SDP candidate-attribute (RFC 8839 5.1), in which it travels to the peer.
//
// Only UDP, component 1, and literal addresses: names are refused, nothing is resolved.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace godesk::ice {

enum class CandidateType : std::uint8_t { host, server_reflexive, peer_reflexive, relay };
std::string_view name(CandidateType type);  // "host", "srflx", "prflx", "relay"

struct Candidate {
  CandidateType type = CandidateType::host;
  Endpoint address;
  std::optional<Endpoint> related;  // raddr, rport: the base of a reflexive candidate, if it is to be told
  std::uint32_t priority = 0;       // 1 .. 2^31 - 1
  std::string foundation;           // 1 to 32 ice-chars
  bool operator==(const Candidate&) const = default;
};

/// RFC 8445 5.1.2.1, component 1. `local_preference` tells the addresses of one type apart.
std::uint32_t priority(CandidateType type, std::uint16_t local_preference);
/// IPv6 before IPv4 (RFC 8421), then the order in which `index` counts the addresses of this computer.
std::uint16_t local_preference(const IpAddress& ip, std::uint16_t index = 0);
/// Equal for candidates of one type, base address and server (5.1.1.3). It names none of them to the peer.
std::string foundation(CandidateType type, const IpAddress& base, const IpAddress& server);

/// `base` is the socket's address, for a relay candidate the relayed address itself. `related` stays empty:
/// a base is told only where that is wanted.
Candidate make_candidate(CandidateType type, const Endpoint& address, const Endpoint& base,
                         const IpAddress& server = {}, std::uint16_t index = 0);

enum class CandidateError {
  bad_syntax,      // not the grammar of RFC 8839 5.1
  bad_foundation,  // empty, longer than 32, or not ice-chars
  bad_component,   // not 1: RTCP and the like are not ours
  not_udp,         // another transport
  bad_priority,    // 0 or above 2^31 - 1
  bad_address,     // a name, or no address at all
  bad_port,        // 0 or above 65535
  bad_type,        // an unknown candidate type
  too_long,        // more than 512 bytes
};

/// "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host"
std::string format(const Candidate& candidate);
/// The exact form of format(); extension attributes after it are skipped.
Result<Candidate, CandidateError> parse_candidate(std::string_view text);

/// 1 to `max` characters of RFC 8445's ice-char: letters, digits, '+' and '/'.
bool is_ice_chars(std::string_view text, std::size_t max);

}  // namespace godesk::ice
