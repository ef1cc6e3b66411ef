// SIGINT and SIGTERM while no driver runs that would take them: somebody is being asked for a password.
#pragma once

#include <csignal>

namespace godesk::app {

class Interruption {
 public:
  /// One at a time. Throws std::system_error when the process has no descriptors left.
  Interruption();
  /// What was in force before is so again.
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Readable from the first signal on.
  int fd() const { return read_; }
  bool came() const;

 private:
  int read_ = -1;
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

}  // namespace godesk::app
