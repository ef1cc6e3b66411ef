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
  grant.peer_relays = opened->ticket.peer_relays;
  grant.port = opened->ticket.port;
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
                                             const IpAddress& client,
                                             const std::vector<IpAddress>& peer_relays) {
  std::vector<rendezvous::Relay> out;
  if (relay_) {
    const auth::Ticket in = ticket(pair.number, address_, peer_relays);
    for (const std::string& host : reachable_.hosts) out.push_back(here(now, host, in, client));
  }
  for (const Further& relay : further_)
    out.push_back(there(now, relay, ticket(pair.number, relay.address, peer_relays)));
  return out;
}

auth::Ticket Issuer::ticket(std::uint64_t session, const std::optional<IpAddress>& at,
                            const std::vector<IpAddress>& peer_relays) const {
  auth::Ticket made{auth::TicketKind::connect, session, {}, 0};
  for (const IpAddress& ip : peer_relays)
    if (relay_ ? relay_->may_be_peer_relay(ip) : turn::is_public(ip)) made.peer_relays.push_back(ip);
  if (address_ && address_ != at) made.peer_relays.push_back(*address_);
  for (const Further& other : further_)
    if (other.address && other.address != at) made.peer_relays.push_back(*other.address);
  return made;
}

rendezvous::Relay Issuer::here(Time now, const std::string& host, auth::Ticket ticket,
                               const IpAddress& client) {
  const auto relayed = relay_->propose();
  ticket.port = relayed ? relayed->port : std::uint16_t{0};
  auto credentials = tickets_.make(ticket, expiry(now), random_);
  rendezvous::Relay relay;
  relay.udp = relay.tcp = HostPort{host, reachable_.stun_port};
  relay.udp_443 = relay.tls = relay.websocket = HostPort{host, reachable_.tls_port};
  relay.username = credentials.username;
  relay.password = credentials.password;
  relay.realm = relay_->realm();
  relay.nonce = relay_->issue_nonce(now, client);
  relay.here = true;
  relay.relayed = relayed;
  return relay;
}

/// A relay of another make reads only the expiry, one of ours under the same secret also the session.
rendezvous::Relay Issuer::there(Time now, const Further& other, const auth::Ticket& ticket) {
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
