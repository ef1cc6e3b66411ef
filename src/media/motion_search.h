// Where the content of the screen moved to, without knowing anything of windows: anchors vote.
//
//   1. Each place of `before` that changed has a hash of 16 pixels of its row and 16 of the row kAnchorRows
//      below. About one hash in 2^n is an anchor, chosen by the hash itself, so that the same content is an
//      anchor wherever it is. Of anchors that occur twice nothing can be said: they do not count.
//   2. In `now` only every kAnchorRows-th row is hashed; an anchor found again votes for how far it moved.
//   3. The movements with most votes are candidates. Only comparing pixels says whether one is true: that is
//      the caller's part (media/copy_plan.h).
#pragma once

#include <cstdint>
#include <vector>

#include "media/frame.h"

namespace godesk::media {

inline constexpr int kAnchorRows = 4;

class MotionSearch {
 public:
  static constexpr std::size_t kMaxMotions = 8;

  /// Movements (dx, dy): the content of `before` at (x - dx, y - dy) is in `now` at (x, y). Never (0, 0);
  /// most votes first. Both views have one size; `changed` lies inside and does not overlap.
  std::vector<Point> find(const FrameView& now, const FrameView& before, const std::vector<Rect>& changed);

 private:
  struct Anchor {
    std::uint32_t hash = 0;
    std::uint32_t at = kFree;  // x and y, or one of the marks below
  };
  static constexpr std::uint32_t kFree = 0xffffffff, kTwice = 0xfffffffe;

  template <class Take>
  void each_anchor(const FrameView& frame, const Rect& rect, int step, Take take);
  Anchor& slot_of(std::uint32_t hash);
  void remember(std::uint32_t hash, int x, int y);
  void vote(std::uint32_t hash, int x, int y);
  std::vector<Point> winners();

  int shift_ = 0;  // of a hash, to its choosing bits
  std::size_t remembered_ = 0;
  std::vector<Anchor> anchors_;  // open addressing
  std::vector<std::uint32_t> votes_;
  std::vector<std::uint32_t> rows_[kAnchorRows + 1], scratch_, hashes_;  // kept for their memory
};

}  // namespace godesk::media
