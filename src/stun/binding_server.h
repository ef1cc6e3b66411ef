// Answers Binding requests: RFC 8489, and RFC 5780 behaviour discovery where a second port or address exists.
//
//   1. add_listener() for each UDP socket, with the address others see it under.
//   2. answer() for each Binding request; what it returns leaves from the socket it names.
//   3. A request may ask for its answer later (Attr::answer_after), to see whether the mapping it came
//      through outlives silence: postpone() keeps it, take_due() gives what is to be sent now.
//
// It never answers anything but a request, never says more than 100 bytes to an address that has proved
// nothing, and never more than 20 times a second for one source prefix (SECURITY 6).
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/machine.h"
#include "stun/source_limiter.h"
#include "stun/stun.h"

namespace godesk::stun {

inline constexpr std::size_t kMaxUnverifiedAnswer = 100;
inline constexpr Duration kLatestAnswer = 120s;
// Of one source prefix few wait: they could be made to leave at one moment.
inline constexpr std::size_t kMaxLate = 4096, kMaxLatePerPrefix = 16;

class BindingServer {
 public:
  struct Answer {
    SocketId from{};
    Buffer bytes;
  };

  /// The limiter is shared with whatever else answers strangers on these sockets.
  explicit BindingServer(SourceLimiter& limiter) : limiter_(limiter) {}

  /// `seen_as`: with a real address; an unspecified one switches RFC 5780 attributes off for this socket.
  void add_listener(SocketId socket, const Endpoint& seen_as);

  /// nullopt: not a Binding request, or the source has had its share.
  std::optional<Answer> answer(Time now, SocketId socket, const Endpoint& from, const Message& request);
  /// True when the answer is wanted later; it is kept, or dropped where too many wait already.
  bool postpone(Time now, SocketId socket, const Endpoint& from, const Message& request);
  struct Late {
    SocketId from{};
    Endpoint to;
    Buffer bytes;
  };
  std::vector<Late> take_due(Time now);
  bool has_late() const { return !late_.empty(); }
  /// Over TCP or TLS the source is proved by the handshake, and RFC 5780 does not apply.
  static std::optional<Buffer> answer_stream(const Endpoint& from, const Message& request);

 private:
  struct Listener {
    SocketId socket{};
    Endpoint seen_as;
  };
  const Listener* find(SocketId socket) const;
  const Listener* changed(const Listener& from, ChangeRequest change) const;
  const Listener* other(const Listener& than, bool asked) const;

  SourceLimiter& limiter_;
  std::vector<Listener> listeners_;
  std::multimap<Time, Late> late_;
  std::map<IpAddress, std::size_t> late_of_;  // by source prefix
};

}  // namespace godesk::stun
