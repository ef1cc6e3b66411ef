// godesk-server: ID server, STUN server and TURN relay in one process.
#include <cstdio>
#include <exception>
#include <iostream>

#include <nlohmann/json.hpp>

#include "options.h"
#include "os/clock.h"
#include "os/files.h"
#include "os/log.h"
#include "wiring.h"

namespace godesk::server {
namespace {

enum class Exit : int {
  ok = 0,     // ended by a signal
  local = 1,  // disk, memory
  usage = 2,  // command line, configuration or port
};

std::string json_line(const Ready& ready, Duration since_start) {
  nlohmann::ordered_json line;
  line["event"] = "ready";
  line["t_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count();
  if (!ready.join.empty()) line["join"] = ready.join;
  line["stun_port"] = ready.stun_port;
  line["tls_port"] = ready.tls_port;
  return line.dump();
}

std::string plain_text(const Ready& ready) {
  const std::string ports =
      "ports " + std::to_string(ready.stun_port) + " and " + std::to_string(ready.tls_port) + ", UDP and TCP";
  if (ready.join.empty()) return "The relay is ready on " + ports + ".";
  return "The server is ready on " + ports +
         ".\nGive this to every computer that shall use it, as --server or in its configuration:\n\n  " +
         ready.join + "\n";
}

void run(int argc, char** argv, Time start) {
  const Options options = parse_options(argc, argv);
  if (!options.text.empty()) {
    std::cout << options.text;
    return;
  }
  os::StderrLog log(os::log_level(options.verbosity));
  if (options.turn_user_typed)
    log.write(LogLevel::warning,
              "--turn-user on the command line can be seen by others; prefer --turn-user-file");
  run_server(options, log, [&](const Ready& ready) {
    std::cout << (options.json ? json_line(ready, os::now() - start) : plain_text(ready)) << std::endl;
  });
}

int fail(Exit code, const char* sentence) {
  std::cerr << os::escaped(sentence) << std::endl;
  return static_cast<int>(code);
}

}  // namespace
}  // namespace godesk::server

int main(int argc, char** argv) {
  using namespace godesk::server;
  const godesk::Time start = godesk::os::now();
  try {
    run(argc, argv, start);
    return static_cast<int>(Exit::ok);
  } catch (const godesk::os::SetupError& error) {
    return fail(Exit::usage, error.what());
  } catch (const std::exception& error) {
    return fail(Exit::local, error.what());
  }
}
