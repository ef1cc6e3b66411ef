// One monitor of the other computer in a window of its own; the viewer's window shows the first.
//
// It is a part of the viewer's window in everything: same session, same settings. Closing it only hides it.
#pragma once

#include <QWidget>

#include "window/screen_view.h"

namespace godesk::app {

class MonitorWindow final : public QWidget {
  Q_OBJECT
 public:
  /// The surface must outlive the window.
  explicit MonitorWindow(WindowSurface& surface);

  ScreenView& view() { return *view_; }
  /// `number` counts from 1; `whose` names the other computer.
  void set_monitor(int number, const QRect& part, const QString& whose);
  /// As large as the monitor where `screen` has room, its corner at `corner` or as near as can be.
  void open(QScreen* screen, QPoint corner);
  /// On all of `screen`; nothing: a window again.
  void set_full_screen(QScreen* screen);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  ScreenView* view_;
  QRect normal_;  // where it was before full screen
};

}  // namespace godesk::app
