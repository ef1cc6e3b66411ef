#include "window/monitor_window.h"

#include <QEvent>
#include <QScreen>
#include <QVBoxLayout>
#include <algorithm>

namespace godesk::app {

MonitorWindow::MonitorWindow(WindowSurface& surface) : view_(new ScreenView(surface, this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins({});
  layout->addWidget(view_);
  setFocusProxy(view_);
}

void MonitorWindow::set_monitor(int number, const QRect& part, const QString& whose) {
  setWindowTitle(QString("Monitor %1 of %2").arg(number).arg(whose));
  view_->set_part(part);
}

void MonitorWindow::open(QScreen* screen, QPoint corner) {
  if (isVisible()) return;
  const QRect room = screen->availableGeometry();
  const QSize size = view_->sizeHint().boundedTo(room.size());
  const auto inside = [](int at, int from, int length, int of) {
    return std::clamp(at, from, std::max(from, from + of - length));
  };
  setGeometry({{inside(corner.x(), room.x(), size.width(), room.width()),
                inside(corner.y(), room.y(), size.height(), room.height())},
               size});
  show();
}

void MonitorWindow::set_full_screen(QScreen* screen) {
  if ((screen != nullptr) == isFullScreen()) return;
  view_->set_enlarging(screen != nullptr);
  if (screen) {
    normal_ = geometry();
    setGeometry(screen->geometry());  // also where no window manager does it
    showFullScreen();
  } else {
    showNormal();
    setGeometry(normal_);
  }
}

/// In full screen also the window manager's keys are the other computer's.
void MonitorWindow::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::ActivationChange && event->type() != QEvent::WindowStateChange) return;
  isFullScreen() && isActiveWindow() ? view_->grabKeyboard() : view_->releaseKeyboard();
}

}  // namespace godesk::app
