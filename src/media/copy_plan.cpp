#include "media/copy_plan.h"

#include <algorithm>
#include <cstring>
#include <optional>

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

  /// The motion of all of `tiles`, if that is the last answer: long rows compare faster than tiles.
  std::optional<int> label_all(const Rect& tiles) const {
    return last_ >= 0 && came_by(tiles, last_) ? std::optional(last_) : std::nullopt;
  }

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
  const Rect whole = intersect(rect, {rect.x, row * kTileHeight, rect.w, kTileHeight});
  if (const auto label = matcher.label_all(whole)) return {{0, last - first, whole, *label}};
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

/// Rows that follow each other, and how many of their pixels moved: counted from the left side, and from the
/// right.
struct Band {
  int y = 0, h = 0, left = 0, right = 0;
  int kind = 0;
};

/// Cuts what is partly new into pieces that moved and pieces that are new.
class Shaver {
 public:
  Shaver(const FrameView& now, const FrameView& shadow, const TileSet& lossy, std::vector<Copy>& copies)
      : now_(now), shadow_(shadow), lossy_(lossy), copies_(copies) {}

  /// Adds to `rest` what of `rect` did not come from `by` before it.
  void shave(const Rect& rect, Point by, std::vector<Rect>& rest) {
    for (const Band& band : bands(rect, by)) {
      Rect left{rect.x, band.y, rect.w, band.h};
      const Rect first{left.x, left.y, band.left, left.h};
      if (worth_a_copy(first, rect) && copy(first, by)) left.x += first.w, left.w -= first.w;
      const Rect last{left.right() - band.right, left.y, std::min(band.right, left.w), left.h};
      if (!left.empty() && worth_a_copy(last, rect) && copy(last, by)) left.w -= last.w;
      if (!left.empty()) rest.push_back(left);
    }
  }

 private:
  static constexpr int kMaxBands = 3;  // of more, letters are made of
  enum Kind { none, all, mostly_left, mostly_right };

  static bool worth_a_copy(const Rect& part, const Rect& of) {
    return part.w == of.w ? part.h >= 2 : part.w >= 4 && part.h > 0;
  }

  bool copy(const Rect& part, Point by) {
    const Rect source{part.x - by.x, part.y - by.y, part.w, part.h};
    if (lossy_.touches(source)) return false;
    copies_.push_back({part, {source.x, source.y}});
    return true;
  }

  Band row(const Rect& rect, int y, Point by) const {
    if (!shadow_.bounds().contains({rect.x - by.x, y - by.y, rect.w, 1})) return {y, 1, 0, 0, none};
    const std::uint32_t *a = now_.at(rect.x, y), *b = shadow_.at(rect.x - by.x, y - by.y);
    int left = 0, right = 0;
    while (left < rect.w && a[left] == b[left]) ++left;
    if (left == rect.w) return {y, 1, left, left, all};
    while (a[rect.w - 1 - right] == b[rect.w - 1 - right]) ++right;
    const int half = rect.w / 2;
    return {y, 1, left, right, left >= half ? mostly_left : right >= half ? mostly_right : none};
  }

  static void join(Band& band, const Band& next) {
    band.h += next.h;
    band.left = std::min(band.left, next.left);
    band.right = std::min(band.right, next.right);
  }

  std::vector<Band> bands(const Rect& rect, Point by) const {
    std::vector<Band> bands;
    for (int y = rect.y; y < rect.bottom(); ++y) {
      const Band next = row(rect, y, by);
      if (!bands.empty() && bands.back().kind == next.kind)
        join(bands.back(), next);
      else
        bands.push_back(next);
    }
    if (bands.size() <= kMaxBands) return bands;
    // Rows at the top and at the bottom that moved stay apart from all between them.
    const auto first = bands.begin() + (bands.front().kind == all),
               last = bands.end() - (bands.back().kind == all);
    for (auto band = first + 1; band != last; ++band) join(*first, *band);
    bands.erase(first + 1, last);
    return bands;
  }

  const FrameView& now_;
  const FrameView& shadow_;
  const TileSet& lossy_;
  std::vector<Copy>& copies_;
};

/// Tiles that are only partly new: rows at the top and at the bottom and columns at the sides that did move
/// become copies.
void shave(const FrameView& now, const FrameView& shadow, const TileSet& lossy,
           const std::vector<Point>& motions, CopyPlan& plan) {
  Shaver shaver(now, shadow, lossy, plan.copies);
  for (const Point by : motions) {
    std::vector<Rect> rest;
    for (const Rect& rect : plan.rest) shaver.shave(rect, by, rest);
    plan.rest = std::move(rest);
  }
}

constexpr int kLandmark = 16;  // pixels of a row
constexpr std::size_t kLandmarks = 3;
constexpr int kHurry = 8;  // pixels by which an update's movement differs from the last one's
// Of 100 pixels, where it is not worth searching for the others: a window that is dragged uncovers as much.
constexpr int kEnough = 75;

/// The first place in a row that is not plain.
std::optional<Point> landmark(const FrameView& frame, const Rect& row) {
  const std::uint32_t* pixels = frame.at(0, row.y);
  for (int x = row.x; x + kLandmark <= row.right(); x += kLandmark) {
    int differ = 0;
    for (int i = 1; i < kLandmark; ++i) differ += pixels[x + i] != pixels[x + i - 1];
    if (differ >= kLandmark / 4) return Point{x, row.y};
  }
  return std::nullopt;
}

/// One such place below the top of each third of `rect`, unless there is nothing but paper.
std::vector<Point> landmarks(const FrameView& frame, const Rect& rect) {
  constexpr int kLineSpacing = 24;
  std::vector<Point> found;
  for (int third = 0; third < int(kLandmarks) && !rect.empty(); ++third) {
    const int top = rect.y + rect.h * third / int(kLandmarks),
              bottom = std::min(top + kLineSpacing, rect.bottom());
    std::optional<Point> place;
    for (int y = top; y < bottom && !place; y += 2) place = landmark(frame, {rect.x, y, rect.w, 1});
    if (place) found.push_back(*place);
  }
  return found;
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

/// The recent movements, and before them one that differs a little from the last and that three short pieces
/// of what moved then agree on.
std::vector<Point> CopyPlanner::likely(const FrameView& now, const FrameView& shadow) const {
  std::vector<Point> motions = recent_;
  if (recent_.empty()) return motions;
  const std::vector<Point> probes = landmarks(shadow, intersect(moved_, shadow.bounds()));
  const auto found = [&](Point by) {
    return std::all_of(probes.begin(), probes.end(), [&](Point at) {
      const Rect to{at.x + by.x, at.y + by.y, kLandmark, 1};
      return now.bounds().contains(to) && same_pixels_at(now, to, shadow, at);
    });
  };
  if (probes.size() < kLandmarks - 1 || found(recent_.front())) return motions;
  for (int dy = -kHurry; dy <= kHurry; ++dy)
    for (int dx = -kHurry; dx <= kHurry; ++dx) {
      const Point by{recent_.front().x + dx, recent_.front().y + dy};
      if (by == Point{0, 0} || !found(by)) continue;
      std::erase(motions, by);
      motions.insert(motions.begin(), by);
      return motions;
    }
  return motions;
}

CopyPlan CopyPlanner::plan(const FrameView& now, const FrameView& shadow, const std::vector<Rect>& changed,
                           const TileSet& lossy) {
  const std::int64_t area = area_of(changed);
  if (area < kWorthSearching) return {{}, changed};

  CopyPlan plan;
  if (!recent_.empty()) plan = match(now, shadow, changed, lossy, likely(now, shadow));
  if (plan.copied_area() < area * kEnough / 100) {
    const std::vector<Point> motions = search_.find(now, shadow, changed);
    CopyPlan other = match(now, shadow, changed, lossy, motions);
    if (other.copied_area() >= plan.copied_area()) plan = std::move(other);
  }
  recent_.clear();
  // The largest copy's movement is the first.
  const auto largest =
      std::max_element(plan.copies.begin(), plan.copies.end(),
                       [](const Copy& a, const Copy& b) { return a.to.area() < b.to.area(); });
  if (largest != plan.copies.end()) {
    moved_ = largest->to;
    recent_.push_back(largest->motion());
  }
  for (const Copy& copy : plan.copies)
    if (std::find(recent_.begin(), recent_.end(), copy.motion()) == recent_.end())
      recent_.push_back(copy.motion());
  return plan;
}

}  // namespace godesk::media
