#include "media/strips.h"

#include <algorithm>

#include "media/tile_diff.h"

namespace godesk::media {
namespace {

bool is_blank(const FrameView& frame, const Rect& rect, int y) {
  const std::uint32_t* row = frame.at(rect.x, y);
  return std::all_of(row, row + rect.w, [row](std::uint32_t pixel) { return pixel == *row; });
}

/// A rect cut where rows of one colour begin and end: lines of text, and what is between them. The same line
/// then has the same height wherever it appears, and its letters are the same bytes.
std::vector<Rect> lines_of(const FrameView& frame, const Rect& rect) {
  std::vector<Rect> lines;
  bool blank = false;
  for (int y = rect.y; y < rect.bottom(); ++y) {
    const bool row_is_blank = is_blank(frame, rect, y);
    if (lines.empty() || row_is_blank != blank) lines.push_back({rect.x, y, rect.w, 0});
    ++lines.back().h;
    blank = row_is_blank;
  }
  return lines;
}

}  // namespace

std::vector<Rect> strips_of(const FrameView& frame, const std::vector<Rect>& rects, int pixels) {
  std::vector<Rect> strips;
  for (const Rect& rect : rects)
    for (const Rect& line : lines_of(frame, rect)) {
      const bool by_columns = goes_by_columns(line);
      const int rows = by_columns ? line.h : std::max(1, pixels / line.w);
      const int columns = by_columns ? std::max(line.h + 1, pixels / line.h) : line.w;
      for (int y = line.y; y < line.bottom(); y += rows)
        for (int x = line.x; x < line.right(); x += columns)
          strips.push_back(intersect(line, {x, y, columns, rows}));
    }
  return strips;
}

std::vector<Rect> tiles_of(const std::vector<Rect>& rows, int pixels) {
  const int width = pixels / (kTileWidth * kTileHeight) * kTileWidth;
  std::vector<Rect> pieces;
  for (const Rect& row : rows)
    for (int x = row.x; x < row.right(); x += width)
      pieces.push_back({x, row.y, std::min(width, row.right() - x), row.h});
  return pieces;
}

std::vector<Rect> stacked(const std::vector<Rect>& rects, std::int64_t room) {
  constexpr std::size_t kMany = 128;  // no text line
  if (rects.size() > kMany) return rects;
  std::vector<Rect> stacks;
  for (const Rect& rect : rects) {
    const auto above = std::find_if(stacks.begin(), stacks.end(), [&](const Rect& stack) {
      const Rect both = bounding(stack, rect);
      const std::int64_t more = both.area() - stack.area() - rect.area();
      return stack.bottom() == rect.y && more <= both.area() / 4 && more <= room;
    });
    if (above == stacks.end()) {
      stacks.push_back(rect);
      continue;
    }
    const Rect both = bounding(*above, rect);
    room -= both.area() - above->area() - rect.area();
    *above = both;
  }
  return stacks;
}

std::vector<Rect> joined(const std::vector<Rect>& strips, std::size_t from) {
  std::vector<Rect> lines, rects;
  for (; from < strips.size(); ++from) {
    const Rect& strip = strips[from];
    if (!lines.empty() && lines.back().y == strip.y && lines.back().h == strip.h &&
        lines.back().right() == strip.x)
      lines.back().w += strip.w;
    else
      lines.push_back(strip);
  }
  for (const Rect& line : lines) {
    if (!rects.empty() && rects.back().x == line.x && rects.back().w == line.w &&
        rects.back().bottom() == line.y)
      rects.back().h += line.h;
    else
      rects.push_back(line);
  }
  return rects;
}

Parts split(const std::vector<Rect>& rects, const Rect& part) {
  Parts parts;
  const auto add = [](std::vector<Rect>& to, const Rect& rect) {
    if (!rect.empty()) to.push_back(rect);
  };
  for (const Rect& rect : rects) {
    const Rect in = intersect(rect, part);
    if (in.empty()) {
      parts.outside.push_back(rect);
      continue;
    }
    parts.inside.push_back(in);
    add(parts.outside, {rect.x, rect.y, rect.w, in.y - rect.y});
    add(parts.outside, {rect.x, in.y, in.x - rect.x, in.h});
    add(parts.outside, {in.right(), in.y, rect.right() - in.right(), in.h});
    add(parts.outside, {rect.x, in.bottom(), rect.w, rect.bottom() - in.bottom()});
  }
  return parts;
}

}  // namespace godesk::media
