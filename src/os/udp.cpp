#include "os/udp.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/sockaddr.h"

namespace godesk::os {

namespace asio = boost::asio;

namespace {

constexpr int kBufferBytes = 4 << 20;
constexpr std::size_t kMaxDatagram = 64 * 1024;
constexpr int kMaxPerWake = 64;  // then others get a turn
constexpr std::size_t kAskedSlots = 1024;

void set_int(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

void set_options(int fd, Family family, bool dont_fragment, bool answers) {
  // The FORCE forms go beyond the administrator's limit where we may; the plain ones up to it.
  set_int(fd, SOL_SOCKET, SO_RCVBUF, kBufferBytes);
  set_int(fd, SOL_SOCKET, SO_SNDBUF, kBufferBytes);
  set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, kBufferBytes);
  set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, kBufferBytes);
  if (family == Family::v4) {
    set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, dont_fragment ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT);
    if (answers) set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
  } else {
    set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, dont_fragment ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_DONT);
    if (answers) set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
}

/// The buffer of all sockets: one thread reads, one datagram at a time.
std::array<std::uint8_t, kMaxDatagram>& receive_buffer() {
  thread_local std::array<std::uint8_t, kMaxDatagram> buffer;
  return buffer;
}

/// Room for one pktinfo of either family and a hop limit.
union Control {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

std::optional<IpAddress> asked_address(const msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(const_cast<msghdr*>(&message), c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      return IpAddress::v4(ntohl(info.ipi_addr.s_addr));
    }
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      std::array<std::uint8_t, 16> bytes;
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      std::memcpy(bytes.data(), &info.ipi6_addr, 16);
      return IpAddress::v6(bytes);
    }
  }
  return std::nullopt;
}

/// Appends one item; `control` has room for one of each kind.
template <class Value>
void attach(msghdr& message, Control& control, int level, int type, const Value& value) {
  cmsghdr* c = reinterpret_cast<cmsghdr*>(control.bytes + message.msg_controllen);
  message.msg_control = control.bytes;
  message.msg_controllen += CMSG_SPACE(sizeof value);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(c), &value, sizeof value);
}

void leave_from(msghdr& message, Control& control, const IpAddress& address) {
  if (address.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, address.bytes().data(), 4);
    return attach(message, control, IPPROTO_IP, IP_PKTINFO, info);
  }
  in6_pktinfo info{};
  std::memcpy(&info.ipi6_addr, address.bytes().data(), 16);
  attach(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

void limit_hops(msghdr& message, Control& control, Family family, int ttl) {
  const bool v4 = family == Family::v4;
  attach(message, control, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TTL : IPV6_HOPLIMIT, ttl);
}

std::size_t slot_of(const Endpoint& peer) { return std::hash<Endpoint>{}(peer) % kAskedSlots; }

}  // namespace

UdpSocket::UdpSocket(asio::io_context& io, Driver::Counts& counts) : socket_(io), counts_(counts) {}

Result<std::shared_ptr<UdpSocket>, ListenFailure> UdpSocket::open(asio::io_context& io, const Endpoint& local,
                                                                  UdpOptions options,
                                                                  Driver::Counts& counts) {
  auto failure = [] { return Failure{ListenFailure{errno, std::strerror(errno)}}; };
  bool v4 = local.family() == Family::v4;
  int fd = ::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return failure();
  bool answers = options.answers_from_asked && local.ip.is_unspecified();
  set_options(fd, local.family(), options.dont_fragment, answers);
  SocketAddress address = to_sockaddr(local);
  boost::system::error_code error;
  std::shared_ptr<UdpSocket> made(new UdpSocket(io, counts));
  if (::bind(fd, address.get(), address.length) != 0) {
    auto why = failure();
    ::close(fd);
    return why;
  }
  made->socket_.assign(v4 ? asio::ip::udp::v4() : asio::ip::udp::v6(), fd, error);
  if (error) {
    ::close(fd);
    return Failure{ListenFailure{error.value(), error.message()}};
  }
  made->local_ = local_endpoint(fd);
  if (answers) made->asked_.resize(kAskedSlots);
  return made;
}

void UdpSocket::start(Hook datagram) {
  datagram_ = std::move(datagram);
  wait();
}

void UdpSocket::wait() {
  socket_.async_wait(asio::ip::udp::socket::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (error || self->closed_) return;
                       for (int i = 0; i < kMaxPerWake && !self->closed_; ++i)
                         if (!self->receive_one()) break;
                       if (!self->closed_) self->wait();
                     });
}

bool UdpSocket::receive_one() {
  auto& buffer = receive_buffer();
  SocketAddress from;
  Control control;
  iovec piece{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = from.get();
  message.msg_namelen = from.length;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t n = ::recvmsg(socket_.native_handle(), &message, 0);
  // What ICMP said about an earlier datagram is not about this socket.
  if (n < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
  auto peer = from_sockaddr(*from.get());
  if (!peer) return true;
  if (message.msg_flags & MSG_TRUNC) return ++counts_.truncated, true;
  if (!asked_.empty()) remember(*peer, message);
  datagram_(*peer, ByteView(buffer.data(), static_cast<std::size_t>(n)));
  return true;
}

void UdpSocket::remember(const Endpoint& from, const msghdr& message) {
  if (auto address = asked_address(message)) asked_[slot_of(from)] = {from, *address};
}

void UdpSocket::send(const Endpoint& to, ByteView bytes, std::optional<std::uint8_t> ttl) {
  if (closed_) return;
  if (to.family() != local_.family()) {
    ++counts_.unsent;
    return;
  }
  const bool asked = !asked_.empty() && asked_[slot_of(to)].by == to;
  // A pending ICMP error is reported by the next send in place of sending: once more is enough, and then
  // without the address that was asked, which may be gone by now.
  if (send_once(to, bytes, asked, ttl)) return;
  const bool hopeless = errno == EAGAIN || errno == EMSGSIZE;
  if (hopeless || !send_once(to, bytes, false, ttl)) ++counts_.unsent;
}

/// False: errno says why.
bool UdpSocket::send_once(const Endpoint& to, ByteView bytes, bool from_asked,
                          std::optional<std::uint8_t> ttl) {
  SocketAddress address = to_sockaddr(to);
  Control control{};
  iovec piece{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_name = address.get();
  message.msg_namelen = address.length;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (from_asked) leave_from(message, control, asked_[slot_of(to)].address);
  if (ttl) limit_hops(message, control, to.family(), *ttl);
  return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL) >= 0;
}

void UdpSocket::close() {
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace godesk::os
