// `godesk` and `godesk connect`: the windows.
#include <QApplication>
#include <QTimer>
#include <algorithm>

#include "commands.h"
#include "connect_run.h"
#include "os/clock.h"
#include "password_input.h"
#include "window/display.h"
#include "window/home_window.h"
#include "window/viewer_window.h"

namespace godesk::app {
namespace {

/// What this process was started with, for those it starts; the events on standard output are its own.
QStringList common_flags(int argc, char** argv) {
  QStringList flags;
  for (int i = 1; i < argc; ++i) flags << QString::fromLocal8Bit(argv[i]);
  flags.removeAll("--json");
  return flags;
}

void set_up(QApplication& application) {
  application.setApplicationDisplayName("GoDesk");
  application.setDesktopFileName("godesk");
  application.setQuitOnLastWindowClosed(false);  // dialogs come and go before the window does
}

}  // namespace

Exit run_home_window(const Options& options, LogSink& log, int& argc, char** argv) {
  EventWriter out(options.common.json, os::now());
  require_display();
  const QStringList flags = common_flags(argc, argv);
  QApplication application(argc, argv);
  set_up(application);
  HomeWindow window(options, flags, out, log);
  window.show();
  window.activateWindow();  // where no window manager does it
  QTimer::singleShot(0, &window, [&window] { window.start_hosting(); });
  QApplication::exec();
  return Exit::ok;
}

Exit run_viewer_window(const Options& options, LogSink& log, int& argc, char** argv) {
  EventWriter out(options.common.json, os::now());
  const Target target = reachable_target(options);
  require_display();
  std::optional<std::string> password;
  if (!options.connect.password_file.empty() || options.connect.no_password) {
    password = read_password(options.connect);
    if (!password) {
      tell_closed(out, {viewer::CloseReason::interrupted, Exit::ok, {}});
      return Exit::ok;
    }
  }
  QApplication application(argc, argv);
  set_up(application);
  ViewerWindow window(options, target, out, log);
  QTimer::singleShot(0, &window, [&] { window.begin(password); });
  QApplication::exec();
  tell_closed(out, window.outcome());
  if (window.outcome().exit != Exit::ok) throw Stop(window.outcome().exit, window.outcome().sentence);
  return Exit::ok;
}

}  // namespace godesk::app
