// Where the password of a session comes from, without a window: a file, standard input, or the terminal.
#pragma once

#include <string>

#include "options.h"

namespace godesk::app {

/// Throws Stop{usage} when there is none of them.
std::string read_password(const ConnectOptions& options);

}  // namespace godesk::app
