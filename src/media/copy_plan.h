// Which changed pixels are already on the viewer's canvas, somewhere else: a page that scrolled, a window
// that was dragged.
//
//   1. Each tile of what changed is compared with where the recent movements, or such as are a little slower
//      or faster (a hand that drags), or those that MotionSearch proposes, say it came from; pixel for pixel,
//      so a hash is never believed.
//   2. Tiles of one movement merge into copies, and what moved of tiles that are partly new is shaved off at
//      all four sides. Sources are what the canvas shows before the update, so copies are ordered: none
//      writes what a later one reads; where that is impossible one is given up.
//   3. The rest is for the rect coder.
//
// Never a source: a tile of which the viewer has only an approximation.
#pragma once

#include <vector>

#include "media/frame.h"
#include "media/motion_search.h"
#include "media/tile_set.h"

namespace godesk::media {

struct Copy {
  Rect to;
  Point from;  // where the upper left corner of `to` comes from

  Rect source() const { return {from.x, from.y, to.w, to.h}; }
  Point motion() const { return {to.x - from.x, to.y - from.y}; }
};

struct CopyPlan {
  std::vector<Copy> copies;  // one after the other
  std::vector<Rect> rest;    // not covered by a copy

  std::int64_t copied_area() const;
};

class CopyPlanner {
 public:
  /// Smaller changes are not worth looking for.
  static constexpr std::int64_t kWorthSearching = 20'000;  // pixels
  static constexpr std::size_t kMaxCopies = 256;

  /// `changed` as changed_rects() gave it; `lossy` has the views' size.
  CopyPlan plan(const FrameView& now, const FrameView& shadow, const std::vector<Rect>& changed,
                const TileSet& lossy);

 private:
  CopyPlan match(const FrameView& now, const FrameView& shadow, const std::vector<Rect>& changed,
                 const TileSet& lossy, const std::vector<Point>& motions);

  std::vector<Point> likely(const FrameView& now, const FrameView& shadow) const;

  MotionSearch search_;
  std::vector<Point> recent_;  // what the last plan used: scrolling goes on
  Rect moved_;                 // where its largest copy went
};

/// `copies` in an order in which no copy writes what a later one reads. What stands in the way is left out
/// and added to `given_up`.
std::vector<Copy> in_safe_order(std::vector<Copy> copies, std::vector<Rect>& given_up);

}  // namespace godesk::media
