// The TLS 1.3 half of a connection: one GnuTLS session with raw Ed25519 keys (RFC 7250) on both ends.
//
//   1. Constructed with the role's keys and a priority string that leaves nothing to negotiate.
//   2. ngtcp2's helper drives the handshake through native(); the verify callback judges the peer's key
//      after GnuTLS has checked that the peer holds its private half.
//   3. After the handshake: peer_key(), exporter(), facts().
//
// Never resumes, sends no tickets and no early data, and looks at no X.509.
#pragma once

#include <optional>
#include <string>

#include "quic/ngtcp2_shim.h"
#include "quic/types.h"

namespace godesk::quic {

inline constexpr const char* kTlsPriority =
    "NONE:+VERS-TLS1.3:+AEAD:+AES-256-GCM:+SHA384:+GROUP-X25519:+SIGN-EDDSA-ED25519:"
    "%DISABLE_TLS13_COMPAT_MODE:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK";

/// The seam through which tests build peers that offer something else. The product uses the defaults.
struct TlsOptions {
  std::string priority = kTlsPriority;
  gnutls_certificate_credentials_t credentials = nullptr;  // borrowed; null: the raw key of the Config
};

class TlsSession {
 public:
  /// `ref` must outlive the session. Throws std::runtime_error if GnuTLS refuses (policy, memory).
  TlsSession(Role role, const Config& config, ngtcp2_crypto_conn_ref* ref, const TlsOptions& options);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  gnutls_session_t native() const { return session_; }
  /// Called from the verify callback: 0, or the GnuTLS error that ends the handshake.
  int verify_peer();
  bool peer_refused() const { return refused_; }
  /// Meaningful once verify_peer() has passed.
  const RawKey& peer_key() const { return peer_key_; }
  /// RFC 7301: also the client insists.
  bool alpn_agreed() const;
  std::optional<Buffer> exporter(std::string_view label, std::size_t size) const;
  TlsFacts facts() const;

 private:
  void set_credentials(const Config& config, const TlsOptions& options);
  void set_alpn();

  Role role_;
  std::optional<RawKey> expected_;
  std::string alpn_;
  gnutls_session_t session_ = nullptr;
  gnutls_certificate_credentials_t own_credentials_ = nullptr;
  RawKey peer_key_{};
  bool refused_ = false;
};

}  // namespace godesk::quic
