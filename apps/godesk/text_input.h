// Text as inputs: one key stroke per character, newline as Return.
#pragma once

#include <string_view>
#include <vector>

#include "session/messages.h"

namespace godesk::app {

/// Throws Stop{usage} when `utf8` is not strictly valid UTF-8.
std::vector<session::Input> text_inputs(std::string_view utf8);

}  // namespace godesk::app
