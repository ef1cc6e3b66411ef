// One deadline of an event loop: set, moved and taken back by one call of the system each. A timer of Asio's
// has an event of its own whenever it is moved, and a loop moves its deadline with most of what happens.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/time.h"

namespace godesk::os {

class Alarm {
 public:
  /// `due` is called on the context's thread, at or after the deadline; then none is set.
  Alarm(boost::asio::io_context& io, std::function<void()> due);

  /// kNever: none. One that is over is due at once.
  void set(Time deadline);

 private:
  void wait();
  void on_readable();

  boost::asio::posix::stream_descriptor timer_;  // a timerfd
  std::function<void()> due_;
  Time deadline_ = kNever;
};

}  // namespace godesk::os
