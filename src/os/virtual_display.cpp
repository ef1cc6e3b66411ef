#include "os/virtual_display.h"

#include <algorithm>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/files.h"

namespace godesk::os {
namespace {

constexpr const char* kWindowManagers[] = {"openbox", "icewm-session", "xfwm4", "fluxbox", "jwm", "twm"};
constexpr int kPatienceMs = 20'000;

/// One entry for every display of this machine (libXau's file format; family 65535 is "any").
Buffer authority(ByteView cookie) {
  constexpr std::string_view kName = "MIT-MAGIC-COOKIE-1";
  return Writer()
      .u16(0xffff)
      .u16(0)
      .u16(0)
      .u16(kName.size())
      .bytes(bytes_of(kName))
      .u16(static_cast<std::uint16_t>(cookie.size()))
      .bytes(cookie)
      .take();
}

bool installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view left = path ? path : "/usr/bin:/bin";
  while (!left.empty()) {
    const std::size_t colon = std::min(left.find(':'), left.size());
    if (access((std::string(left.substr(0, colon)) + "/" + program).c_str(), X_OK) == 0) return true;
    left.remove_prefix(std::min(colon + 1, left.size()));
  }
  return false;
}

/// Starts a program that dies with us; `keep` is a descriptor that it inherits, or -1.
int spawn(const std::vector<std::string>& words, const std::string& display, int keep) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const int pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setsid();  // a Ctrl+C at our terminal is ours to handle
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (keep >= 0) fcntl(keep, F_SETFD, 0);
  if (!display.empty()) setenv("DISPLAY", display.c_str(), 1);
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
  execvp(argv[0], argv.data());
  _exit(127);
}

/// The line that the server writes when it serves: its display's number. Empty when it does not come.
std::string read_number(int fd) {
  std::string number;
  pollfd waits{fd, POLLIN, 0};
  for (char c = 0; poll(&waits, 1, kPatienceMs) > 0 && read(fd, &c, 1) == 1;) {
    if (c == '\n') return number;
    number += c;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<VirtualDisplay>, std::string> VirtualDisplay::start(const std::string& size,
                                                                           const std::string& folder,
                                                                           Random& random) {
  std::unique_ptr<VirtualDisplay> display(new VirtualDisplay);
  display->cookie_file_ = folder + "/virtual-display.cookie";
  write_secret(display->cookie_file_, authority(random.bytes<16>()));
  setenv("XAUTHORITY", display->cookie_file_.c_str(), 1);
  const std::vector<std::string> common = {"-auth", display->cookie_file_, "-nolisten", "tcp", "-noreset"};
  std::vector<std::string> resizable = {
      "Xtigervnc", "-geometry", size, "-depth", "24",
      // Its own viewers have no way in: a socket in a folder that is ours alone.
      "-rfbunixpath", folder + "/virtual-display.vnc", "-rfbport", "-1", "-SecurityTypes", "None"};
  std::vector<std::string> fixed = {"Xvfb", "-screen", "0", size + "x24"};
  for (auto* words : {&resizable, &fixed}) {
    words->insert(words->end(), common.begin(), common.end());
    if (!installed(words->front()) || !display->start_server(*words)) continue;
    display->start_window_manager();
    return display;
  }
  return Failure{std::string(
      "No virtual display could be started: install tigervnc-standalone-server or xvfb, or check the size.")};
}

VirtualDisplay::~VirtualDisplay() {
  for (auto it = children_.rbegin(); it != children_.rend(); ++it) {
    kill(*it, SIGTERM);
    waitpid(*it, nullptr, 0);
  }
  unlink(cookie_file_.c_str());
}

bool VirtualDisplay::start_server(const std::vector<std::string>& words) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) return false;
  std::vector<std::string> with_fd = words;
  with_fd.push_back("-displayfd");
  with_fd.push_back(std::to_string(ready[1]));
  const int pid = spawn(with_fd, {}, ready[1]);
  close(ready[1]);
  const std::string number = pid > 0 ? read_number(ready[0]) : std::string();
  close(ready[0]);
  if (number.empty()) {
    if (pid > 0) kill(pid, SIGTERM), waitpid(pid, nullptr, 0);
    return false;
  }
  name_ = ":" + number;
  children_.push_back(pid);
  return true;
}

void VirtualDisplay::start_window_manager() {
  const auto found = std::find_if(std::begin(kWindowManagers), std::end(kWindowManagers), installed);
  if (found == std::end(kWindowManagers)) return;
  if (const int pid = spawn({*found}, name_, -1); pid > 0) children_.push_back(pid);
}

}  // namespace godesk::os
