// Where the password of a session comes from, without a window: a file, standard input, or the terminal.
#pragma once

#include <optional>
#include <string>

#include "options.h"

namespace godesk::app {

/// Nothing when SIGINT or SIGTERM came instead. Throws Stop{usage} when there is none of the three.
std::optional<std::string> read_password(const ConnectOptions& options);

}  // namespace godesk::app
