// A relay as the user names it: a TURN URI (RFC 7065).
//
//   turn:HOST[:PORT][?transport=udp|tcp]    3478; without transport both are raced
//   turns:HOST[:PORT]                       5349, over TLS
#pragma once

#include <optional>
#include <string_view>

#include "link/link.h"

namespace godesk::link {

/// Without credentials. Nothing for anything that is not exactly such a URI; IPv6 literals stand in brackets.
std::optional<RelayServer> parse_relay_url(std::string_view url);

}  // namespace godesk::link
