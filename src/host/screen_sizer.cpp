#include "host/screen_sizer.h"

namespace godesk::host {
namespace {

bool fits(ScreenSize size, ScreenSize into) { return size.width <= into.width && size.height <= into.height; }

long area(ScreenSize size) { return long{size.width} * size.height; }

/// Of two that are not what is wanted.
bool better(ScreenSize a, ScreenSize b, ScreenSize wanted) {
  if (fits(a, wanted) != fits(b, wanted)) return fits(a, wanted);
  return fits(a, wanted) ? area(a) > area(b) : area(a) < area(b);
}

}  // namespace

std::optional<std::size_t> nearest_mode(const std::vector<ScreenSize>& modes, ScreenSize wanted) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < modes.size(); ++i) {
    if (modes[i] == wanted) return i;
    if (!best || better(modes[i], modes[*best], wanted)) best = i;
  }
  return best;
}

}  // namespace godesk::host
