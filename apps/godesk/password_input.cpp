#include "password_input.h"

#include <cerrno>
#include <iostream>

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "exit_codes.h"
#include "interruption.h"
#include "os/files.h"

namespace godesk::app {
namespace {

/// Of standard input.
std::optional<std::string> first_line(const Interruption& interruption) {
  pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {interruption.fd(), POLLIN, 0}};
  while (::poll(waiting, 2, -1) < 0 && errno == EINTR) {
  }
  if (interruption.came()) return std::nullopt;
  std::string line;
  std::getline(std::cin, line);
  if (interruption.came()) return std::nullopt;
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

std::optional<std::string> read_password(const ConnectOptions& options) {
  if (options.no_password) return std::string();
  if (options.password_file == "-") return first_line(Interruption());
  if (!options.password_file.empty()) return os::read_secret_line(options.password_file);
  if (::isatty(STDIN_FILENO) == 0) {
    throw Stop(Exit::usage, "There is no terminal to ask for the password: give --password-file FILE or -.");
  }
  std::cerr << "Password: " << std::flush;
  const Interruption interruption;
  const NoEcho quiet;  // gone before the interruption is let through again
  auto line = first_line(interruption);
  std::cerr << std::endl;
  return line;
}

}  // namespace godesk::app
