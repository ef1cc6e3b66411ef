#include "media/tile_diff.h"

#include <algorithm>
#include <cstring>

#include "media/run_merger.h"

namespace godesk::media {
namespace {

bool same(const FrameView& a, const FrameView& b, int x, int y, int width) {
  return std::memcmp(a.at(x, y), b.at(x, y), std::size_t(width) * 4) == 0;
}

bool same_row(const FrameView& a, const FrameView& b, const Rect& rect, int y) {
  return same(a, b, rect.x, y, rect.w);
}

/// The rows of `tile` from the first to the last that differs; empty when none does.
Rect differing_rows(const FrameView& now, const FrameView& shadow, const Rect& tile) {
  int top = tile.y, bottom = tile.bottom();
  while (top < bottom && same_row(now, shadow, tile, top)) ++top;
  if (top == bottom) return {};
  while (same_row(now, shadow, tile, bottom - 1)) --bottom;
  return {tile.x, top, tile.w, bottom - top};
}

int left_edge(const FrameView& now, const FrameView& shadow, const Rect& rect) {
  int left = rect.right();
  for (int y = rect.y; y < rect.bottom(); ++y) {
    if (same(now, shadow, rect.x, y, left - rect.x)) continue;
    const std::uint32_t *a = now.at(0, y), *b = shadow.at(0, y);
    for (left = rect.x; a[left] == b[left];) ++left;
  }
  return left;
}

int right_edge(const FrameView& now, const FrameView& shadow, const Rect& rect) {
  int right = rect.x;
  for (int y = rect.y; y < rect.bottom(); ++y) {
    if (same(now, shadow, right, y, rect.right() - right)) continue;
    const std::uint32_t *a = now.at(0, y), *b = shadow.at(0, y);
    for (right = rect.right(); a[right - 1] == b[right - 1];) --right;
  }
  return right;
}

/// The columns of the tile row `row` that damage touches.
std::vector<bool> damaged_columns(const Rect& row, const Region& damage, int columns) {
  std::vector<bool> marked(std::size_t(columns), false);
  for (const Rect& rect : damage.rects()) {
    const Rect part = intersect(rect, row);
    if (part.empty()) continue;
    for (int c = part.x / kTileWidth; c <= (part.right() - 1) / kTileWidth; ++c)
      marked[std::size_t(c)] = true;
  }
  return marked;
}

/// Only a run's two ends are looked at column by column.
std::vector<Run> changed_runs(const FrameView& now, const FrameView& shadow, const Rect& row,
                              const std::vector<bool>& columns) {
  std::vector<Run> runs;
  Rect end;  // what differs of the last run's last tile
  const auto trim_end = [&] {
    if (!runs.empty()) runs.back().box.w = right_edge(now, shadow, end) - runs.back().box.x;
  };
  for (int c = 0; c < int(columns.size()); ++c) {
    if (!columns[std::size_t(c)]) continue;
    const Rect rows =
        differing_rows(now, shadow, intersect(row, {c * kTileWidth, row.y, kTileWidth, kTileHeight}));
    if (rows.empty()) continue;
    if (runs.empty() || runs.back().last != c - 1) {
      trim_end();
      const int left = left_edge(now, shadow, rows);
      runs.push_back({c, c, {left, rows.y, rows.right() - left, rows.h}, 0});
    } else {
      runs.back().last = c;
      runs.back().box = bounding(runs.back().box, rows);
    }
    end = rows;
  }
  trim_end();
  return runs;
}

}  // namespace

std::vector<Rect> changed_rects(const FrameView& now, const FrameView& shadow, const Region& damage) {
  const int columns = (now.width + kTileWidth - 1) / kTileWidth;
  RunMerger merger(columns);
  const Rect box = intersect(damage.bounding_box(), now.bounds());
  if (box.empty()) return {};
  for (int y = box.y / kTileHeight * kTileHeight; y < box.bottom(); y += kTileHeight) {
    const Rect row = intersect({0, y, now.width, kTileHeight}, now.bounds());
    merger.add_row(changed_runs(now, shadow, row, damaged_columns(row, damage, columns)));
  }
  std::vector<Rect> rects;
  for (const Run& run : merger.merged()) rects.push_back(run.box);
  return rects;
}

}  // namespace godesk::media
