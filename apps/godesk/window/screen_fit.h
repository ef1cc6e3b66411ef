// Where the remote screen lies in the window, and which pixel of it is under the pointer. Everything in
// device pixels: at equal sizes each pixel of the screen is one pixel of the display.
#pragma once

#include <QPoint>
#include <QRect>
#include <QSize>

namespace godesk::app {

class ScreenFit {
 public:
  /// 1:1 and centred where the screen fits into the view, else shrunk to fit. `enlarge`: also grown to fit
  /// (full screen). The sides keep their proportion. An empty screen or view has an empty area.
  ScreenFit(QSize screen, QSize view, bool enlarge);

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
