// Time-limited relay credentials, of the form that coturn calls `use-auth-secret`:
//
//   username = expiry (seconds since 1970, decimal) ":" handle
//   password = base64(HMAC-SHA1(secret, username))
//
// The handle says what the ticket is for. It is sealed (AES-256-GCM under a key made from the same secret),
// so no 9-digit ID and no session number travels in clear (SECURITY 1); relays of other makes need not
// open it. Expiry is told, not judged here: it gates Allocate, not Refresh (SECURITY 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/aead.h"

namespace godesk::auth {

enum class TicketKind : std::uint8_t {
  connect = 1,  // reaches relayed addresses of the same session only
};

struct Ticket {
  TicketKind kind = TicketKind::connect;
  std::uint64_t session = 0;           // random, the same for both sides of one introduction
  std::vector<IpAddress> peer_relays;  // relayed addresses on these relays are the session's too
  std::uint16_t port = 0;              // which the relay shall give out if it is free; 0: any
  bool operator==(const Ticket&) const = default;
};
inline constexpr std::size_t kMaxPeerRelays = 6;

/// What a handle seals: kind (1) ‖ session (8) ‖ for each relay of the peer 4 or 6, then its 4 or 16 bytes ‖
/// with a port 2, then the port (2).
/// Relays beyond kMaxPeerRelays are left out.
Buffer encode_ticket(const Ticket& ticket);
std::optional<Ticket> decode_ticket(ByteView bytes);

struct TurnCredentials {
  std::string username, password;
};

struct OpenedTicket {
  Ticket ticket;
  WallTime expiry;
};

enum class TicketError {
  malformed,  // not `expiry:handle`, or not our form of either
  forged,     // not sealed under our secret, or with another expiry
};
std::string_view to_string(TicketError error);

class Tickets {
 public:
  /// The secret that this server's relays share; any length that is hard to guess.
  explicit Tickets(ByteView secret);

  TurnCredentials make(const Ticket& ticket, WallTime expiry, Random& random) const;
  /// The password that belongs to any user name, ours or another `expiry:text`.
  std::string password_of(std::string_view username) const;
  Result<OpenedTicket, TicketError> open(std::string_view username) const;

 private:
  Buffer secret_;
  crypto::AeadKey key_;
};

/// Credentials for a relay of another make that shares `secret` (`--relay-secret-file`): the name behind the
/// expiry is random and says nothing.
TurnCredentials shared_secret_credentials(ByteView secret, WallTime expiry, Random& random);

}  // namespace godesk::auth
