// Where the remote screen lies in the window, and which pixel of it is under the pointer. Everything in
// device pixels: at equal sizes each pixel of the screen is one pixel of the display.
#pragma once

#include <QPoint>
#include <QPointF>
#include <QRect>
#include <QSize>

namespace godesk::app {

enum class Scaling {
  shrink,    // 1:1 and centred where the screen fits into the view, else shrunk to fit
  fit,       // shrunk or grown to fit
  original,  // 1:1 always; of a larger screen the part is seen that lies where the pointer is
};

class ScreenFit {
 public:
  /// The sides keep their proportion. `pointer`: where it is in the view, each way from 0 to 1. An empty
  /// screen or view has an empty area.
  ScreenFit(QSize screen, QSize view, Scaling scaling, QPointF pointer = {0.5, 0.5});

  /// Where the screen is drawn.
  const QRect& area() const { return area_; }
  bool exact() const { return area_.size() == screen_; }
  /// The pixel of the screen under `at`, the nearest one when `at` is beside the area.
  QPoint to_screen(QPointF at) const;
  /// What of the view must be drawn again when `changed` of the screen changed.
  QRect to_view(const QRect& changed) const;
  /// The place in the view of a pixel's top left corner.
  QPoint to_view(QPoint pixel) const;

 private:
  QSize screen_;
  QRect area_;
};

}  // namespace godesk::app
