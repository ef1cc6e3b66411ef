// A camera's grain is most of what a video encoder has to do, and nobody looks at it: another one comes with
// the next picture, which nothing foretells.
#pragma once

#include <cstdint>

namespace godesk::media {

/// No pixel is changed by more than this.
inline constexpr int kGrain = 3;

/// Gives `to` the row, each pixel as the mean of its neighbourhood of three by three where it differs from
/// that by kGrain or less; what differs by twice as much is an edge, or text, and stays as it is; between the
/// two it is something between. All rows are `width` long; `above` and `below` may be `row` itself.
void without_grain(const std::uint8_t* above, const std::uint8_t* row, const std::uint8_t* below, int width,
                   std::uint8_t* to);

}  // namespace godesk::media
