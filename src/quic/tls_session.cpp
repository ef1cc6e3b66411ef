#include "quic/tls_session.h"

#include <algorithm>
#include <stdexcept>

#include <gnutls/abstract.h>

#include "quic/connection_core.h"

namespace godesk::quic {
namespace {

// RFC 8410: the DER around a raw Ed25519 key.
constexpr std::array<std::uint8_t, 12> kSpkiPrefix = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                      0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::array<std::uint8_t, 16> kPkcs8Prefix = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                       0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

void check(int code, const char* what) {
  if (code < 0) throw std::runtime_error(std::string(what) + ": " + gnutls_strerror(code));
}

gnutls_datum_t datum(MutableBytes bytes) { return {bytes.data(), static_cast<unsigned>(bytes.size())}; }

std::string text(const char* name) { return name ? name : ""; }

int verify_callback(gnutls_session_t session) {
  auto* ref = static_cast<ngtcp2_crypto_conn_ref*>(gnutls_session_get_ptr(session));
  return static_cast<ConnectionCore*>(ref->user_data)->verify_peer();
}

}  // namespace

TlsSession::TlsSession(Role role, const Config& config, ngtcp2_crypto_conn_ref* ref,
                       const TlsOptions& options)
    : role_(role), expected_(config.expected_peer), alpn_(config.alpn) {
  const unsigned side = role == Role::server ? GNUTLS_SERVER : GNUTLS_CLIENT;
  check(gnutls_init(&session_, side | GNUTLS_ENABLE_RAWPK | GNUTLS_NO_TICKETS), "TLS session");
  check(gnutls_priority_set_direct(session_, options.priority.c_str(), nullptr), "TLS parameters");
  set_credentials(config, options);
  set_alpn();
  gnutls_session_set_ptr(session_, ref);
  gnutls_session_set_verify_function(session_, verify_callback);
  if (role == Role::server) gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
  const int configured = role == Role::server ? ngtcp2_crypto_gnutls_configure_server_session(session_)
                                              : ngtcp2_crypto_gnutls_configure_client_session(session_);
  check(configured, "TLS for QUIC");
}

TlsSession::~TlsSession() {
  gnutls_deinit(session_);
  if (own_credentials_) gnutls_certificate_free_credentials(own_credentials_);
}

void TlsSession::set_credentials(const Config& config, const TlsOptions& options) {
  auto credentials = options.credentials;
  if (!credentials) {
    check(gnutls_certificate_allocate_credentials(&own_credentials_), "TLS credentials");
    credentials = own_credentials_;
    std::array<std::uint8_t, kSpkiPrefix.size() + 32> spki;
    std::copy(config.public_key.begin(), config.public_key.end(),
              std::copy(kSpkiPrefix.begin(), kSpkiPrefix.end(), spki.begin()));
    std::array<std::uint8_t, kPkcs8Prefix.size() + 32> pkcs8;
    std::copy(config.seed.begin(), config.seed.end(),
              std::copy(kPkcs8Prefix.begin(), kPkcs8Prefix.end(), pkcs8.begin()));
    const gnutls_datum_t spki_der = datum(spki), pkcs8_der = datum(pkcs8);
    const int loaded = gnutls_certificate_set_rawpk_key_mem(credentials, &spki_der, &pkcs8_der,
                                                            GNUTLS_X509_FMT_DER, nullptr, 0, nullptr, 0, 0);
    gnutls_memset(pkcs8.data(), 0, pkcs8.size());
    check(loaded, "Ed25519 key");
  }
  check(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials), "TLS credentials");
}

void TlsSession::set_alpn() {
  const gnutls_datum_t protocol = {reinterpret_cast<unsigned char*>(alpn_.data()),
                                   static_cast<unsigned>(alpn_.size())};
  check(gnutls_alpn_set_protocols(session_, &protocol, 1, GNUTLS_ALPN_MANDATORY), "ALPN");
}

int TlsSession::verify_peer() {
  refused_ = true;
  if (gnutls_certificate_type_get2(session_, GNUTLS_CTYPE_PEERS) != GNUTLS_CRT_RAWPK)
    return GNUTLS_E_CERTIFICATE_ERROR;
  unsigned count = 0;
  const gnutls_datum_t* shown = gnutls_certificate_get_peers(session_, &count);
  if (!shown || count != 1 || shown[0].size != kSpkiPrefix.size() + 32 ||
      !std::equal(kSpkiPrefix.begin(), kSpkiPrefix.end(), shown[0].data))
    return GNUTLS_E_CERTIFICATE_ERROR;
  std::copy_n(shown[0].data + kSpkiPrefix.size(), 32, peer_key_.begin());
  if (expected_ && gnutls_memcmp(expected_->data(), peer_key_.data(), 32) != 0)
    return GNUTLS_E_CERTIFICATE_ERROR;
  refused_ = false;
  return 0;
}

bool TlsSession::alpn_agreed() const {
  gnutls_datum_t chosen{};
  if (gnutls_alpn_get_selected_protocol(session_, &chosen) != 0) return false;
  return same_bytes({chosen.data, chosen.size}, bytes_of(alpn_));
}

std::optional<Buffer> TlsSession::exporter(std::string_view label, std::size_t size) const {
  Buffer out(size);
  const int made = gnutls_prf_rfc5705(session_, label.size(), label.data(), 0, "", out.size(),
                                      reinterpret_cast<char*>(out.data()));
  if (made != 0) return std::nullopt;
  return out;
}

TlsFacts TlsSession::facts() const {
  const auto signature = [&](int algorithm) {
    return text(gnutls_sign_get_name(static_cast<gnutls_sign_algorithm_t>(algorithm)));
  };
  const auto certificate = [&](gnutls_ctype_target_t whose) {
    return text(gnutls_certificate_type_get_name(gnutls_certificate_type_get2(session_, whose)));
  };
  TlsFacts facts;
  facts.version = text(gnutls_protocol_get_name(gnutls_protocol_get_version(session_)));
  facts.cipher = text(gnutls_cipher_get_name(gnutls_cipher_get(session_)));
  facts.hash = text(gnutls_digest_get_name(gnutls_prf_hash_get(session_)));
  facts.key_exchange = text(gnutls_group_get_name(gnutls_group_get(session_)));
  facts.server_signature = signature(gnutls_sign_algorithm_get(session_));
  facts.client_signature = signature(gnutls_sign_algorithm_get_client(session_));
  facts.own_certificate = certificate(GNUTLS_CTYPE_OURS);
  facts.peer_certificate = certificate(GNUTLS_CTYPE_PEERS);
  if (alpn_agreed()) facts.alpn = alpn_;
  return facts;
}

}  // namespace godesk::quic
