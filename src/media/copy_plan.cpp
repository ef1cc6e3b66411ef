#include "media/copy_plan.h"

#include <algorithm>
#include <cstring>

#include "media/run_merger.h"

namespace godesk::media {
namespace {

constexpr int kSame = -2;  // the tile did not change: its rect was drawn around others
constexpr int kRest = -1;

bool same_pixels_at(const FrameView& now, const Rect& rect, const FrameView& shadow, Point from) {
  for (int y = 0; y < rect.h; ++y)
    if (std::memcmp(now.at(rect.x, rect.y + y), shadow.at(from.x, from.y + y), std::size_t(rect.w) * 4) != 0)
      return false;
  return true;
}

/// Whether the viewer's canvas holds what is now in `rect`, exactly, `by` before it.
bool moved(const FrameView& now, const FrameView& shadow, const TileSet& lossy, const Rect& rect, Point by) {
  const Rect source{rect.x - by.x, rect.y - by.y, rect.w, rect.h};
  return shadow.bounds().contains(source) && same_pixels_at(now, rect, shadow, {source.x, source.y}) &&
         !lossy.touches(source);
}

/// Says for tiles where they came from. Neighbours mostly came together, so the last answer is tried first.
class Matcher {
 public:
  Matcher(const FrameView& now, const FrameView& shadow, const TileSet& lossy,
          const std::vector<Point>& motions)
      : now_(now), shadow_(shadow), lossy_(lossy), motions_(motions) {}

  /// An index of a motion, kSame or kRest.
  int label(const Rect& tile) {
    if (last_ >= 0 && came_by(tile, last_)) return last_;
    if (same_pixels_at(now_, tile, shadow_, {tile.x, tile.y})) return kSame;
    for (int i = 0; i < int(motions_.size()); ++i)
      if (i != last_ && came_by(tile, i)) return last_ = i;
    return kRest;
  }

 private:
  bool came_by(const Rect& tile, int motion) const {
    return moved(now_, shadow_, lossy_, tile, motions_[std::size_t(motion)]);
  }

  const FrameView& now_;
  const FrameView& shadow_;
  const TileSet& lossy_;
  const std::vector<Point>& motions_;
  int last_ = -1;
};

/// The tiles of one row of `rect`, as runs of one label. Tiles lie on the screen's grid, so that
/// those of a rect partition it.
std::vector<Run> label_row(Matcher& matcher, const Rect& rect, int row) {
  std::vector<Run> runs;
  const int first = rect.x / kTileWidth, last = (rect.right() - 1) / kTileWidth;
  for (int column = first; column <= last; ++column) {
    const Rect tile = intersect(rect, {column * kTileWidth, row * kTileHeight, kTileWidth, kTileHeight});
    const int at = column - first, label = matcher.label(tile);
    if (label == kSame) continue;
    if (runs.empty() || runs.back().last != at - 1 || runs.back().label != label)
      runs.push_back({at, at, tile, label});
    runs.back().last = at;
    runs.back().box = bounding(runs.back().box, tile);
  }
  return runs;
}

/// Tiles that are only partly new: rows at the top and at the bottom of `rest` that did move become copies.
void shave(const FrameView& now, const FrameView& shadow, const TileSet& lossy,
           const std::vector<Point>& motions, CopyPlan& plan) {
  constexpr int kWorthACopy = 2;  // rows
  const auto row_moved = [&](const Rect& rect, int y, Point by) {
    return moved(now, shadow, lossy, {rect.x, y, rect.w, 1}, by);
  };
  const auto copy = [&](const Rect& rows, Point by) {
    plan.copies.push_back({rows, {rows.x - by.x, rows.y - by.y}});
  };
  for (Rect& rect : plan.rest)
    for (const Point by : motions) {
      int top = 0, bottom = 0;
      while (top < rect.h && row_moved(rect, rect.y + top, by)) ++top;
      while (bottom < rect.h - top && row_moved(rect, rect.bottom() - bottom - 1, by)) ++bottom;
      if (bottom >= kWorthACopy) {
        copy({rect.x, rect.bottom() - bottom, rect.w, bottom}, by);
        rect.h -= bottom;
      }
      if (top >= kWorthACopy) {
        copy({rect.x, rect.y, rect.w, top}, by);
        rect.y += top;
        rect.h -= top;
      }
      if (rect.empty()) break;
    }
  std::erase_if(plan.rest, [](const Rect& rect) { return rect.empty(); });
}

void keep_largest(std::vector<Copy>& copies, std::vector<Rect>& given_up) {
  if (copies.size() <= CopyPlanner::kMaxCopies) return;
  std::stable_sort(copies.begin(), copies.end(),
                   [](const Copy& a, const Copy& b) { return a.to.area() > b.to.area(); });
  for (std::size_t i = CopyPlanner::kMaxCopies; i < copies.size(); ++i) given_up.push_back(copies[i].to);
  copies.resize(CopyPlanner::kMaxCopies);
}

/// How many other copies still want to read what each would write.
std::vector<int> count_readers(const std::vector<Copy>& copies) {
  std::vector<int> readers(copies.size());
  for (std::size_t writer = 0; writer < copies.size(); ++writer)
    for (std::size_t reader = 0; reader < copies.size(); ++reader)
      readers[writer] += reader != writer && !intersect(copies[writer].to, copies[reader].source()).empty();
  return readers;
}

}  // namespace

std::int64_t CopyPlan::copied_area() const {
  std::int64_t area = 0;
  for (const Copy& copy : copies) area += copy.to.area();
  return area;
}

std::vector<Copy> in_safe_order(std::vector<Copy> copies, std::vector<Rect>& given_up) {
  keep_largest(copies, given_up);
  std::vector<int> readers = count_readers(copies);
  std::vector<Copy> ordered;
  const auto leave = [&](std::size_t index) {
    for (std::size_t i = 0; i < copies.size(); ++i)
      readers[i] -= i != index && !intersect(copies[i].to, copies[index].source()).empty();
    copies.erase(copies.begin() + std::ptrdiff_t(index));
    readers.erase(readers.begin() + std::ptrdiff_t(index));
  };
  while (!copies.empty()) {
    const auto free = std::find(readers.begin(), readers.end(), 0);
    if (free != readers.end()) {
      const auto index = std::size_t(free - readers.begin());
      ordered.push_back(copies[index]);
      leave(index);
      continue;
    }
    // A ring, of different movements: the smallest is cheapest to send as pixels.
    const auto smallest = std::min_element(
        copies.begin(), copies.end(), [](const Copy& a, const Copy& b) { return a.to.area() < b.to.area(); });
    given_up.push_back(smallest->to);
    leave(std::size_t(smallest - copies.begin()));
  }
  return ordered;
}

CopyPlan CopyPlanner::match(const FrameView& now, const FrameView& shadow, const std::vector<Rect>& changed,
                            const TileSet& lossy, const std::vector<Point>& motions) {
  CopyPlan plan;
  Matcher matcher(now, shadow, lossy, motions);
  for (const Rect& rect : changed) {
    RunMerger merger((rect.right() - 1) / kTileWidth - rect.x / kTileWidth + 1);
    for (int row = rect.y / kTileHeight; row * kTileHeight < rect.bottom(); ++row)
      merger.add_row(label_row(matcher, rect, row));
    for (const Run& run : merger.merged()) {
      if (run.label == kRest) {
        plan.rest.push_back(run.box);
      } else {
        const Point by = motions[std::size_t(run.label)];
        plan.copies.push_back({run.box, {run.box.x - by.x, run.box.y - by.y}});
      }
    }
  }
  std::vector<Point> used;
  for (const Copy& copy : plan.copies)
    if (std::find(used.begin(), used.end(), copy.motion()) == used.end()) used.push_back(copy.motion());
  shave(now, shadow, lossy, used, plan);
  plan.copies = in_safe_order(std::move(plan.copies), plan.rest);
  return plan;
}

CopyPlan CopyPlanner::plan(const FrameView& now, const FrameView& shadow, const std::vector<Rect>& changed,
                           const TileSet& lossy) {
  const std::int64_t area = area_of(changed);
  if (area < kWorthSearching) return {{}, changed};

  CopyPlan plan;
  if (!recent_.empty()) plan = match(now, shadow, changed, lossy, recent_);
  if (plan.copied_area() * 10 < area * 9) {
    const std::vector<Point> motions = search_.find(now, shadow, changed);
    CopyPlan other = match(now, shadow, changed, lossy, motions);
    if (other.copied_area() >= plan.copied_area()) plan = std::move(other);
  }
  recent_.clear();
  for (const Copy& copy : plan.copies)
    if (std::find(recent_.begin(), recent_.end(), copy.motion()) == recent_.end())
      recent_.push_back(copy.motion());
  return plan;
}

}  // namespace godesk::media
