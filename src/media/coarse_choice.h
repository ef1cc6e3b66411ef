// When pixels would take the link too long, and an impression of them comes first. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace godesk::media {

/// A smaller place costs no more exactly than coarsely.
inline constexpr std::int64_t kWorthCoarse = 16'384;  // pixels

/// How far an update is: what the pixels done so far cost says what those that are left will.
struct Progress {
  std::size_t bytes = 0;
  std::int64_t pixels_done = 0, pixels_left = 0;
};

/// `exact`: bytes of pixels that the link takes without anyone waiting (Allowance).
inline bool coarse_first(const Progress& so_far, std::size_t exact) {
  if (so_far.pixels_left < kWorthCoarse || so_far.pixels_done == 0 || so_far.bytes < exact / 4) return false;
  const double a_pixel = double(so_far.bytes) / double(so_far.pixels_done);
  return a_pixel * double(so_far.pixels_left) > 2.0 * double(exact);
}

}  // namespace godesk::media
