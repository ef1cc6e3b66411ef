// An X server of a test's own, on a display number that the server finds itself. Ends with the object.
#pragma once

#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace godesk::os::test {

class Xvfb {
 public:
  /// `screen` as Xvfb takes it, "1280x720x24"; `more` are further arguments. Blocks until the server serves.
  explicit Xvfb(const std::string& screen = "800x600x24", const std::vector<std::string>& more = {}) {
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) serve(screen, more, ready[1]);
    close(ready[1]);
    char c;
    while (read(ready[0], &c, 1) == 1 && c != '\n') number_ += c;
    close(ready[0]);
  }
  ~Xvfb() { stop(); }
  Xvfb(const Xvfb&) = delete;
  Xvfb& operator=(const Xvfb&) = delete;

  /// False when Xvfb is not installed or did not start.
  bool running() const { return !number_.empty(); }
  std::string name() const { return ":" + number_; }

  void stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  [[noreturn]] static void serve(const std::string& screen, const std::vector<std::string>& more, int ready) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // also when the test crashes
    const int inherited = dup(ready);  // without O_CLOEXEC
    std::vector<std::string> words = {"Xvfb",      "-displayfd", std::to_string(inherited),
                                      "-screen",   "0",          screen,
                                      "-nolisten", "tcp",        "-noreset"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    execvp("Xvfb", argv.data());
    _exit(127);
  }

  pid_t pid_ = -1;
  std::string number_;
};

}  // namespace godesk::os::test
