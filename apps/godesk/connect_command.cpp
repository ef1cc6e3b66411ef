// `godesk connect --headless`: a session without a window, for scripts. `godesk config forget`.
#include "commands.h"
#include "connect_run.h"
#include "os/clock.h"
#include "password_input.h"

namespace godesk::app {

Exit run_connect(const Options& options, LogSink& log) {
  EventWriter out(options.common.json, os::now());
  viewer::NoSurface surface;
  ConnectRun run(options, read_password(options.connect), surface, out, log);
  const Outcome outcome = run.run();
  tell_closed(out, outcome);
  if (outcome.exit != Exit::ok) throw Stop(outcome.exit, outcome.sentence);
  return outcome.exit;
}

Exit run_forget(const Options& options, LogSink& log) {
  os::OsRandom random;
  const Device device(options.common.data_dir, random, log);
  const Target target = parse_target(options.forget);
  if (!device.forget_host(target.name)) throw Stop(Exit::usage, "No key is pinned for " + target.name + ".");
  return Exit::ok;
}

}  // namespace godesk::app
