// Who may use the relay, and what the ID server hands out for it: the place where tickets (auth) and the
// relay (turn) meet.
#pragma once

#include <vector>

#include "auth/tickets.h"
#include "options.h"
#include "rendezvous/server.h"
#include "turn/server.h"

namespace godesk::server {

/// Tickets of this server, and the fixed users of its configuration.
class RelayCredentials final : public turn::Credentials {
 public:
  RelayCredentials(const auth::Tickets& tickets, bool relay_role)
      : tickets_(tickets), relay_role_(relay_role) {}
  void add_user(std::string name, std::string password) { users_.add(std::move(name), std::move(password)); }

  std::optional<turn::Grant> find(std::string_view username, std::string_view realm) const override;

 private:
  const auth::Tickets& tickets_;
  bool relay_role_;  // without, only fixed users get anything relayed
  turn::FixedUsers users_;
};

/// Where clients find this server.
struct Reachable {
  std::vector<std::string> hosts;
  std::uint16_t stun_port = 0, tls_port = 0;
};

class Issuer final : public rendezvous::TicketIssuer {
 public:
  static constexpr std::chrono::minutes kToAllocate{5};

  /// `relay` null: this process relays nothing. References and pointers outlive it.
  Issuer(const auth::Tickets& tickets, const turn::Server* relay, Reachable here,
         std::vector<FurtherRelay> further, WallTime wall_at_zero, Random& random);

  std::vector<rendezvous::Relay> issue(Time now, const rendezvous::IntroId& pair, const IpAddress& client,
                                       const std::vector<IpAddress>& peer_relays) override;

 private:
  struct Further {
    link::RelayServer where;
    auth::Tickets tickets;
    std::optional<IpAddress> address;
  };
  rendezvous::Relay here(Time now, const std::string& host, auth::Ticket ticket, const IpAddress& client);
  rendezvous::Relay there(Time now, const Further& relay, const auth::Ticket& ticket);
  /// Reaches every relay of ours but the one at `at`, and the peer's own, as far as the address policy
  /// allows.
  auth::Ticket ticket(std::uint64_t session, const std::optional<IpAddress>& at,
                      const std::vector<IpAddress>& peer_relays) const;
  WallTime expiry(Time now) const;

  const auth::Tickets& tickets_;
  const turn::Server* relay_;
  Reachable reachable_;
  std::vector<Further> further_;
  std::optional<IpAddress> address_;  // ours, if a literal was given
  WallTime wall_at_zero_;
  Random& random_;
};

}  // namespace godesk::server
