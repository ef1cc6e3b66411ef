// Rects made into the pieces that are coded one by one, and back. Pure geometry, but for lines of text, which
// are found in the pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/frame.h"

namespace godesk::media {

/// As high as a line of text, and longer than high: its pixels travel column by column.
inline constexpr int kLineHeight = 48;
inline bool goes_by_columns(const Rect& rect) { return rect.h <= kLineHeight && rect.w > rect.h; }

/// The rects cut into strips of about `pixels`, top to bottom. They are cut where rows of one colour begin
/// and end: the same line of text then has the same height wherever it appears, and its letters are the same
/// bytes.
std::vector<Rect> strips_of(const FrameView& frame, const std::vector<Rect>& rects, int pixels);

/// Strips from the `from`-th on that follow each other in one rect, as one again.
std::vector<Rect> joined(const std::vector<Rect>& strips, std::size_t from);

/// Rows of whole tiles cut into pieces of whole tiles, of at most `pixels`, which are at least a tile's.
std::vector<Rect> tiles_of(const std::vector<Rect>& rows, int pixels);

/// Rects that lie under each other, as wide or nearly, as one: a line of text was cut where tiles are. The
/// new ones may overlap others, and cover at most `room` more pixels.
std::vector<Rect> stacked(const std::vector<Rect>& rects, std::int64_t room);

/// `rects` cut along the border of `part`.
struct Parts {
  std::vector<Rect> inside, outside;
};
Parts split(const std::vector<Rect>& rects, const Rect& part);

}  // namespace godesk::media
