// Which pixels of a frame differ from what the viewer has, as few tight rects.
#pragma once

#include <vector>

#include "media/frame.h"

namespace godesk::media {

inline constexpr int kTileWidth = 64;
inline constexpr int kTileHeight = 16;

/// Compares the tiles that `damage` touches. Both views have the same size; damage may reach outside. The
/// rects do not overlap, are not empty and come from top to bottom. Outside them the views are equal wherever
/// damage said they might not be.
std::vector<Rect> changed_rects(const FrameView& now, const FrameView& shadow, const Region& damage);

}  // namespace godesk::media
