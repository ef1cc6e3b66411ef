// Inside os: the NAT64 prefix that a router advertises (RFC 8781), as the kernel passes on options which it
// does not use itself (rtnetlink, group ND_USEROPT). No privilege is needed; measured on Linux 6.18 with no
// capabilities at all. The kernel keeps none of them: what was advertised before this was made is heard with
// the next advertisement, which may take minutes.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/time.h"
#include "ice/pref64.h"

namespace godesk::os {

class Pref64Watch {
 public:
  /// `heard` is called with each advertisement: a network that is being measured is too busy to listen. Where
  /// the kernel gives no such socket, never.
  Pref64Watch(boost::asio::io_context&, std::function<void(const ice::Nat64Prefix&)> heard);

  /// The last one, while it holds.
  std::optional<ice::Nat64Prefix> prefix(Time now) const;

 private:
  void wait();
  void hear(Time now, ByteView messages);

  boost::asio::posix::stream_descriptor socket_;
  std::function<void(const ice::Nat64Prefix&)> heard_;
  std::optional<ice::Nat64Prefix> prefix_;
  Time until_{};
};

/// What getaddrinfo would have said of ice::kNat64Name behind this prefix.
std::vector<IpAddress> nat64_answers(const ice::Nat64Prefix& prefix);
/// The option in one rtnetlink message, if it is one of a router's advertisement.
std::optional<ice::Pref64> pref64_in(ByteView message);

}  // namespace godesk::os
