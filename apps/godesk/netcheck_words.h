// What a measured network means: the fields of the `netcheck` event, a table for people, and one sentence of
// advice. Pure functions.
#pragma once

#include <string>

#include "events.h"
#include "link/profile_probe.h"

namespace godesk::app {

/// Without what is unknown.
Json netcheck_fields(const link::ProfileResult& result);
std::string netcheck_table(const link::ProfileResult& result);
/// What the user may expect here, and what would help.
std::string netcheck_advice(const link::ProfileResult& result);

}  // namespace godesk::app
