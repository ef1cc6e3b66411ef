// Photographs without loss: pixels as what their neighbours do not foretell.
//
//   1. A pixel is three numbers: its green, and what its blue and its red are more than that, plus 128 (mod
//      256). Grain and light are the same in all three colours of most photographs, so two of the numbers
//      hardly change.
//   2. Each number travels as its difference (mod 256) from the mean, rounded down, of the same number of the
//      pixels to the left and above. In the top row only the left one counts, in the first column only the
//      upper one, and in the corner it is 0 that is differed from.
//   3. All green differences come first, row by row, then the blue ones, then the red ones.
// A photograph's differences are small, and take zstd's entropy coder about a third of what its colours do.
// Text is better off without: its letters repeat as they are.
#pragma once

#include <cstdint>

#include "media/frame.h"

namespace godesk::media {

/// Neighbours nearly all differ, or differ by little.
bool looks_like_photo(const FrameView& frame, const Rect& rect);

/// Writes 3 * rect.area() bytes.
void put_differences(const FrameView& frame, const Rect& rect, std::uint8_t* out);
/// Paints `rect` from as many bytes. Any bytes are some picture.
void paint_differences(const std::uint8_t* in, const Rect& rect, Frame& canvas);

}  // namespace godesk::media
