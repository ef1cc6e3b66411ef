#include "password_input.h"

#include <iostream>

#include <termios.h>
#include <unistd.h>

#include "exit_codes.h"
#include "os/files.h"

namespace godesk::app {
namespace {

std::string first_line(std::istream& in) {
  std::string line;
  std::getline(in, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) throw Stop(Exit::usage, "No password was given on standard input.");
  return line;
}

/// The terminal does not show what is typed while this lives.
class NoEcho {
 public:
  NoEcho() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

 private:
  termios before_{};
};

}  // namespace

std::string read_password(const ConnectOptions& options) {
  if (options.no_password) return {};
  if (options.password_file == "-") return first_line(std::cin);
  if (!options.password_file.empty()) return os::read_secret_line(options.password_file);
  if (::isatty(STDIN_FILENO) == 0) {
    throw Stop(Exit::usage, "There is no terminal to ask for the password: give --password-file FILE or -.");
  }
  std::cerr << "Password: " << std::flush;
  NoEcho quiet;
  std::string line = first_line(std::cin);
  std::cerr << std::endl;
  return line;
}

}  // namespace godesk::app
