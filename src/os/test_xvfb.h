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

class XServer {
 public:
  /// The program and its arguments. Blocks until it serves.
  explicit XServer(const std::vector<std::string>& command) {
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) serve(command, ready[1]);
    close(ready[1]);
    char c;
    while (read(ready[0], &c, 1) == 1 && c != '\n') number_ += c;
    close(ready[0]);
  }
  ~XServer() { stop(); }
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;

  /// False when it is not installed or did not start.
  bool running() const { return !number_.empty(); }
  std::string name() const { return ":" + number_; }

  void stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  [[noreturn]] static void serve(std::vector<std::string> words, int ready) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // also when the test crashes
    const int inherited = dup(ready);  // without O_CLOEXEC
    const auto common = {std::string("-displayfd"), std::to_string(inherited), std::string("-nolisten"),
                         std::string("tcp"), std::string("-noreset")};
    words.insert(words.end(), common.begin(), common.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }

  pid_t pid_ = -1;
  std::string number_;
};

/// A fixed screen, "1280x720x24".
struct Xvfb : XServer {
  explicit Xvfb(const std::string& screen = "800x600x24", const std::vector<std::string>& more = {})
      : XServer(command(screen, more)) {}

 private:
  static std::vector<std::string> command(const std::string& screen, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"Xvfb", "-screen", "0", screen};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

/// A screen whose size can be changed by XRandR. Its VNC side is on loopback and of no use.
struct Xtigervnc : XServer {
  explicit Xtigervnc(const std::string& size)
      : XServer({"Xtigervnc", "-geometry", size, "-depth", "24", "-SecurityTypes", "None", "-localhost"}) {}
};

}  // namespace godesk::os::test
