#include "window/display.h"

#include <QByteArray>

#include "exit_codes.h"
#include "os/x11_display.h"

namespace godesk::app {

void require_display() {
  const QByteArray platform = qgetenv("QT_QPA_PLATFORM");
  if (!platform.isEmpty() && !platform.startsWith("xcb")) return;
  if (platform.isEmpty() && !qgetenv("WAYLAND_DISPLAY").isEmpty()) return;
  if (qgetenv("DISPLAY").isEmpty()) {
    throw Stop(Exit::local,
               "There is no display for a window: start it on a desktop, or without a window "
               "('godesk host', 'godesk connect --headless').");
  }
  if (auto display = os::X11Display::open(""); !display) throw Stop(Exit::local, display.reason());
}

}  // namespace godesk::app
