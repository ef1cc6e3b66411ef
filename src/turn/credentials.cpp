#include "turn/credentials.h"

#include "stun/stun.h"

namespace godesk::turn {

std::optional<Grant> FixedUsers::find(std::string_view username, std::string_view realm) const {
  auto it = passwords_.find(username);
  if (it == passwords_.end()) return std::nullopt;
  Grant grant;
  grant.key = stun::long_term_key(username, realm, it->second);
  grant.max_allocations = 1000;
  return grant;
}

}  // namespace godesk::turn
