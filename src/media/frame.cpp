#include "media/frame.h"

#include <algorithm>
#include <cstring>

namespace godesk::media {

bool Rect::contains(const Rect& inner) const {
  return inner.x >= x && inner.y >= y && inner.right() <= right() && inner.bottom() <= bottom();
}

Rect intersect(const Rect& a, const Rect& b) {
  const int x = std::max(a.x, b.x), y = std::max(a.y, b.y);
  return {x, y, std::min(a.right(), b.right()) - x, std::min(a.bottom(), b.bottom()) - y};
}

Rect bounding(const Rect& a, const Rect& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

std::int64_t area_of(const std::vector<Rect>& rects) {
  std::int64_t area = 0;
  for (const Rect& rect : rects) area += rect.area();
  return area;
}

void Region::add(const Rect& rect) {
  if (rect.empty()) return;
  for (const Rect& have : rects_)
    if (have.contains(rect)) return;
  std::erase_if(rects_, [&](const Rect& have) { return rect.contains(have); });
  if (rects_.size() < kMaxRects) {
    rects_.push_back(rect);
    return;
  }
  const Rect all = bounding(bounding_box(), rect);
  rects_.assign(1, all);
}

void Region::add(const Region& other) {
  for (const Rect& rect : std::vector<Rect>(other.rects_)) add(rect);
}

void Region::clip(const Rect& to) {
  for (Rect& rect : rects_) rect = intersect(rect, to);
  std::erase_if(rects_, [](const Rect& rect) { return rect.empty(); });
}

Rect Region::bounding_box() const {
  Rect all;
  for (const Rect& rect : rects_) all = bounding(all, rect);
  return all;
}

bool Region::covers(Point at) const {
  return std::any_of(rects_.begin(), rects_.end(), [&](const Rect& rect) {
    return rect.contains({at.x, at.y, 1, 1});
  });
}

bool same_pixels(const FrameView& a, const FrameView& b) {
  if (a.width != b.width || a.height != b.height) return false;
  for (int y = 0; y < a.height; ++y)
    if (std::memcmp(a.at(0, y), b.at(0, y), std::size_t(a.width) * 4) != 0) return false;
  return true;
}

Frame::Frame(int width, int height) {
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) return;
  pixels_.reset(static_cast<std::uint32_t*>(std::calloc(std::size_t(width) * std::size_t(height), 4)));
  if (!pixels_) return;
  width_ = width;
  height_ = height;
}

void move_pixels(Frame& frame, const Rect& to, Point from) {
  const auto move_row = [&](int y) {
    std::memmove(frame.at(to.x, to.y + y), frame.at(from.x, from.y + y), std::size_t(to.w) * 4);
  };
  if (from.y >= to.y)
    for (int y = 0; y < to.h; ++y) move_row(y);
  else
    for (int y = to.h; y-- > 0;) move_row(y);
}

void copy_pixels(const FrameView& from, const Rect& rect, Frame& to) {
  for (int y = rect.y; y < rect.bottom(); ++y) std::copy_n(from.at(rect.x, y), rect.w, to.at(rect.x, y));
}

}  // namespace godesk::media
