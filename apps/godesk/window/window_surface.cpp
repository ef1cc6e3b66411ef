#include "window/window_surface.h"

#include <algorithm>
#include <cstring>

#include "os/clock.h"

namespace godesk::app {

QSize WindowSurface::size() const {
  std::lock_guard lock(mutex_);
  return image_.size();
}

void WindowSurface::join(const void* reader) {
  std::lock_guard lock(mutex_);
  changes_[reader] = {};
}

void WindowSurface::leave(const void* reader) {
  std::lock_guard lock(mutex_);
  changes_.erase(reader);
}

QRegion WindowSurface::take_changes(const void* reader) {
  std::lock_guard lock(mutex_);
  return std::exchange(changes_[reader], {});
}

/// Somebody who has taken its changes must be told of the next, whoever has not.
bool WindowSurface::all_wait() const {
  return std::none_of(changes_.begin(), changes_.end(), [](const auto& of) { return of.second.isEmpty(); });
}

bool WindowSurface::all_taken() const {
  return std::all_of(changes_.begin(), changes_.end(), [](const auto& of) { return of.second.isEmpty(); });
}

void WindowSurface::paint(QPainter& painter, const QRect& part, const QRect& area, const QRect& clip,
                          bool smooth) const {
  std::lock_guard lock(mutex_);
  if (image_.isNull()) return;
  const QRect drawn = clip & area;
  if (area.size() == part.size()) {
    painter.drawImage(drawn.topLeft(), image_, drawn.translated(part.topLeft() - area.topLeft()));
    return;
  }
  painter.save();
  painter.setClipRect(drawn, Qt::IntersectClip);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, smooth);
  painter.drawImage(area, image_, part);
  painter.restore();
}

void WindowSurface::painted() {
  std::lock_guard lock(mutex_);
  if (!waits_since_ || !all_taken()) return;
  last_paint_ = os::now() - *waits_since_;
  painting_ += last_paint_;
  ++paints_;
  waits_since_.reset();
}

std::optional<Duration> WindowSurface::take_paint_time() {
  std::lock_guard lock(mutex_);
  const Duration sum = std::exchange(painting_, {});
  const std::int64_t paints = std::exchange(paints_, 0);
  return paints == 0 ? std::nullopt : std::optional<Duration>(sum / paints);
}

Duration WindowSurface::last_paint_time() const {
  std::lock_guard lock(mutex_);
  return last_paint_;
}

void WindowSurface::on_screen(const media::FrameView& screen, const media::Region& changed, bool resized) {
  {
    std::lock_guard lock(mutex_);
    const bool told = all_wait();
    const QSize size(screen.width, screen.height);
    const bool whole = resized || image_.size() != size;
    if (image_.size() != size) image_ = QImage(size, QImage::Format_RGB32);
    if (image_.isNull()) return;
    const media::Region region = whole ? media::Region(screen.bounds()) : changed;
    if (!region.empty() && !waits_since_) waits_since_ = os::now();
    for (const media::Rect& rect : region.rects()) copy(screen, intersect(rect, screen.bounds()));
    if (told || region.empty()) return;
  }
  emit this->changed();
}

void WindowSurface::copy(const media::FrameView& screen, const media::Rect& rect) {
  if (rect.empty()) return;
  const auto bytes = static_cast<std::size_t>(rect.w) * sizeof(std::uint32_t);
  for (int y = rect.y; y < rect.bottom(); ++y) {
    std::memcpy(reinterpret_cast<std::uint32_t*>(image_.scanLine(y)) + rect.x, screen.at(rect.x, y), bytes);
  }
  for (auto& [reader, changes] : changes_) changes += QRect(rect.x, rect.y, rect.w, rect.h);
}

void WindowSurface::on_cursor(const media::CursorShape& shape) {
  if (shape.hidden()) {
    emit cursor_changed({}, {});
    return;
  }
  const QImage image(shape.bgra.data(), shape.width, shape.height, shape.width * 4,
                     QImage::Format_ARGB32_Premultiplied);
  emit cursor_changed(image.copy(), {shape.hot_spot.x, shape.hot_spot.y});
}

void WindowSurface::on_cursor_moved(media::Point at) { emit cursor_moved({at.x, at.y}); }

}  // namespace godesk::app
