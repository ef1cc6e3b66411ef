// `godesk connect --headless`: a session without a window, for scripts.
#include "commands.h"
#include "connect_run.h"
#include "os/clock.h"
#include "password_input.h"

namespace godesk::app {

Exit run_connect(const Options& options, LogSink& log) {
  EventWriter out(options.common.json, os::now());
  viewer::NoSurface surface;
  const auto password = read_password(options.connect);
  Outcome outcome{viewer::CloseReason::interrupted, Exit::ok, {}};
  if (password) outcome = ConnectRun(options, *password, surface, out, log).run();
  tell_closed(out, outcome);
  if (outcome.exit != Exit::ok) throw Stop(outcome.exit, outcome.sentence);
  return outcome.exit;
}

}  // namespace godesk::app
