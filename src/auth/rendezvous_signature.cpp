#include "auth/rendezvous_signature.h"

namespace godesk::auth {
namespace {

Buffer message_of(RendezvousRole role, const crypto::PublicKey& server, ByteView tls_exporter) {
  Writer out;
  out.bytes(bytes_of("GoDesk rendezvous v1")).u8(static_cast<std::uint8_t>(role));
  out.bytes(server.bytes).bytes(tls_exporter);
  return out.take();
}

}  // namespace

std::optional<crypto::Signature> sign_rendezvous(const Identity& signer, RendezvousRole role,
                                                 const crypto::PublicKey& server, ByteView tls_exporter) {
  if (tls_exporter.size() != kTlsExporterSize) return std::nullopt;
  return crypto::sign(signer.key, message_of(role, server, tls_exporter));
}

bool verify_rendezvous(const crypto::PublicKey& signer, RendezvousRole role, const crypto::PublicKey& server,
                       ByteView tls_exporter, ByteView signature) {
  if (tls_exporter.size() != kTlsExporterSize) return false;
  return crypto::verify(signer, message_of(role, server, tls_exporter), signature);
}

}  // namespace godesk::auth
