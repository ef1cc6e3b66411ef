// The `[limits]` table of godesk-server's configuration: every bound that an operator may want to move.
//
//   1. Each part of the server brings its defaults in its own configuration structure.
//   2. read_limits() overwrites what the table names; docs/configuration.md explains every key.
//   3. The wiring completes the same structures with addresses and keys.
//
// A limit is never switched off: counts are at least 1, times above 0.
#pragma once

#include <toml++/toml.h>

#include "os/driver.h"
#include "rendezvous/server.h"
#include "turn/server.h"

namespace godesk::server {

struct Limits {
  rendezvous::ServerConfig id;
  turn::Server::Config relay;
  os::DriverConfig driver;
};

/// Counts are integers, times are seconds (fractions allowed), rates are { burst, seconds }: so many at once,
/// then one each time so many seconds have passed. Throws os::SetupError for an unknown key or a value that
/// cannot be used.
void read_limits(const toml::table& table, Limits& limits);

}  // namespace godesk::server
