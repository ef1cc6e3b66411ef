#include "commands.h"

namespace godesk::app {

Exit run_home_window(const Options&, LogSink&, int&, char**) {
  throw Stop(Exit::local, "This build has no windows: use 'godesk host' and 'godesk connect --headless'.");
}

Exit run_viewer_window(const Options& options, LogSink& log, int&, char**) {
  return run_connect(options, log);
}

}  // namespace godesk::app
