// The peers a TURN client wants to talk to: which permission or channel each has, and when it must be asked
// for again. A permission lasts 5 minutes and a channel 10 (RFC 8656 9, 12), but a channel's packets need the
// permission too, so everything is renewed after 4 minutes.
#pragma once

#include <map>

#include "turn/client_requests.h"

namespace godesk::turn {

class ClientPeers {
 public:
  static constexpr Duration kRenewal = 240s;

  explicit ClientPeers(std::size_t max) : max_(max) {}

  /// False when the table is full. Asking twice is asking once.
  bool permit(const IpAddress& ip);
  bool bind(const Endpoint& peer);

  /// Requests due now; each is asked once until it is answered.
  std::vector<Request> due(Time now);
  /// Every permission, to be asked for behind an Allocate that has no answer yet.
  std::vector<Request> early();
  /// An early one was refused, or had no answer: it is due again.
  void again(const Request& request);
  /// True when the peer was not ready before and is now.
  bool granted(Time now, const Request& request);
  /// True when somebody was still waiting for it; the peer is then forgotten.
  bool failed(const Request& request);

  std::optional<std::uint16_t> channel_to(const Endpoint& peer) const;
  std::optional<Endpoint> peer_of(std::uint16_t channel) const;
  Time next_deadline() const;

 private:
  struct Permission {
    Time next{};  // when to ask; kNever while an answer is awaited
  };
  struct Channel {
    std::uint16_t number = 0;
    Time next{};
    bool ready = false;
    bool with_permission = true;  // the first time, CreatePermission goes along
  };

  std::size_t max_;
  std::uint16_t next_number_ = 0x4000;
  std::map<IpAddress, Permission> permissions_;
  std::map<Endpoint, Channel> channels_;
  std::map<std::uint16_t, Endpoint> numbers_;
};

}  // namespace godesk::turn
