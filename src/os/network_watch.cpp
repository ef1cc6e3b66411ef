#include "os/network_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace godesk::os {

namespace {

int open_rtnetlink() {
  int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

NetworkWatch::NetworkWatch(boost::asio::io_context& io, std::function<void()> changed)
    : socket_(io), changed_(std::move(changed)) {
  int fd = open_rtnetlink();
  boost::system::error_code error;
  if (fd < 0) return;
  socket_.assign(fd, error);
  if (!error) wait();
}

void NetworkWatch::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](boost::system::error_code error) {
                       if (error) return;
                       // What exactly changed is read anew from the kernel: messages may have been lost.
                       char drained[4096];
                       while (::recv(socket_.native_handle(), drained, sizeof drained, MSG_DONTWAIT) > 0) {
                       }
                       changed_();
                       wait();
                     });
}

}  // namespace godesk::os
