#include "media/motion_search.h"

#include <algorithm>

namespace godesk::media {
namespace {

// Wide enough for three letters: of two there are too few pairs for one to be anywhere but here.
constexpr int kAnchorWidth = 16;
constexpr std::size_t kSlots = std::size_t{1} << 15;
constexpr std::size_t kMaxAnchors = kSlots / 2;  // probing stays short
constexpr int kMinChoosingBits = 4, kMaxChoosingBits = 16;
constexpr std::uint32_t kChosen = 7;  // which values of the choosing bits make an anchor: any would do
constexpr std::size_t kMinVotes = 3, kMaxVotes = 2 * kMaxAnchors;

std::uint32_t rotate(std::uint32_t v, int by) { return v << by | v >> (32 - by); }

/// out[i] is a hash of the 16 pixels from `row[i]` on. Four passes that each double the width; plain loops,
/// because compilers make vector instructions of them.
void hash_row(const std::uint32_t* row, int width, std::vector<std::uint32_t>& scratch,
              std::vector<std::uint32_t>& out) {
  scratch.resize(std::size_t(width));
  out.resize(std::size_t(width));
  std::uint32_t* const a = scratch.data();
  std::uint32_t* const b = out.data();
  for (int i = 0; i + 1 < width; ++i) a[i] = rotate(row[i], 9) + row[i + 1];
  for (int i = 0; i + 3 < width; ++i) b[i] = rotate(a[i], 5) + a[i + 2];
  for (int i = 0; i + 7 < width; ++i) a[i] = rotate(b[i], 3) + b[i + 4];
  for (int i = 0; i + 15 < width; ++i) b[i] = rotate(a[i], 11) + a[i + 8];
}

int choosing_bits(const std::vector<Rect>& changed) {
  const std::int64_t area = area_of(changed);
  int bits = kMinChoosingBits;
  while (bits < kMaxChoosingBits && (area >> bits) > std::int64_t{kMaxAnchors}) ++bits;
  return bits;
}

constexpr int kOffset = kMaxSide;  // movements are stored without sign

}  // namespace

template <class Take>
void MotionSearch::each_anchor(const FrameView& frame, const Rect& rect, int step, Take take) {
  const int places = rect.w - kAnchorWidth + 1;
  if (places <= 0) return;
  hashes_.resize(std::size_t(places));
  // A step that divides the distance of the two rows lets each row be hashed once.
  const int kept = kAnchorRows / step + 1;
  for (int y = rect.y, n = 0; y < rect.bottom(); y += step, ++n) {
    const auto& lower = rows_[n % kept];
    hash_row(frame.at(rect.x, y), rect.w, scratch_, rows_[n % kept]);
    if (n + 1 < kept) continue;
    const auto& upper = rows_[(n + 1) % kept];
    for (int i = 0; i < places; ++i)
      hashes_[std::size_t(i)] = (rotate(upper[std::size_t(i)], 13) ^ lower[std::size_t(i)]) * 0x9e3779b1u;
    for (int i = 0; i < places; ++i) {
      const std::uint32_t hash = hashes_[std::size_t(i)];
      if (hash >> shift_ != kChosen) continue;
      if (i > 0 && hash == hashes_[std::size_t(i - 1)]) continue;  // a plain area: the same at every place
      take(hash, rect.x + i, y - kAnchorRows);
    }
  }
}

MotionSearch::Anchor& MotionSearch::slot_of(std::uint32_t hash) {
  // The upper bits are the same for all anchors.
  std::size_t slot = (hash * 0x85ebca6bu) >> 17;
  while (anchors_[slot].at != kFree && anchors_[slot].hash != hash) slot = (slot + 1) % kSlots;
  return anchors_[slot];
}

void MotionSearch::remember(std::uint32_t hash, int x, int y) {
  Anchor& anchor = slot_of(hash);
  if (anchor.at != kFree) {
    anchor.at = kTwice;
  } else if (remembered_ < kMaxAnchors) {
    anchor = {hash, std::uint32_t(y) << 16 | std::uint32_t(x)};
    ++remembered_;
  }
}

void MotionSearch::vote(std::uint32_t hash, int x, int y) {
  const Anchor& anchor = slot_of(hash);
  if (anchor.at == kFree || anchor.at == kTwice) return;
  const int dx = x - int(anchor.at & 0xffff), dy = y - int(anchor.at >> 16);
  if ((dx != 0 || dy != 0) && votes_.size() < kMaxVotes)
    votes_.push_back(std::uint32_t(dy + kOffset) << 16 | std::uint32_t(dx + kOffset));
}

std::vector<Point> MotionSearch::winners() {
  std::sort(votes_.begin(), votes_.end());
  struct Count {
    std::size_t votes;
    std::uint32_t motion;
  };
  std::vector<Count> counts;
  for (std::size_t from = 0, to = 0; from < votes_.size(); from = to) {
    while (to < votes_.size() && votes_[to] == votes_[from]) ++to;
    if (to - from >= kMinVotes) counts.push_back({to - from, votes_[from]});
  }
  const std::size_t best = std::min(counts.size(), kMaxMotions);
  std::partial_sort(counts.begin(), counts.begin() + std::ptrdiff_t(best), counts.end(),
                    [](const Count& a, const Count& b) {
                      return a.votes != b.votes ? a.votes > b.votes : a.motion < b.motion;
                    });
  std::vector<Point> motions;
  for (std::size_t i = 0; i < best; ++i)
    motions.push_back({int(counts[i].motion & 0xffff) - kOffset, int(counts[i].motion >> 16) - kOffset});
  return motions;
}

std::vector<Point> MotionSearch::find(const FrameView& now, const FrameView& before,
                                      const std::vector<Rect>& changed) {
  shift_ = 32 - choosing_bits(changed);
  anchors_.assign(kSlots, {});
  remembered_ = 0;
  votes_.clear();
  for (const Rect& rect : changed)
    each_anchor(before, rect, 1, [this](std::uint32_t hash, int x, int y) { remember(hash, x, y); });
  for (const Rect& rect : changed)
    each_anchor(now, rect, kAnchorRows, [this](std::uint32_t hash, int x, int y) { vote(hash, x, y); });
  return winners();
}

}  // namespace godesk::media
