// Pixels and the places where they changed: the words that capture, coders and windows share.
//
// Coordinates are pixels from the top left of the screen. A pixel is 0x00RRGGBB in a native uint32: the
// layout of QImage::Format_RGB32 and of an X11 ZPixmap of depth 24. The top byte is zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace godesk::media {

/// No screen is wider or higher than this; also the bound that every decoder enforces (SECURITY 7).
inline constexpr int kMaxSide = 16384;

struct Point {
  int x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// Half-open: covers x..x+w-1 and y..y+h-1. Empty when w or h is not positive.
struct Rect {
  int x = 0, y = 0, w = 0, h = 0;

  bool empty() const { return w <= 0 || h <= 0; }
  int right() const { return x + w; }
  int bottom() const { return y + h; }
  std::int64_t area() const { return empty() ? 0 : std::int64_t{w} * h; }
  bool contains(const Rect& inner) const;
  bool operator==(const Rect&) const = default;
};

Rect intersect(const Rect& a, const Rect& b);
/// The smallest rect that holds both; an empty one adds nothing.
Rect bounding(const Rect& a, const Rect& b);
/// What overlaps counts as often as it is covered.
std::int64_t area_of(const std::vector<Rect>& rects);

/// Where something changed: a short list of rects that may overlap. It never grows beyond `kMaxRects`; what
/// would is replaced by the bounding box, because many small fetches cost more than one larger.
class Region {
 public:
  static constexpr std::size_t kMaxRects = 32;

  Region() = default;
  Region(const Rect& rect) { add(rect); }  // NOLINT: a rect is a region

  void add(const Rect& rect);
  void add(const Region& other);
  void clip(const Rect& to);
  void clear() { rects_.clear(); }

  bool empty() const { return rects_.empty(); }
  const std::vector<Rect>& rects() const { return rects_; }
  Rect bounding_box() const;
  bool covers(Point at) const;

 private:
  std::vector<Rect> rects_;  // none empty
};

/// Looks at pixels that someone else owns. `stride` is in pixels, at least `width`.
struct FrameView {
  const std::uint32_t* pixels = nullptr;
  int width = 0, height = 0, stride = 0;

  bool empty() const { return width <= 0 || height <= 0; }
  Rect bounds() const { return {0, 0, width, height}; }
  const std::uint32_t* at(int x, int y) const { return pixels + std::ptrdiff_t{y} * stride + x; }
};

/// Same size and same colours.
bool same_pixels(const FrameView& a, const FrameView& b);

/// Owns the pixels of one screen, black at first, stride = width.
class Frame {
 public:
  Frame() = default;
  /// Sides must be within 1..kMaxSide. Stays `empty()` when there is no memory. The memory comes zeroed
  /// from the system, so a size that a hostile peer merely claims costs address space, not memory.
  Frame(int width, int height);

  bool empty() const { return !pixels_; }
  int width() const { return width_; }
  int height() const { return height_; }
  FrameView view() const { return {pixels_.get(), width_, height_, width_}; }
  std::uint32_t* at(int x, int y) { return pixels_.get() + std::ptrdiff_t{y} * width_ + x; }

 private:
  struct Free {
    void operator()(std::uint32_t* p) const { std::free(p); }
  };
  std::unique_ptr<std::uint32_t[], Free> pixels_;
  int width_ = 0, height_ = 0;
};

/// Gives `to` the pixels that the rect of its size at `from` has now. Both lie inside and may overlap.
void move_pixels(Frame& frame, const Rect& to, Point from);
/// Gives `rect` of `to` the pixels of the same place in `from`.
void copy_pixels(const FrameView& from, const Rect& rect, Frame& to);

}  // namespace godesk::media
