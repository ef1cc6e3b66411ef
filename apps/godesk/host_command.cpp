#include "commands.h"
#include "host_teller.h"
#include "os/clock.h"

namespace godesk::app {

Exit run_host(const Options& options, LogSink& log) {
  EventWriter out(options.common.json, os::now());
  HostProcess process(options, log);
  process.each_second([&](Time now) { tell_figures(out, process, now); });
  process.run([&](Time now, const host::HostEvent& event) { tell(out, process, now, event); });
  return Exit::ok;
}

}  // namespace godesk::app
