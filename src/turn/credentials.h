// Who may have something relayed, and how far it may reach: the seam between the relay and whatever knows
// users (fixed ones here; time-limited tickets are opened by auth, which the relay does not know).
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"
#include "base/units.h"

namespace godesk::turn {

/// What one credential, or one source prefix, may have relayed in both directions together.
struct Quota {
  Bytes bytes_per_second{25'000'000};
  std::int64_t packets_per_second = 50'000;
};

struct Grant {
  enum class Kind {
    fixed,   // --turn-user: reaches every address the policy allows
    ticket,  // reaches relayed addresses of the same session only
  };
  Kind kind = Kind::fixed;
  Buffer key;                            // stun::long_term_key
  std::uint64_t session = 0;             // ticket: both sides of one introduction
  std::vector<IpAddress> peer_relays{};  // ticket: other relays that the other side may use
  std::uint16_t port = 0;                // of the relayed addresses, where it is free; 0: any
  std::size_t max_allocations = 2;       // at a time, under this user name
  Quota quota{};
  std::optional<WallTime> expiry{};  // gates Allocate, not Refresh
};

class Credentials {
 public:
  virtual ~Credentials() = default;
  /// `username` comes from the network and is at most 508 bytes. Called once per Allocate.
  virtual std::optional<Grant> find(std::string_view username, std::string_view realm) const = 0;
};

/// --turn-user and --turn-user-file.
class FixedUsers final : public Credentials {
 public:
  void add(std::string username, std::string password) {
    passwords_[std::move(username)] = std::move(password);
  }
  std::optional<Grant> find(std::string_view username, std::string_view realm) const override;

 private:
  std::map<std::string, std::string, std::less<>> passwords_;
};

}  // namespace godesk::turn
