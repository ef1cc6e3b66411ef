#include "os/line_output.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <poll.h>
#include <unistd.h>

#include "os/clock.h"

namespace godesk::os {

bool LineOutput::write(std::string_view line) {
  flush();
  if (waiting_.size() + line.size() > limit_) return false;
  waiting_.append(line).push_back('\n');
  flush();
  return true;
}

void LineOutput::flush() {
  while (!waiting_.empty() && !gone_ && ready(0)) {
    // A pipe that is ready takes so many bytes without blocking (POSIX write()).
    const auto n = ::write(fd_, waiting_.data(), std::min<std::size_t>(waiting_.size(), PIPE_BUF));
    if (n < 0 && errno != EINTR && errno != EAGAIN) gone_ = true;
    if (n > 0) waiting_.erase(0, static_cast<std::size_t>(n));
  }
  if (gone_) waiting_.clear();
}

void LineOutput::drain(Duration limit) {
  const Time until = os::now() + limit;
  flush();
  while (!waiting_.empty() && os::now() < until) {
    ready(static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(until - os::now()).count()));
    flush();
  }
}

bool LineOutput::ready(int wait_ms) const {
  pollfd one{fd_, POLLOUT, 0};
  return ::poll(&one, 1, wait_ms) == 1;
}

}  // namespace godesk::os
