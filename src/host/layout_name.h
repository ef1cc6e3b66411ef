// The name of a keyboard layout, as people choose it: "us", "de(nodeadkeys)".
#pragma once

#include <string>
#include <string_view>

namespace godesk::host {

/// From XKB's rules names (rules, model, layouts, variants and options, each ended by a NUL; layouts and
/// variants are lists with commas), the one of group `group`, counted from 0. Empty when there is none.
std::string layout_name(std::string_view rules_names, unsigned group);
/// At most 64 characters, only printable ASCII.
std::string plain_layout(std::string_view name);

}  // namespace godesk::host
