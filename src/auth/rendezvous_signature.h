// Proof of a key at the start of each control connection, both ways (SECURITY 1): an Ed25519 signature over
//
//   "GoDesk rendezvous v1" ‖ role (1 byte) ‖ server identity key (32) ‖ tls-exporter (32, RFC 9266)
//
// All parts have fixed lengths. The server's key and the exporter make a signature worthless at any other
// server and on any other connection; the role, in any other place of the protocol.
#pragma once

#include <optional>

#include "auth/identity.h"

namespace godesk::auth {

enum class RendezvousRole : std::uint8_t { host = 1, viewer = 2, server = 3 };

inline constexpr std::size_t kTlsExporterSize = 32;

/// Nothing if the exporter has not 32 bytes: then this is no TLS 1.3 connection of ours.
std::optional<crypto::Signature> sign_rendezvous(const Identity& signer, RendezvousRole role,
                                                 const crypto::PublicKey& server, ByteView tls_exporter);
bool verify_rendezvous(const crypto::PublicKey& signer, RendezvousRole role, const crypto::PublicKey& server,
                       ByteView tls_exporter, ByteView signature);

}  // namespace godesk::auth
