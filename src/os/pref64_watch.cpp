#include "os/pref64_watch.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ice/nat64.h"
#include "os/clock.h"

namespace godesk::os {
namespace {

constexpr std::uint8_t kRouterAdvertisement = 134;

int open_user_options() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  const int group = RTNLGRP_ND_USEROPT;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  if (bound && ::setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0) return fd;
  ::close(fd);
  return -1;
}

template <class Header>
std::optional<Header> header_of(ByteView bytes) {
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

}  // namespace

std::vector<IpAddress> nat64_answers(const ice::Nat64Prefix& prefix) {
  return {ice::nat64_address(prefix, IpAddress::v4(0xC00000AA)),
          ice::nat64_address(prefix, IpAddress::v4(0xC00000AB))};
}

std::optional<ice::Pref64> pref64_in(ByteView message) {
  const auto outer = header_of<nlmsghdr>(message);
  if (!outer || outer->nlmsg_type != RTM_NEWNDUSEROPT) return std::nullopt;
  const ByteView body = message.subspan(std::min<std::size_t>(NLMSG_HDRLEN, message.size()));
  const auto inner = header_of<nduseroptmsg>(body);
  if (!inner || inner->nduseropt_icmp_type != kRouterAdvertisement) return std::nullopt;
  const ByteView options = body.subspan(sizeof *inner);
  if (inner->nduseropt_opts_len > options.size()) return std::nullopt;
  return ice::decode_pref64(options.first(inner->nduseropt_opts_len));
}

Pref64Watch::Pref64Watch(boost::asio::io_context& io, std::function<void(const ice::Nat64Prefix&)> heard)
    : socket_(io), heard_(std::move(heard)) {
  const int fd = open_user_options();
  boost::system::error_code error;
  if (fd < 0) return;
  socket_.assign(fd, error);
  if (!error) wait();
}

std::optional<ice::Nat64Prefix> Pref64Watch::prefix(Time now) const {
  return prefix_ && now < until_ ? prefix_ : std::nullopt;
}

void Pref64Watch::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](boost::system::error_code error) {
                       if (error) return;
                       std::array<std::uint8_t, 4096> buffer;
                       sockaddr_nl from{};
                       socklen_t size = sizeof from;
                       for (;;) {
                         const auto n = ::recvfrom(socket_.native_handle(), buffer.data(), buffer.size(),
                                                   MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
                         if (n <= 0) break;
                         // Only the kernel is believed.
                         if (from.nl_pid == 0)
                           hear(os::now(), ByteView(buffer.data(), static_cast<std::size_t>(n)));
                       }
                       wait();
                     });
}

void Pref64Watch::hear(Time now, ByteView messages) {
  while (const auto header = header_of<nlmsghdr>(messages)) {
    if (header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > messages.size()) return;
    if (const auto said = pref64_in(messages.first(header->nlmsg_len))) {
      if (said->lifetime.count() > 0) {
        prefix_ = said->prefix;
        until_ = now + said->lifetime;
        heard_(said->prefix);
      } else if (prefix_ == said->prefix) {
        prefix_.reset();
      }
    }
    messages = messages.subspan(std::min<std::size_t>(NLMSG_ALIGN(header->nlmsg_len), messages.size()));
  }
}

}  // namespace godesk::os
