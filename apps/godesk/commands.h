// The commands, each from options to exit code. Each wires rooms to one driver and prints
// events; nothing else.
#pragma once

#include "base/log.h"
#include "exit_codes.h"
#include "options.h"

namespace godesk::app {

Exit run_host(const Options& options, LogSink& log);
Exit run_connect(const Options& options, LogSink& log);
/// The windows (Qt). `argc` and `argv` are Qt's to read.
Exit run_home_window(const Options& options, LogSink& log, int& argc, char** argv);
Exit run_viewer_window(const Options& options, LogSink& log, int& argc, char** argv);
Exit run_config(const Options& options, LogSink& log);
Exit run_ping(const Options& options, LogSink& log);
/// Tells what this network lets through, within about four seconds.
Exit run_netcheck(const Options& options, LogSink& log);

}  // namespace godesk::app
