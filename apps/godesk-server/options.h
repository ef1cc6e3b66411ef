// The command line and the configuration file of godesk-server (a public contract), judged.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "configured_limits.h"
#include "link/link.h"

namespace godesk::server {

/// A further relay, and the secret it shares with us (coturn: use-auth-secret).
struct FurtherRelay {
  link::RelayServer where;
  std::string secret;
};

struct Options {
  std::string text;  // not empty: print this and exit (help, version)

  std::string data_dir;
  std::vector<IpAddress> listen;                   // empty: every address of both families
  std::uint16_t stun_port = 3478, tls_port = 443;  // 0: any free one
  bool id_role = true, relay_role = true;
  std::vector<std::string> public_addresses;  // names or bare literals; empty: found out
  std::uint16_t relay_first = 49152, relay_last = 65535;
  std::vector<Cidr> relay_allow, relay_deny;
  std::vector<FurtherRelay> relays;
  std::vector<std::pair<std::string, std::string>> turn_users;  // secret
  bool turn_user_typed = false;  // on the command line, where others can see it
  Limits limits;                 // what the configuration says, else the defaults
  bool json = false;
  int verbosity = 0;
};

/// Throws os::SetupError with one plain sentence for what cannot be used.
Options parse_options(int argc, char** argv);

}  // namespace godesk::server
