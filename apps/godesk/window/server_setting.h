// The ID server in the configuration file.
#pragma once

#include <string>

#include "rendezvous/join.h"

namespace godesk::app {

/// Judges what the user gave as a server and keeps it in `config_file`, which must not name one yet; what
/// else it says stays. Throws Stop.
rendezvous::Join keep_server(const std::string& config_file, const std::string& server);

}  // namespace godesk::app
