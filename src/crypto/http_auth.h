// How a proxy wants its user to prove who he is, and the proof: the best of what a 407 offers, Digest with
// SHA-256, then Digest with MD5 (RFC 7616), then Basic (RFC 7617).
//
// It understands quoted and bare parameters, several challenges in one header or in several (RFC
// 9110 11.6.1), and session algorithms; not auth-int. What the proxy said is bounded by the caller.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace godesk::crypto {

struct HttpChallenge {
  std::string scheme;                         // lower case
  std::map<std::string, std::string> values;  // by lower-case name, unquoted
};

/// All of the Proxy-Authenticate headers of a response head. What is malformed ends its header.
std::vector<HttpChallenge> proxy_challenges(std::string_view head);

/// The value of Proxy-Authorization for `method` of `uri`; nothing when the head offers nothing that we can
/// do. `cnonce`: fresh, of characters that need no quoting.
std::optional<std::string> proxy_authorization(std::string_view head, std::string_view user,
                                               std::string_view password, std::string_view method,
                                               std::string_view uri, std::string_view cnonce);

}  // namespace godesk::crypto
