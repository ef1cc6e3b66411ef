#include "window/screen_fit.h"

#include <algorithm>
#include <cmath>

namespace godesk::app {
namespace {

QSize drawn_size(QSize screen, QSize view, Scaling scaling) {
  const bool fits = screen.width() <= view.width() && screen.height() <= view.height();
  if (scaling == Scaling::original || (fits && scaling == Scaling::shrink)) return screen;
  return screen.scaled(view, Qt::KeepAspectRatio).expandedTo({1, 1});
}

/// Where the screen begins along one side: centred, or so far out of the view as the pointer is along it.
int begin(int drawn, int view, double pointer) {
  if (drawn <= view) return (view - drawn) / 2;
  return static_cast<int>(std::lround((view - drawn) * std::clamp(pointer, 0.0, 1.0)));
}

}  // namespace

ScreenFit::ScreenFit(QSize screen, QSize view, Scaling scaling, QPointF pointer) : screen_(screen) {
  if (screen.isEmpty() || view.isEmpty()) return;
  const QSize size = drawn_size(screen, view, scaling);
  area_ = {QPoint(begin(size.width(), view.width(), pointer.x()),
                  begin(size.height(), view.height(), pointer.y())),
           size};
}

QPoint ScreenFit::to_screen(QPointF at) const {
  if (area_.isEmpty()) return {};
  const double x = (at.x() - area_.x()) * screen_.width() / area_.width();
  const double y = (at.y() - area_.y()) * screen_.height() / area_.height();
  return {static_cast<int>(std::clamp(std::floor(x), 0.0, screen_.width() - 1.0)),
          static_cast<int>(std::clamp(std::floor(y), 0.0, screen_.height() - 1.0))};
}

QRect ScreenFit::to_view(const QRect& changed) const {
  if (area_.isEmpty()) return {};
  if (exact()) return changed.translated(area_.topLeft());
  const double fx = static_cast<double>(area_.width()) / screen_.width();
  const double fy = static_cast<double>(area_.height()) / screen_.height();
  // Smoothing mixes in the neighbours.
  const int mx = static_cast<int>(std::ceil(fx)) + 1, my = static_cast<int>(std::ceil(fy)) + 1;
  const QRectF scaled(area_.x() + changed.x() * fx, area_.y() + changed.y() * fy, changed.width() * fx,
                      changed.height() * fy);
  return scaled.toAlignedRect().adjusted(-mx, -my, mx, my) & area_;
}

QPoint ScreenFit::to_view(QPoint pixel) const {
  if (area_.isEmpty()) return {};
  return area_.topLeft() +
         QPoint(pixel.x() * area_.width() / screen_.width(), pixel.y() * area_.height() / screen_.height());
}

}  // namespace godesk::app
