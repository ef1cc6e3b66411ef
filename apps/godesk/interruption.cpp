#include "interruption.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace godesk::app {
namespace {

volatile std::sig_atomic_t write_end = -1;

void on_signal(int) {
  const int saved = errno;
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(write_end, &byte, 1);
  errno = saved;
}

}  // namespace

Interruption::Interruption() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::system_error(errno, std::generic_category());
  read_ = ends[0];
  write_end = ends[1];
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, &before_int_);
  ::sigaction(SIGTERM, &action, &before_term_);
}

Interruption::~Interruption() {
  ::sigaction(SIGINT, &before_int_, nullptr);
  ::sigaction(SIGTERM, &before_term_, nullptr);
  ::close(write_end);
  ::close(read_);
}

bool Interruption::came() const {
  pollfd waiting{read_, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace godesk::app
