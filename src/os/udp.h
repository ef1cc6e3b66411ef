// Inside os: one UDP socket.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"
#include "os/driver.h"

namespace godesk::os {

struct UdpOptions {
  bool dont_fragment = true;
  /// On a wildcard address, answer from the address that was asked. For servers; a client that roams wants
  /// the kernel's choice.
  bool answers_from_asked = false;
};

class UdpSocket : public std::enable_shared_from_this<UdpSocket> {
 public:
  using Hook = std::function<void(const Endpoint& from, ByteView)>;

  /// Binds `local` (IPv6 sockets carry IPv6 only).
  static Result<std::shared_ptr<UdpSocket>, ListenFailure> open(boost::asio::io_context&,
                                                                const Endpoint& local, UdpOptions,
                                                                Driver::Counts&);
  /// `datagram` is called for each.
  void start(Hook datagram);
  /// `ttl`: hop limit of this datagram alone.
  void send(const Endpoint& to, ByteView, std::optional<std::uint8_t> ttl = {});
  void close();
  const Endpoint& local() const { return local_; }

 private:
  UdpSocket(boost::asio::io_context&, Driver::Counts&);
  void wait();
  bool receive_one();
  bool send_once(const Endpoint& to, ByteView, bool from_asked, std::optional<std::uint8_t> ttl);
  void remember(const Endpoint& from, const struct msghdr&);

  boost::asio::ip::udp::socket socket_;
  Driver::Counts& counts_;
  Hook datagram_;
  Endpoint local_;
  bool closed_ = false;

  /// STUN and TURN clients expect the answer from the address they asked; the kernel would choose by route. A
  /// small cache: a collision costs the kernel's choice, nothing more.
  struct Asked {
    Endpoint by;
    IpAddress address;
  };
  std::vector<Asked> asked_;
};

}  // namespace godesk::os
