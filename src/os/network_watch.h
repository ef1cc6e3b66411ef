// Inside os: tells when the addresses or routes of this computer changed (rtnetlink). An address comes up
// before the route that makes it of use, so both are told.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace godesk::os {

class NetworkWatch {
 public:
  /// Where the kernel gives no such socket, nothing is ever told.
  NetworkWatch(boost::asio::io_context&, std::function<void()> changed);

 private:
  void wait();

  boost::asio::posix::stream_descriptor socket_;
  std::function<void()> changed_;
};

}  // namespace godesk::os
