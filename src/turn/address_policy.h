// Which addresses a relay may be told to send to (SECURITY 4).
//
//   1. normalise(): an IPv6 address that only wraps an IPv4 one is judged, and used, as the IPv4 one.
//   2. is_public(): global unicast in IANA's special-purpose registries (RFC 6890 and successors). The
//      documentation ranges of RFC 5737 and RFC 3849 count as public, because laboratories use them.
//   3. allows(): public, or opened by configuration; never this machine's own, never denied.
//
// An own address can be opened only by naming exactly it, not by a range that happens to hold it.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "base/address.h"

namespace godesk::turn {

/// nullopt: 6to4 and Teredo, which lead through tunnels to somewhere else.
std::optional<IpAddress> normalise(const IpAddress& peer);

/// `ip` is normalised.
bool is_public(const IpAddress& ip);

class AddressPolicy {
 public:
  struct Config {
    std::vector<Cidr> allow{};  // --relay-allow
    std::vector<Cidr> deny{};   // beats allow
  };

  AddressPolicy() = default;
  explicit AddressPolicy(Config config) : config_(std::move(config)) {}

  void set_own(const std::vector<IpAddress>& addresses);
  void add_own(const IpAddress& address) { fixed_own_.insert(address.unmapped()); }
  /// `ip` is normalised.
  bool allows(const IpAddress& ip) const;

 private:
  bool is_own(const IpAddress& ip) const { return own_.contains(ip) || fixed_own_.contains(ip); }

  Config config_;
  std::set<IpAddress> own_;        // of the interfaces
  std::set<IpAddress> fixed_own_;  // listeners and relayed addresses
};

}  // namespace godesk::turn
