#include "window/display.h"

#include <QByteArray>

#include "exit_codes.h"
#include "os/x11_display.h"

namespace godesk::app {

void require_display() {
  const QByteArray platform = qgetenv("QT_QPA_PLATFORM");
  if (!platform.isEmpty() && !platform.startsWith("xcb")) return;
  if (platform.isEmpty() && !qgetenv("WAYLAND_DISPLAY").isEmpty()) return;
  const QByteArray name = qgetenv("DISPLAY");
  if (!name.isEmpty() && os::X11Display::open("")) return;
  const std::string fault = name.isEmpty() ? "There is no display for a window"
                                           : "The display " + name.toStdString() + " does not answer";
  throw Stop(Exit::local, fault +
                              ": start it on a desktop, or without a window ('godesk host', 'godesk connect "
                              "--headless').");
}

}  // namespace godesk::app
