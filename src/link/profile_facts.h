// What the answers to a measurement's questions mean. Pure functions in RFC 5780's spirit (4.3, 4.4).
#pragma once

#include <optional>
#include <vector>

#include "ice/nat_profile.h"

namespace godesk::link {

/// One server saw our one socket under this address.
struct Sighting {
  Endpoint server;
  Endpoint mapped;
};

/// `own`: the computer's addresses; `local`: the socket's port. One server address with one port tells
/// nothing: unknown. One address with several ports cannot tell a mapping for each address from one for all;
/// the common one is believed. Two addresses without a second port of either cannot tell address from port;
/// the harder one is believed.
ice::Mapping mapping_of(const std::vector<Sighting>& seen, const std::vector<IpAddress>& own,
                        std::uint16_t local);

/// What became of a question that was to be answered from elsewhere.
enum class Elsewhere : std::uint8_t {
  not_asked,  // or the server cannot
  came,       // the answer came from elsewhere
  silent,     // nothing came
};

struct FilterFacts {
  Elsewhere other_address = Elsewhere::not_asked;  // another address and port
  Elsewhere other_port = Elsewhere::not_asked;     // the same address, another port
  bool stranger_came = false;                      // a datagram of somebody we never sent to
};
ice::Filtering filtering_of(const FilterFacts& facts);

/// `came`: a datagram for our own outside address came back in.
std::optional<bool> hairpin_of(bool came, ice::Mapping mapping, ice::Filtering filtering);

}  // namespace godesk::link
