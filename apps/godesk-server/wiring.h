// The server put together.
//
//   1. Secrets are read, or made at the first run; the data directory is locked.
//   2. Ports are bound; one that cannot be is the end, never silently another.
//   3. The relay (turn) and the ID server (rendezvous) run in one machine on one driver until a signal.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "base/time.h"
#include "options.h"

namespace godesk::server {

struct Ready {
  std::string join;  // empty without the ID role
  std::uint16_t stun_port = 0, tls_port = 0;
};

/// Returns after SIGINT or SIGTERM. Throws os::SetupError, os::FileError.
void run_server(const Options& options, LogSink& log, const std::function<void(const Ready&)>& ready);

}  // namespace godesk::server
