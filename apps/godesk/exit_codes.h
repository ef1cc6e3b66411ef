// The exit codes of the public contract.
#pragma once

#include <stdexcept>

namespace godesk::app {

enum class Exit : int {
  ok = 0,           // ended as asked
  local = 1,        // no display, disk
  usage = 2,        // command line, configuration or port
  refused = 3,      // wrong password, or refused
  not_found = 4,    // unknown or offline ID
  no_path = 5,      // nothing works between the two
  no_server = 6,    // ID server unreachable, or not the one of the join string
  key_changed = 7,  // the host's key is another one than before
};

/// Ends the command: one plain sentence for stderr, and the exit code.
class Stop : public std::runtime_error {
 public:
  Stop(Exit exit, const std::string& sentence) : std::runtime_error(sentence), code(exit) {}
  Exit code;
};

}  // namespace godesk::app
