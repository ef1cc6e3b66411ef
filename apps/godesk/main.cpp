// godesk: the window, `host`, `connect`, `ping`, `netcheck`, `config`. main() chooses; the commands wire.
#include <iostream>

#include "commands.h"
#include "os/files.h"
#include "os/log.h"

namespace {

using namespace godesk::app;

Exit run(int& argc, char** argv) {
  const Options options = parse_options(argc, argv);
  godesk::os::StderrLog log(options.common.verbosity == 0 ? godesk::LogLevel::warning
                                                          : godesk::os::log_level(options.common.verbosity));
  switch (options.command) {
    case Command::help:
      std::cout << options.text;
      return Exit::ok;
    case Command::host:
      return run_host(options, log);
    case Command::config:
      return run_config(options, log);
    case Command::ping:
      return run_ping(options, log);
    case Command::netcheck:
      return run_netcheck(options, log);
    case Command::connect:
      return options.connect.headless ? run_connect(options, log)
                                      : run_viewer_window(options, log, argc, argv);
    case Command::window:
      return run_home_window(options, log, argc, argv);
  }
  return Exit::usage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const Stop& stop) {
    std::cerr << stop.what() << std::endl;
    return static_cast<int>(stop.code);
  } catch (const godesk::os::SetupError& error) {
    std::cerr << error.what() << std::endl;
    return static_cast<int>(Exit::usage);
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return static_cast<int>(Exit::local);
  }
}
