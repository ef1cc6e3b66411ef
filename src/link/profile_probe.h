// What the own network does to UDP, measured once within about a second (RFC 4787, RFC 5780).
//
//   1. start(): names are resolved, ipv4only.arpa among them (NAT64, RFC 7050), and sockets opened. A network
//      with IPv6 and NAT64 alone is measured through its prefix.
//   2. One socket asks every vantage point: mapping, and each relay's round-trip time. Two bursts of fresh
//      sockets, 5 ms apart and 200 ms between the bursts: port allocation (port_classes.h).
//   3. As soon as the server answered: questions to be answered from another address and port (filtering),
//      the same over IPv6 (its firewall). Later, datagrams between two own sockets by their outside
//      addresses (hairpin).
//   4. done() when every question has its answer or its silence; result() is the verdict (profile_facts.h).
//      Nothing at all after 3 s: UDP is blocked, since the server was reached over TCP to learn of its ports.
//
// Bounds: 4 + 2 * 6 + 3 questions of one server process, because it answers 20 a second for one source; at
// most `max_vantages` servers, 17 sockets. Never: keeps a socket open beyond done(), or sends to anyone but
// those servers and, for the hairpin, its own outside address.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ice/nat_profile.h"
#include "link/port_classes.h"
#include "link/profile_facts.h"
#include "link/questions.h"

namespace godesk::link {

/// Where to look from.
struct Vantages {
  std::vector<HostPort> stun;     // the ID server's, in order of preference
  std::uint16_t second_port = 0;  // each of them answers there as well; 0: none
  std::vector<HostPort> relays;   // UDP legs; they answer Binding requests (RFC 8656 3.2 allows it)
  bool proxied = false;           // streams leave through an HTTP proxy
  bool operator==(const Vantages&) const = default;
};

/// From what the ID server offers (rendezvous::Services, which this room does not know).
template <class Services>
Vantages vantages_from(const Services& services, std::uint16_t tls_port, bool proxied) {
  Vantages out{services.stun, tls_port, {}, proxied};
  for (const auto& relay : services.relays)
    if (relay.udp) out.relays.push_back(*relay.udp);
  return out;
}

struct ProbeConfig {
  Vantages vantages;
  std::vector<IpAddress> interfaces;  // this computer's addresses
  std::size_t burst = 6;              // sockets; of two bursts
  Duration spacing = 5ms;
  Duration burst_gap = 200ms;
  Duration names_within = 700ms;
  Duration hairpin_after = 500ms;
  Duration patience = 3s;
  std::size_t max_vantages = 12;
  bool hairpin = true;  // sends to the own outside address
};

struct RelayRtt {
  HostPort relay;
  std::optional<Duration> rtt;
};

/// From where the server can answer, for those that measure further.
struct Helper {
  Endpoint server;                     // it answered
  std::optional<Endpoint> other_port;  // same address; seen as source of an answer or configured
  std::optional<Endpoint> other_address;
  bool operator==(const Helper&) const = default;
};

struct ProfileResult {
  ice::NatProfile profile;  // last_port_age is 0
  Time last_port_at{};
  std::vector<RelayRtt> relays;
  std::optional<Helper> helper;
};

class ProfileProbe final : public Machine {
 public:
  ProfileProbe(ProbeConfig config, Ids& ids, Random& random);

  void start(Time now);
  bool done() const { return result_.has_value(); }
  const std::optional<ProfileResult>& result() const { return result_; }
  bool owns(SocketId socket) const { return questions_.owns(socket); }

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override { return questions_.next_transmit(); }
  Time next_deadline() const override;

 private:
  using Number = Questions::Number;
  struct Vantage {
    Endpoint at;         // by its own address
    Endpoint reach;      // the same, or as written behind the NAT64 prefix
    bool relay = false;  // and nothing but a relay
    std::optional<Number> question;
  };
  struct Fresh {
    SocketId socket{};
    int number = 0;  // of our mappings
    std::optional<Number> question;
  };

  void at(Time when, void (ProfileProbe::*step)(Time)) { plan_.emplace(when, step); }
  void resolve();
  void begin(Time now);
  std::vector<IpAddress> addresses_of(const std::string& host) const;
  bool wanted(const IpAddress& ip) const;
  void add_vantage(const HostPort& named, bool relay);
  void ask_vantages(Time now);
  void plan_bursts(Time now);
  void ask_fresh(Time now);
  void ask_elsewhere(Time now);
  void knock(Time now);
  void knock_together(Time now);
  void stop_knocking(Time now);
  void finish(Time now);
  void finish_when_settled(Time now);

  const Questions::Question* answered(const std::optional<Number>& number) const;
  const Vantage* primary(Family family) const;
  std::vector<const Fresh*> mapped_fresh() const;
  void send_knock(const Fresh& from, const Fresh& to, const stun::TransactionId& id);
  Elsewhere elsewhere(const std::optional<Number>& number) const;
  void judge_ports(ProfileResult& result) const;
  void judge_mapping(ProfileResult& result) const;
  void judge_ipv6(ProfileResult& result) const;
  void judge_relays(ProfileResult& result) const;
  void judge_helper(ProfileResult& result) const;

  ProbeConfig config_;
  Random& random_;
  Questions questions_;
  std::multimap<Time, void (ProfileProbe::*)(Time)> plan_;
  std::map<std::string, std::vector<IpAddress>> names_;
  std::size_t names_wanted_ = 0;
  std::deque<Command> commands_;

  bool begun_ = false, asked_elsewhere_ = false, knocked_ = false;
  std::optional<ice::Nat64Prefix> prefix_;
  bool through_nat64_ = false;  // IPv4 is reached only so
  std::vector<Vantage> vantages_;
  std::optional<SocketId> socket4_, socket6_;  // the ones that ask all vantage points
  std::vector<Fresh> fresh_;
  std::size_t next_fresh_ = 0;
  int mappings_ = 0;
  std::optional<SocketId> filter_ip_, filter_port_, filter6_;
  std::optional<Number> other_address_, other_port_, other_port6_, nat64_;
  stun::TransactionId stranger_{}, together_{};
  bool stranger_came_ = false, together_came_ = false;
  std::optional<ProfileResult> result_;
};

}  // namespace godesk::link
