// The router of a laboratory network: translation, firewall and access link, without any I/O.
//
//   1. `on_packet` takes an IP packet from an inside interface or from outside.
//   2. Outbound: firewall, translation (sim/nat.h, one table per protocol), then the
//      uplink's delay, rate, loss.
//   3. Inbound: the downlink first, then firewall and translation, as in a box that stands at the user's end.
//   4. Between insides: at once, as through a switch. To its own outside address: hairpin, if the NAT has it.
//   5. `next_outgoing` gives what is due, `next_deadline` says when more will be.
//   6. `command` changes the network in mid-session: cut, heal, flush, delay and the like.
//
// It never answers a packet: what is not wanted vanishes, as behind the worst firewalls, counted by reason.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lab/natbox/packet.h"
#include "sim/link_model.h"
#include "sim/nat.h"
#include "sim/seeded_random.h"

namespace godesk::lab {

enum class Drop {
  malformed,   // not IP, cut short, or a later fragment
  hop_limit,   // its last hop was here
  firewall,    // not among what is allowed
  unmapped,    // no binding, or the filter of the binding
  no_route,    // nobody inside has this address
  no_hairpin,  // for our own outside address, and we do not turn packets round
  cut,         // the line is cut, or just between these two
  link,        // lost on the link, or its queue was full
};
inline constexpr std::size_t kDropReasons = 8;
const char* name(Drop reason);

/// Allowed outbound traffic: a protocol and the remote port.
struct Allowed {
  Protocol protocol = Protocol::tcp;
  std::uint16_t port = 0;
  auto operator<=>(const Allowed&) const = default;
};

struct RouterConfig {
  std::vector<std::vector<Cidr>> insides;  // for each interface the addresses behind it
  std::optional<IpAddress> outside;        // IPv4 translates to this address; without: a plain router
  sim::NatConfig nat;
  bool firewall6 = false;     // IPv6 in only from where something was sent to (RFC 6092)
  std::set<Allowed> allowed;  // empty: everything
  bool block_udp = false;
  sim::LinkConfig up{.delay = 0ms};
  sim::LinkConfig down{.delay = 0ms};
  std::uint64_t seed = 1;
};

class Router {
 public:
  static constexpr int kOutside = -1;
  struct Outgoing {
    int interface = kOutside;
    Buffer bytes;
  };

  explicit Router(RouterConfig config);

  void on_packet(Time now, int interface, Buffer bytes);
  std::optional<Outgoing> next_outgoing(Time now);
  Time next_deadline() const { return waiting_.empty() ? kNever : waiting_.begin()->first; }

  /// "ok", an answer, or "error: …". Commands: cut, heal, flush, stats, cut-direct A B, block-udp, allow-udp,
  /// delay UP[/DOWN] (ms), rate (kbit/s), loss (percent), queue (ms).
  std::string command(const std::string& line);
  std::uint64_t dropped(Drop reason) const { return dropped_[static_cast<std::size_t>(reason)]; }

 private:
  struct Waiting {
    int interface;
    bool inbound;  // still to be translated
    Packet packet;
  };

  void outbound(Time now, Packet packet);
  void inbound(Time now, Packet packet);
  void hairpin(Time now, Packet packet);
  bool translate_out(Time now, Packet& packet);
  bool translate_in(Time now, Packet& packet);
  void deliver(Time now, Packet packet);
  void carry(Time now, int interface, bool inbound, sim::LinkModel& link, Packet packet);
  void drop(Drop reason) { ++dropped_[static_cast<std::size_t>(reason)]; }

  bool allows(Protocol protocol, std::uint16_t remote_port) const;
  bool severed(const Packet& packet) const;
  std::optional<int> inside_of(const IpAddress& ip) const;
  sim::Nat* table_for(const Packet& packet, const IpAddress& inside);
  std::string tune(const std::string& what, const std::string& value);
  std::string stats() const;

  RouterConfig config_;
  sim::SeededRandom random_;
  sim::LinkModel up_;
  sim::LinkModel down_;
  std::map<std::pair<int, IpAddress>, sim::Nat> tables_;  // protocol; for IPv6 the inside address as well
  std::multimap<Time, Waiting> waiting_;
  std::set<std::pair<IpAddress, IpAddress>> severed_;
  bool cut_ = false;
  std::uint64_t forwarded_ = 0;
  std::array<std::uint64_t, kDropReasons> dropped_{};
};

}  // namespace godesk::lab
