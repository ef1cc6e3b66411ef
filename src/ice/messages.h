// Connectivity checks as values, and their STUN form (RFC 8445 7).
#pragma once

#include "base/result.h"
#include "ice/types.h"
#include "stun/stun.h"

namespace godesk::ice {

/// A Binding request of the peer, with its integrity verified.
struct CheckRequest {
  stun::TransactionId transaction{};
  std::uint32_t priority = 0;
  bool controlling = false;
  std::uint64_t tie_breaker = 0;
  bool use_candidate = false;
  std::optional<std::uint32_t> nomination;
  std::optional<std::uint32_t> epoch;
};

struct OutgoingCheck {
  stun::TransactionId transaction{};
  const Credentials* local = nullptr;
  const Credentials* remote = nullptr;
  std::uint32_t priority = 0;  // of the peer-reflexive candidate the check may make
  bool controlling = false;
  std::uint64_t tie_breaker = 0;
  std::optional<std::uint32_t> nomination;
  std::optional<std::uint32_t> epoch;
  std::size_t bytes = 0;  // the whole message is filled up to so many, a multiple of 4; 0: as short as it is
};

/// "to whom:from whom" of USERNAME; nothing if it is not of that form.
struct Username {
  std::string_view receiver, sender;
};
std::optional<Username> username(const stun::Message& message);

/// `pwd` is the one whose ufrag the request names. The username is judged by the caller.
Result<CheckRequest, DropReason> read_request(const stun::Message& message, std::string_view pwd);

Buffer write_check(const OutgoingCheck& check);
Buffer write_success(const stun::TransactionId& transaction, const Endpoint& seen, std::string_view pwd);
Buffer write_role_conflict(const stun::TransactionId& transaction, std::string_view pwd);

}  // namespace godesk::ice
