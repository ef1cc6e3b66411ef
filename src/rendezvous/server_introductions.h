// Viewers' questions, the introductions that answer them, and what travels inside.
//
//   1. find(): limits first, each with a wait; then NotFound, alike for unknown, offline and unwilling; then
//      both sides are told each other's key and get relay credentials for this pair. Where the host has
//      authorised the caller, each side also gets what the other one told ahead (its greeting), and when to
//      begin.
//   2. signal(): to the other side, within the rate.
//   3. end(), left() or the time limit: the other side is told.
//   4. refresh(): new credentials, for whoever shows the token it got with the introduction. No table is
//      needed: the token is a MAC over introduction, key and time.
#pragma once

#include "crypto/hash.h"
#include "rendezvous/server_registrations.h"

namespace godesk::rendezvous {

class ServerIntroductions {
 public:
  ServerIntroductions(const ServerConfig& config, ServerCounters& counters, TicketIssuer& tickets,
                      Random& random, ServerConnections& connections, ServerRegistrations& registrations);

  void find(Time now, ServerConnection& viewer, const wire::Find& question);
  void signal(Time now, ServerConnection& from, wire::Signal signal);
  void end(ServerConnection& by, IntroId intro);
  void refresh(Time now, ServerConnection& client, const wire::Refresh& request);
  void left(const ServerConnection& connection);
  void on_timer(Time now);
  Time deadline() const { return due_.next(); }
  std::size_t size() const { return table_.size(); }

 private:
  struct Introduction {
    StreamId viewer{}, host{};
    Bucket from_viewer, from_host;
    StreamId other(StreamId side) const { return side == viewer ? host : viewer; }
  };

  Duration must_wait(Time now, const ServerConnection& viewer, const auth::DeviceId& id);
  bool has_room(const ServerConnection& viewer) const;
  Duration unfinished(const ServerConnection& viewer, const ServerConnection& host, bool authorised);
  /// Who else took part in an introduction: what a refresh token tells.
  struct Other {
    crypto::PublicKey key;
    std::vector<IpAddress> own_relays;
  };

  void introduce(Time now, ServerConnection& viewer, ServerConnection& host, const wire::Find& question,
                 bool authorised);
  void open(Time now, IntroId intro, ServerConnection& viewer, ServerConnection& host);
  bool meet(Time now, ServerConnection& viewer, const Other& other, IntroId intro);
  Services services(Time now, const ServerConnection& client, const Other& other, IntroId intro);
  Buffer token(Time now, const ServerConnection& client, const Other& other, IntroId intro) const;
  std::optional<Other> read_token(Time now, const ServerConnection& client,
                                  const wire::Refresh& request) const;
  crypto::Digest32 token_mac(const ServerConnection& client, IntroId intro, ByteView content) const;
  std::uint64_t wall_seconds(Time now) const;
  void remove(IntroId intro, StreamId told);
  void forget(IntroId intro);
  void tell_end(StreamId side, IntroId intro);

  const ServerConfig& config_;
  ServerCounters& counters_;
  TicketIssuer& tickets_;
  Random& random_;
  ServerConnections& connections_;
  ServerRegistrations& registrations_;
  Buffer token_key_;
  Limiter<IpAddress> finds_by_prefix_;
  Limiter<auth::DeviceId> finds_by_target_;
  Limiter<crypto::PublicKey> refreshes_;
  std::map<IntroId, Introduction> table_;
  Schedule<IntroId> due_;
};

}  // namespace godesk::rendezvous
