#include "os/alarm.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/timerfd.h>
#include <unistd.h>

namespace godesk::os {
namespace {

int open_timer() {
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
  return fd;
}

/// All zero means none, so that what is over long ago is a nanosecond after the clock's beginning.
timespec to_timespec(Time deadline) {
  if (deadline == kNever) return {};
  const auto since = std::max(deadline.time_since_epoch(), Duration(1));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  return {seconds.count(), static_cast<long>(Duration(since - seconds).count())};
}

}  // namespace

Alarm::Alarm(boost::asio::io_context& io, std::function<void()> due)
    : timer_(io, open_timer()), due_(std::move(due)) {
  wait();
}

void Alarm::set(Time deadline) {
  if (deadline == deadline_) return;
  deadline_ = deadline;
  const itimerspec when{{}, to_timespec(deadline)};
  timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Alarm::wait() {
  timer_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](boost::system::error_code error) {
                      if (!error) on_readable();
                    });
}

void Alarm::on_readable() {
  std::uint64_t times = 0;
  const bool over = ::read(timer_.native_handle(), &times, sizeof times) == sizeof times;
  wait();
  if (!over) return;  // moved meanwhile
  deadline_ = kNever;
  due_();
}

}  // namespace godesk::os
