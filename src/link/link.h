// link: one peer, reached through whatever works: ICE and TURN made into one datagram path.
//
// Flow:
//   1. start(): a socket per local address, a relay race per relay server (UDP, TCP 200 ms
//      later, TLS 400 ms later).
//   2. The relayed address becomes a candidate and leaves as a Signal; the peer's Signal brings
//      its candidates; permission and channel are asked for at once; ICE checks the pair; the
//      first valid pair is the path.
//   3. allow_direct() after login (with Config::early_direct at the start, but without private addresses):
//      host and reflexive candidates join in the same way. A valid direct pair
//      takes over by make-before-break: for one RTT padded checks at the present rate, then packets both ways
//      for one RTT, then the direct pair alone. Urgent packets go two ways always (link/paths.h).
//      Where plain checks cannot join the two networks, punching tries known, measured and drawn ports
//      (link/punch.h), once set_profile() and the peer's profile are there.
//   4. Suspicion (sent, and nothing came for RTT + 4 var + 2 ack intervals): what may have been lost is sent
//      again and all that follows duplicated to the best other path before anyone is sure; when the path is
//      declared dead the other one takes over, and the dead one is tried again with fresh candidates.
//   5. A relay that failed or was restarted is allocated anew in the background. Before its credentials end,
//      RelaysWanted asks for fresh ones; with them a second allocation is made, and takes over when it works.
//   6. close(): every allocation is given back.
//
// A link may be made before there is an introduction: prepare() opens its sockets, and greeting() is what an
// authorised peer may know of them. introduce() brings what start() needs; where the peer's greeting came
// along, both sides check each other's addresses at the same instant, before any signal was carried.
//
// Never: knows a server protocol above TURN, opens a packet, shows an address to a peer who is neither logged
// in nor authorised, or, with relay_only, gathers, sends or answers anything but relay candidates.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "link/carrier.h"
#include "link/punch_budget.h"
#include "stun/seen.h"

namespace godesk::link {

enum class Role : std::uint8_t {
  caller,  // ICE controlling
  host,    // ICE controlled
};

/// From what the ID server offers (rendezvous::Relay), which this room does not know.
template <class Relay>
RelayServer relay_server(const Relay& r) {
  return {r.udp, r.tcp, r.tls, r.username, r.password, r.realm, r.nonce, r.websocket, r.udp_443, r.relayed};
}

struct Config {
  Role role = Role::caller;
  bool relay_only = false;
  bool early_direct = false;                  // the peer is authorised: public addresses are shown at once
  bool loopback = false;                      // both ends are on this machine: loopback candidates are of use
  std::vector<RelayServer> relays;            // this side's own
  std::vector<HostPort> stun;                 // for reflexive addresses
  std::vector<IpAddress> interfaces;          // this computer's addresses
  bool udp_was_blocked = false;               // in this network, lately: the other legs do not wait for UDP
  Duration leg_stagger = 200ms;               // between UDP, TCP and TLS of one relay
  Duration connect_timeout = 15s;             // no path at all until then: Dead{no_path}
  Duration lost_timeout = 60s;                // no path any more for so long: Dead{path_lost}
  Duration renew_relays_after = 18h;          // tickets of our own server end after 24 h
  Duration dead_after = 700ms;                // a suspect path that stays silent for so long is dead
  std::optional<ice::NatProfile> profile;     // of the own network; may come later by set_profile()
  std::optional<stun::Seen> seen;             // from the introduction; without it nothing is punched
  Buffer greeting;                            // the peer's, from the introduction: its addresses ahead
  Duration start_in{};                        // from start() until they are checked, as the peer does
  std::vector<PairVerdict> remembered;        // caller: of earlier sessions with this peer from this network
  std::shared_ptr<PunchBudget> punch_budget;  // one for all links of a process; none: one of its own
  // Those the peer's signals name (SECURITY 6), and, after the login, addresses first seen in its checks.
  std::size_t max_remote_candidates = 8, max_peer_reflexive = 16;
  std::size_t max_signal_bytes = 4096;
};

/// The relays that carry for this side: its own, if it brings any, else those that the ID server offers.
template <class Services>
std::vector<RelayServer> relays_from(const Services& services, const std::vector<RelayServer>& own_relays) {
  if (!own_relays.empty()) return own_relays;
  std::vector<RelayServer> relays;
  for (const auto& relay : services.relays) relays.push_back(relay_server(relay));
  return relays;
}

/// The hosts of these relays, for the ID server.
std::vector<std::string> hosts_of(const std::vector<RelayServer>& relays);

/// True when one of the servers is on a loopback address: then everything is on this machine.
bool uses_loopback(const Config& config);

/// What an introduction's services (rendezvous::Services, which this room does not know) mean for a link.
/// `own_relays`, if any, replace the relays offered.
template <class Services>
Config config_from(const Services& services, const std::vector<RelayServer>& own_relays) {
  Config config;
  config.stun = services.stun;
  config.seen = services.seen;
  config.greeting = services.greeting;
  config.start_in = services.start_in;
  config.relays = relays_from(services, own_relays);
  config.loopback = uses_loopback(config);
  return config;
}

/// What was not carried on, or not listened to.
enum class DropReason : std::uint8_t {
  bad_signal,         // not the format of link/signal.h, or too long
  stale_signal,       // older than one that was heard already
  refused_candidate,  // of a server, beyond the limits, or (until allow_direct) not a relay's
  unknown_source,     // a packet from an address of which no check was heard
  unknown_kind,       // neither STUN nor QUIC
  bad_stun,           // STUN that the agent refused, or that nobody asked for
  no_path,            // outgoing: no path works
  queue_full,         // too many packets nobody took
  count,
};
std::string_view name(DropReason reason);

class Link final : public Carrier {
 public:
  Link(Config config, Ids& ids, Random& random, LogSink& log);
  ~Link() override;

  /// Opens sockets and asks the STUN servers of Config for their addresses; nobody else hears anything. No-op
  /// with relay_only.
  void prepare(Time now);
  /// Of a prepared link, not started: for the ID server, who gives it to a peer that the user here
  /// authorised. Nothing before an address is known. Another one when something has changed.
  std::optional<Buffer> greeting() const;
  /// Some STUN server has not answered yet.
  bool gathering() const;
  /// Prepared, and a mapping is kept: every second keep-alive of this device is then this link's.
  bool keeps_mapping() const;
  /// Counts up whenever the greeting may have become another; 0 before prepare().
  unsigned greeting_version() const;
  /// What a prepared link lacks: relays, seen, greeting and all else of an introduction. Before start().
  void introduce(Config introduced);
  void start(Time now) override;
  void send(Time now, ByteView packet, Urgency urgency) override;
  void on_signal(Time now, ByteView bytes) override;
  void allow_direct(Time now) override;
  void set_profile(Time now, const ice::NatProfile& profile) override;
  void set_epoch(std::uint16_t epoch) override;
  void close(Time now) override;
  void set_relays(Time now, std::vector<RelayServer> relays) override;
  std::optional<Event> next_event() override;
  std::size_t mtu() const override;
  bool has_path() const override;
  std::optional<Duration> ahead() const override;
  /// A direct path works, though a quicker relay may carry the packets.
  bool direct_works() const;
  /// True when `socket` or `stream` was opened by this link.
  bool owns(SocketId socket) const;
  bool owns(StreamId stream) const;
  std::uint64_t drops(DropReason reason) const;
  /// What punching cost so far: packets to guessed ports, and the most sockets open at once.
  struct PunchCost {
    std::size_t packets = 0, sockets = 0;
  };
  PunchCost punch_cost() const;

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_backlog(Time now, StreamId stream, std::size_t bytes) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godesk::link
