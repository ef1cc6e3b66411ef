// Unicode, as far as passwords need it: strict UTF-8 and normalisation form C (Unicode Standard Annex 15),
// so that "ä" is one password whether it was typed as one character or as two.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godesk::auth {

/// The code points of strictly valid UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
std::optional<std::u32string> from_utf8(std::string_view text);
/// The opposite; every code point must be one that from_utf8() gives.
std::string to_utf8(std::u32string_view text);

/// Canonical decomposition, ordering and composition.
std::u32string normal_form_c(std::u32string_view text);

}  // namespace godesk::auth
