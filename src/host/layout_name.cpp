#include "host/layout_name.h"

#include <algorithm>

#include "session/messages.h"

namespace godesk::host {
namespace {

/// The part number `n` between `separator`s; the last one ends with the text.
std::string_view part(std::string_view text, char separator, unsigned n) {
  for (; n > 0; --n) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + 1);
  }
  return text.substr(0, text.find(separator));
}

}  // namespace

std::string layout_name(std::string_view rules_names, unsigned group) {
  const std::string_view layouts = part(rules_names, '\0', 2), variants = part(rules_names, '\0', 3);
  // The server takes groups that are not there for the last one that is.
  const auto last = static_cast<unsigned>(std::count(layouts.begin(), layouts.end(), ','));
  const unsigned which = std::min(group, last);
  const std::string_view layout = part(layouts, ',', which), variant = part(variants, ',', which);
  if (layout.empty()) return {};
  if (variant.empty()) return plain_layout(layout);
  return plain_layout(std::string(layout) + "(" + std::string(variant) + ")");
}

std::string plain_layout(std::string_view name) {
  std::string plain(name.substr(0, session::kMaxLayoutName));
  std::erase_if(plain, [](char c) { return c < ' ' || c > '~'; });
  return plain;
}

}  // namespace godesk::host
