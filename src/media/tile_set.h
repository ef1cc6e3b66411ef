// A set of 64x16 tiles of a screen: where the viewer's canvas holds something else than the shadow says.
#pragma once

#include <utility>
#include <vector>

#include "media/frame.h"
#include "media/tile_diff.h"

namespace godesk::media {

class TileSet {
 public:
  TileSet() = default;
  TileSet(int width, int height)
      : bounds_{0, 0, width, height},
        columns_((width + kTileWidth - 1) / kTileWidth),
        marks_(std::size_t(columns_) * std::size_t((height + kTileHeight - 1) / kTileHeight)) {}

  bool empty() const { return count_ == 0; }

  /// Every tile that `rect`, inside the screen, touches.
  void mark(const Rect& rect) {
    each(rect, [this](std::size_t i, const Rect&) { count_ += 1u - std::exchange(marks_[i], 1); });
  }
  /// Every tile that `rect` covers wholly, as far as it lies on the screen.
  void clear(const Rect& rect) {
    if (empty()) return;
    each(rect, [&](std::size_t i, const Rect& tile) {
      if (rect.contains(tile)) count_ -= std::exchange(marks_[i], 0);
    });
  }
  bool touches(const Rect& rect) const {
    bool marked = false;
    if (!empty()) each(rect, [&](std::size_t i, const Rect&) { marked = marked || marks_[i]; });
    return marked;
  }
  /// The marked tiles that do not touch `except`, neighbours in a row as one, top to bottom.
  std::vector<Rect> rects(const Rect& except = {}) const {
    std::vector<Rect> rects;
    if (!empty())
      each(bounds_, [&](std::size_t i, const Rect& tile) {
        if (!marks_[i] || !intersect(tile, except).empty()) return;
        if (!rects.empty() && rects.back().y == tile.y && rects.back().right() == tile.x)
          rects.back().w += tile.w;
        else
          rects.push_back(tile);
      });
    return rects;
  }

 private:
  template <class Do>
  void each(const Rect& rect, Do act) const {
    for (int y = rect.y / kTileHeight; y * kTileHeight < rect.bottom(); ++y)
      for (int x = rect.x / kTileWidth; x * kTileWidth < rect.right(); ++x)
        act(std::size_t(y) * std::size_t(columns_) + std::size_t(x),
            intersect({x * kTileWidth, y * kTileHeight, kTileWidth, kTileHeight}, bounds_));
  }

  Rect bounds_;
  int columns_ = 0;
  std::vector<std::uint8_t> marks_;  // 0 or 1 a tile
  std::size_t count_ = 0;
};

}  // namespace godesk::media
