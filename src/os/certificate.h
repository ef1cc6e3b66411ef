// The TLS certificate of a server: made by itself at the first run. Nobody vouches for it and nobody needs
// to: the server proves its identity key inside TLS (SECURITY 1), and what a relay carries is sealed.
#pragma once

#include <string>

#include "base/time.h"

namespace godesk::os {

struct TlsIdentity {
  std::string certificate_pem;
  std::string key_pem;  // secret
};

/// A new ECDSA P-256 key and a certificate of its own for it, valid from `now` for 20 years, with `name` as
/// its only alternative name (a DNS name or an IP literal).
TlsIdentity make_tls_identity(const std::string& name, WallTime now);

}  // namespace godesk::os
