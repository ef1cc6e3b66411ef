#include "credentials.h"

#include "stun/stun.h"

namespace godesk::server {
namespace {

std::optional<IpAddress> literal_of(const link::RelayServer& relay) {
  for (const auto* target : {&relay.udp, &relay.tcp, &relay.tls})
    if (*target) return IpAddress::parse((*target)->host);
  return std::nullopt;
}

std::optional<IpAddress> first_literal(const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts)
    if (auto ip = IpAddress::parse(host)) return ip;
  return std::nullopt;
}

}  // namespace

std::optional<turn::Grant> RelayCredentials::find(std::string_view username, std::string_view realm) const {
  if (auto grant = users_.find(username, realm)) return grant;
  if (!relay_role_) return std::nullopt;
  auto opened = tickets_.open(username);
  if (!opened) return std::nullopt;
  turn::Grant grant;
  grant.kind = turn::Grant::Kind::ticket;
  grant.key = stun::long_term_key(username, realm, tickets_.password_of(username));
  grant.session = opened->ticket.session;
  grant.peer_relay = opened->ticket.peer_relay;
  grant.expiry = opened->expiry;
  return grant;
}

Issuer::Issuer(const auth::Tickets& tickets, const turn::Server* relay, Reachable here,
               std::vector<FurtherRelay> further, WallTime wall_at_zero, Random& random)
    : tickets_(tickets),
      relay_(relay),
      reachable_(std::move(here)),
      address_(relay ? first_literal(reachable_.hosts) : std::nullopt),
      wall_at_zero_(wall_at_zero),
      random_(random) {
  for (FurtherRelay& other : further)
    further_.push_back({other.where, auth::Tickets(bytes_of(other.secret)), literal_of(other.where)});
}

WallTime Issuer::expiry(Time now) const {
  return wall_at_zero_ + std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()) +
         kToAllocate;
}

std::vector<rendezvous::Relay> Issuer::issue(Time now, const rendezvous::IntroId& pair,
                                             const IpAddress& client) {
  std::vector<rendezvous::Relay> out;
  if (relay_)
    for (const std::string& host : reachable_.hosts) out.push_back(here(now, host, pair.number, client));
  for (const Further& relay : further_) out.push_back(there(now, relay, pair.number));
  return out;
}

rendezvous::Relay Issuer::here(Time now, const std::string& host, std::uint64_t session,
                               const IpAddress& client) {
  auth::Ticket ticket{auth::TicketKind::connect, session, std::nullopt};
  if (!further_.empty()) ticket.peer_relay = further_.front().address;
  auto credentials = tickets_.make(ticket, expiry(now), random_);
  rendezvous::Relay relay;
  relay.udp = relay.tcp = HostPort{host, reachable_.stun_port};
  relay.tls = HostPort{host, reachable_.tls_port};
  relay.username = credentials.username;
  relay.password = credentials.password;
  relay.realm = relay_->realm();
  relay.nonce = relay_->issue_nonce(now, client);
  relay.here = true;
  return relay;
}

/// A relay of another make reads only the expiry, one of ours under the same secret also the session.
rendezvous::Relay Issuer::there(Time now, const Further& other, std::uint64_t session) {
  auth::Ticket ticket{auth::TicketKind::connect, session, address_};
  if (!ticket.peer_relay)
    for (const Further& third : further_)
      if (&third != &other && !ticket.peer_relay) ticket.peer_relay = third.address;
  auto credentials = other.tickets.make(ticket, expiry(now), random_);
  rendezvous::Relay relay;
  relay.udp = other.where.udp;
  relay.tcp = other.where.tcp;
  relay.tls = other.where.tls;
  relay.username = credentials.username;
  relay.password = credentials.password;
  return relay;
}

}  // namespace godesk::server
