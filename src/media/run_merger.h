// Turns runs of tiles, given row by row, into rects: runs of the same columns and label in rows that follow
// each other are one.
#pragma once

#include <vector>

#include "media/frame.h"

namespace godesk::media {

/// Neighbouring tiles of one tile row, columns first..last, that belong together.
struct Run {
  int first = 0, last = 0;
  Rect box;       // what it covers
  int label = 0;  // only runs of one label merge
};

class RunMerger {
 public:
  explicit RunMerger(int columns) : open_at_(std::size_t(columns), kNone), next_(open_at_) {}

  void add_row(const std::vector<Run>& runs) {
    next_.assign(next_.size(), kNone);
    for (const Run& run : runs) {
      std::size_t above = open_at_[std::size_t(run.first)];
      if (above == kNone || merged_[above].last != run.last || merged_[above].label != run.label) {
        above = merged_.size();
        merged_.push_back(run);
      }
      merged_[above].box = bounding(merged_[above].box, run.box);
      next_[std::size_t(run.first)] = above;
    }
    open_at_.swap(next_);
  }

  /// What the rows gave, in the order in which each began.
  const std::vector<Run>& merged() const { return merged_; }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<Run> merged_;
  std::vector<std::size_t> open_at_;  // by first column: the run of the row above that may still grow
  std::vector<std::size_t> next_;
};

}  // namespace godesk::media
