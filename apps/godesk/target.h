// Whom to connect to: nine digits are an ID, anything else an address.
#pragma once

#include <string>
#include <variant>

#include "auth/device_id.h"
#include "base/address.h"

namespace godesk::app {

struct Target {
  std::variant<auth::DeviceId, Endpoint> where;
  std::string name;  // one spelling, under which its key is pinned
};

/// Throws Stop{usage}.
Target parse_target(const std::string& text);

}  // namespace godesk::app
