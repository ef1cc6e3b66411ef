#include "media/video_choice.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace godesk::media {
namespace {

constexpr int kAlign = 2;  // colour may be a quarter

/// Many colours, and few neighbours alike: what the screen coder does badly. Text has its paper between the
/// letters, however many shades their edges have.
bool looks_like_film(const FrameView& frame, const Rect& rect) {
  std::array<std::uint32_t, VideoChoice::kColours> seen;
  std::size_t colours = 0;
  int looked = 0, differ = 0;
  for (int y = rect.y; y < rect.bottom(); y += 2)
    for (int x = rect.x + 1; x < rect.right(); ++x, ++looked) {
      const std::uint32_t colour = *frame.at(x, y);
      if (colour == *frame.at(x - 1, y)) continue;
      ++differ;
      const auto known = seen.begin() + static_cast<std::ptrdiff_t>(colours);
      if (known != seen.end() && std::find(seen.begin(), known, colour) == known) seen[colours++] = colour;
    }
  return colours == seen.size() && differ * 5 > looked * 2;
}

/// Another number for nearly any other content.
std::uint32_t fingerprint(const FrameView& frame, const Rect& rect) {
  std::uint32_t sum = 0;
  for (int y = rect.y; y < rect.bottom(); y += 2) {
    const std::uint32_t* row = frame.at(rect.x, y);
    std::uint32_t weighed = 0;
    for (int x = 0; x < rect.w; ++x) weighed += row[x] * (std::uint32_t(x) * 0x9e3779b2u + 1);
    sum = sum * 0x85ebca6bu + weighed;
  }
  return sum;
}

Rect aligned(const Rect& rect, const Rect& bounds) {
  const int x = rect.x / kAlign * kAlign, y = rect.y / kAlign * kAlign;
  const int right = (rect.right() + kAlign - 1) / kAlign * kAlign;
  const int bottom = (rect.bottom() + kAlign - 1) / kAlign * kAlign;
  return intersect({x, y, right - x, bottom - y}, bounds);
}

}  // namespace

VideoChoice::VideoChoice(int width, int height)
    : bounds_{0, 0, width, height},
      columns_((width + kCell - 1) / kCell),
      rows_((height + kCell - 1) / kCell),
      cells_(std::size_t(columns_) * std::size_t(rows_)) {}

Rect VideoChoice::cell_rect(std::size_t index) const {
  const int column = int(index) % columns_, row = int(index) / columns_;
  return intersect({column * kCell, row * kCell, kCell, kCell}, bounds_);
}

/// What waited to be sent, and was not painted again, is no new picture. What changed comes first: of a
/// letter that is typed nothing else is looked at.
VideoChoice::Look VideoChoice::look_at(const FrameView& frame, std::size_t index, const Rect& changed) {
  if (!looks_like_film(frame, changed)) return Look::other;
  const Rect all = cell_rect(index);
  const std::uint32_t now = fingerprint(frame, all);
  if (std::exchange(cells_[index].content, now) == now) return Look::other;
  return changed == all || looks_like_film(frame, all) ? Look::film : Look::partly_film;
}

void VideoChoice::note(Time now, const FrameView& frame, const std::vector<Rect>& changed,
                       std::int64_t copied, const Rect& film) {
  const std::int64_t area = area_of(changed);
  if (area == 0 || copied > area) return;
  if (now - last_ > kPause) cells_.assign(cells_.size(), {});
  last_ = now;

  std::vector<Rect> hit(cells_.size());
  for (const Rect& rect : changed)
    for (int row = rect.y / kCell; row * kCell < rect.bottom(); ++row)
      for (int column = rect.x / kCell; column * kCell < rect.right(); ++column) {
        const auto i = std::size_t(row) * std::size_t(columns_) + std::size_t(column);
        hit[i] = bounding(hit[i], intersect(rect, cell_rect(i)));
      }
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    cell.score *= kKept;
    cell.border *= kKept;
    if (cell.border < 0.1) cell.changed = {};
    if (hit[i].empty()) continue;
    const Look look = film.contains(hit[i]) ? Look::film : look_at(frame, i, hit[i]);
    if (look == Look::other) continue;
    cell.score += look == Look::film;
    cell.border += 1;
    cell.changed = bounding(cell.changed, hit[i]);
  }
}

/// The cells beside the `index`-th.
std::vector<std::size_t> VideoChoice::beside(std::size_t index) const {
  std::vector<std::size_t> found;
  const int column = int(index) % columns_, row = int(index) / columns_;
  for (const Point step : {Point{-1, 0}, Point{1, 0}, Point{0, -1}, Point{0, 1}}) {
    const int c = column + step.x, r = row + step.y;
    if (c >= 0 && r >= 0 && c < columns_ && r < rows_)
      found.push_back(std::size_t(r) * std::size_t(columns_) + std::size_t(c));
  }
  return found;
}

/// The hot cells connected with `start`, which is one.
std::vector<std::size_t> VideoChoice::neighbours(std::size_t start, std::vector<bool>& seen) const {
  std::vector<std::size_t> found{start};
  seen[start] = true;
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const std::size_t next : beside(found[i])) {
      if (seen[next] || cells_[next].score < kHot) continue;
      seen[next] = true;
      found.push_back(next);
    }
  return found;
}

std::optional<Rect> VideoChoice::video() const {
  std::vector<bool> seen(cells_.size());
  std::vector<std::size_t> largest;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (seen[i] || cells_[i].score < kHot) continue;
    auto cells = neighbours(i, seen);
    if (cells.size() > largest.size()) largest = std::move(cells);
  }
  if (largest.size() < std::size_t(kMinCells)) return std::nullopt;
  Rect box;
  for (const std::size_t i : largest) {
    box = bounding(box, cells_[i].changed);
    for (const std::size_t next : beside(i))
      if (cells_[next].border >= kHot) box = bounding(box, cells_[next].changed);
  }
  const Rect video = aligned(box, bounds_);
  return video_fits(video) ? std::optional(video) : std::nullopt;
}

Chroma chroma_of(const FrameView& frame, const Rect& rect) {
  constexpr int kSteep = 48;  // of red-green and blue-green together, between neighbours
  std::int64_t looked = 0, steep = 0;
  for (int y = rect.y; y < rect.bottom(); y += 4)
    for (int x = rect.x; x + 1 < rect.right(); x += 2, ++looked) {
      const std::uint32_t a = *frame.at(x, y), b = *frame.at(x + 1, y);
      const auto channel = [](std::uint32_t p, int shift) { return int(p >> shift & 0xff); };
      const int red = channel(a, 16) - channel(b, 16), green = channel(a, 8) - channel(b, 8),
                blue = channel(a, 0) - channel(b, 0);
      steep += std::abs(red - green) + std::abs(blue - green) > kSteep;
    }
  return steep * 25 > looked ? Chroma::full : Chroma::quarter;
}

BitsPerSecond enough_for(const Rect& rect) {
  constexpr std::int64_t kBitsPerPixel = 9;  // and second: 8 Mbit/s for 1280x720
  return {std::max<std::int64_t>(rect.area() * kBitsPerPixel, 1'000'000)};
}

}  // namespace godesk::media
