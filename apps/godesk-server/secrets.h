// What a server makes at its first run and keeps in its data directory.
#pragma once

#include <string>

#include "auth/identity.h"
#include "base/random.h"
#include "os/certificate.h"

namespace godesk::server {

struct Secrets {
  auth::Identity identity;  // `identity`: what the join string names
  std::string turn_secret;  // `turn-secret`: one line; a relay of this server elsewhere is given the same
  os::TlsIdentity tls;      // `tls.pem`: certificate and key
};

/// `host`: the name in a new certificate. Throws os::SetupError, os::FileError.
Secrets read_or_make_secrets(const std::string& data_dir, const std::string& host, WallTime now,
                             Random& random);

}  // namespace godesk::server
