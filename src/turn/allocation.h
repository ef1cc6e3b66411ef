// What the server remembers of one allocation: who owns it, its relayed addresses, its permissions and
// channels. Tables are bounded and expire lazily; nothing here sends.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stun/stun.h"
#include "turn/credentials.h"
#include "turn/relay_ports.h"

namespace godesk::turn {

enum class AllocationId : std::uint64_t {};

/// The 5-tuple by which a client is known: a UDP listener and a remote address, or a connection.
struct ClientLeg {
  bool stream = false;
  std::uint32_t id = 0;  // of the SocketId or StreamId
  Endpoint remote;
  auto operator<=>(const ClientLeg&) const = default;

  static ClientLeg udp(SocketId socket, const Endpoint& remote) {
    return {false, static_cast<std::uint32_t>(socket), remote};
  }
  static ClientLeg on_stream(StreamId stream, const Endpoint& remote) {
    return {true, static_cast<std::uint32_t>(stream), remote};
  }
};

/// Addresses that may send to the client, each for 5 minutes (RFC 8656 9).
class Permissions {
 public:
  static constexpr Duration kLifetime = 300s;

  bool has(Time now, const IpAddress& ip) const {
    auto it = until_.find(ip);
    return it != until_.end() && now < it->second;
  }
  /// Room for all of `ips`, counting those already here once.
  bool fits(const std::vector<IpAddress>& ips, std::size_t max) const;
  void install(Time now, const IpAddress& ip) { until_[ip] = now + kLifetime; }
  void sweep(Time now) {
    std::erase_if(until_, [now](auto& p) { return now >= p.second; });
  }

 private:
  std::map<IpAddress, Time> until_;
};

/// Channel numbers and peers, one to one, each for 10 minutes (RFC 8656 12).
class Channels {
 public:
  static constexpr Duration kLifetime = 600s;

  enum class Verdict {
    bound,     // new, or refreshed
    conflict,  // the number has another peer, or the peer another number
    full,
  };
  Verdict bind(Time now, std::uint16_t number, const Endpoint& peer, std::size_t max);
  std::optional<Endpoint> peer_of(Time now, std::uint16_t number) const;
  std::optional<std::uint16_t> number_of(Time now, const Endpoint& peer) const;
  void sweep(Time now);

 private:
  struct Binding {
    Endpoint peer;
    Time until{};
  };
  std::map<std::uint16_t, Binding> by_number_;
  std::map<Endpoint, std::uint16_t> by_peer_;
};

/// What an Allocate asked for, kept while its sockets open.
struct AllocateRequest {
  stun::TransactionId transaction{};
  bool sha256 = false;                        // which integrity the client uses, and gets
  std::optional<Family> wanted = Family::v4;  // none: a reservation is used
  bool additional_v6 = false;
  RelayPorts::Shape shape = RelayPorts::Shape::any;
  std::optional<std::uint64_t> reservation{};
  std::chrono::seconds lifetime{};
};

/// What the client sends beyond its ticket's quota.
struct Excess {
  std::int64_t bytes = 0, packets = 0;  // refused in the second under way
  std::size_t seconds = 0;              // on end in which as much was refused as is allowed
};

struct Allocation {
  struct Order {
    RelayPorts::OrderId id{};
    Family family = Family::v4;
  };
  AllocationId id{};
  ClientLeg client;
  std::string username;
  Grant grant;
  IpAddress prefix;  // of the client, for its quota
  AllocateRequest request;
  bool ready = false;  // answered; before, sockets are being opened
  Time expiry{};
  Time end = kNever;                        // tickets: no Refresh reaches beyond
  std::vector<RelaySocket> sockets;         // one per family
  std::vector<Order> orders;                // not yet filled
  int additional_error = 0;                 // why there is no second family
  std::optional<std::uint64_t> reserved{};  // token given for the next port
  Permissions permissions;
  Channels channels;
  Excess excess;

  const RelaySocket* socket(Family family) const;
  /// It is there, or being opened: a permission may come right behind Allocate.
  bool will_have(Family family) const;
};

}  // namespace godesk::turn
