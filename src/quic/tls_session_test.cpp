#include "quic/tls_session.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <gtest/gtest.h>

#include "quic/test_link.h"

namespace godesk::quic {
namespace {

Config any_client() { return config_of(client_key()); }
Config any_server() { return config_of(server_key()); }

std::string with(std::string_view what, std::string_view instead) {
  std::string priority = kTlsPriority;
  const auto at = priority.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return priority.replace(at, what.size(), instead);
}

/// Shakes hands with one foreign end; neither end may ever be connected.
void expect_refused(const TlsOptions& foreign, bool foreign_is_client) {
  TestLink link(any_client(), any_server());
  (foreign_is_client ? link.client_tls : link.server_tls) = foreign;
  EXPECT_FALSE(link.connect(12s));
  const End& ours = foreign_is_client ? link.server : link.client;
  EXPECT_FALSE(link.client.peer && link.server.peer);
  EXPECT_FALSE(ours.peer) << "our end accepted";
  ASSERT_TRUE(link.client.closed);
  EXPECT_NE(link.client.closed->reason, CloseReason::internal);
}
void expect_refused(const std::string& priority) {
  TlsOptions foreign;
  foreign.priority = priority;
  expect_refused(foreign, true);
  expect_refused(foreign, false);
}

/// Self-made Ed25519 X.509 certificate.
struct X509Credentials {
  X509Credentials() {
    gnutls_x509_privkey_init(&key);
    gnutls_x509_privkey_generate(key, GNUTLS_PK_EDDSA_ED25519, 0, 0);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_key(certificate, key);
    gnutls_x509_crt_set_serial(certificate, "\1", 1);
    gnutls_x509_crt_set_activation_time(certificate, 0);
    gnutls_x509_crt_set_expiration_time(certificate, 4'000'000'000);
    gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA512, 0);
    gnutls_certificate_allocate_credentials(&credentials);
    EXPECT_EQ(gnutls_certificate_set_x509_key(credentials, &certificate, 1, key), 0);
  }
  ~X509Credentials() {
    gnutls_certificate_free_credentials(credentials);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
  }
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
  gnutls_certificate_credentials_t credentials;
};

TEST(TlsSession, NegotiatesExactlyWhatIsPromised) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  for (const End* end : {&link.client, &link.server}) {
    const TlsFacts facts = end->connection->tls();
    EXPECT_EQ(facts.version, "TLS1.3");
    EXPECT_EQ(facts.cipher, "AES-256-GCM");
    EXPECT_EQ(facts.hash, "SHA384");
    EXPECT_EQ(facts.key_exchange, "X25519");
    EXPECT_EQ(facts.server_signature, "EdDSA-Ed25519");
    EXPECT_EQ(facts.client_signature, "EdDSA-Ed25519");
    EXPECT_EQ(facts.own_certificate, "Raw Public Key");
    EXPECT_EQ(facts.peer_certificate, "Raw Public Key");
    EXPECT_EQ(facts.alpn, "godesk/1");
  }
}

TEST(TlsSession, RefusesOtherCiphers) {
  expect_refused(with("+AEAD:+AES-256-GCM:+SHA384", "+AEAD:+CHACHA20-POLY1305:+SHA256"));
  expect_refused(with("+AES-256-GCM:+SHA384", "+AES-128-GCM:+SHA256"));
}

TEST(TlsSession, RefusesOtherGroups) {
  expect_refused(with("+GROUP-X25519", "+GROUP-SECP256R1"));
  expect_refused(with("+GROUP-X25519", "+GROUP-FFDHE2048"));
}

TEST(TlsSession, RefusesOtherVersions) { expect_refused(with("+VERS-TLS1.3", "+VERS-TLS1.2:+ECDHE-ECDSA")); }

TEST(TlsSession, RefusesX509) {
  X509Credentials x509;
  TlsOptions foreign;
  foreign.priority = with("+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK", "+CTYPE-CLI-X509:+CTYPE-SRV-X509");
  foreign.credentials = x509.credentials;
  expect_refused(foreign, true);
  expect_refused(foreign, false);
}

TEST(TlsSession, RefusesAClientWithoutKey) {
  TlsOptions keyless;
  gnutls_certificate_allocate_credentials(&keyless.credentials);
  expect_refused(keyless, true);
  gnutls_certificate_free_credentials(keyless.credentials);
}

TEST(TlsSession, RefusesAnotherProtocol) {
  Config client = any_client();
  client.alpn = "h3";
  TestLink link(client, any_server());
  EXPECT_FALSE(link.connect(12s));
  EXPECT_FALSE(link.client.peer);
  EXPECT_FALSE(link.server.peer);
  ASSERT_TRUE(link.client.closed);
  EXPECT_EQ(link.client.closed->reason, CloseReason::tls);
  EXPECT_EQ(link.client.closed->code, 120u);
}

TEST(TlsSession, ClientRefusesAnUnexpectedServer) {
  TestLink link(config_of(client_key(), other_key().public_key), any_server());
  EXPECT_FALSE(link.connect(12s));
  EXPECT_FALSE(link.client.peer);
  EXPECT_FALSE(link.server.peer);
  ASSERT_TRUE(link.client.closed && link.server.closed);
  EXPECT_EQ(link.client.closed->reason, CloseReason::key_refused);
  EXPECT_EQ(link.client.closed->code, 42u);
  EXPECT_EQ(link.server.closed->reason, CloseReason::tls);
  EXPECT_TRUE(link.server.closed->by_peer);
}

TEST(TlsSession, ServerRefusesAnUnexpectedClientAndTheClientIsNeverConnected) {
  TestLink link(any_client(), config_of(server_key(), other_key().public_key));
  EXPECT_FALSE(link.connect(12s));
  EXPECT_FALSE(link.client.peer);  // its TLS was finished, yet it was not accepted
  EXPECT_FALSE(link.server.peer);
  ASSERT_TRUE(link.client.closed && link.server.closed);
  EXPECT_EQ(link.server.closed->reason, CloseReason::key_refused);
  EXPECT_EQ(link.client.closed->reason, CloseReason::tls);
  EXPECT_EQ(link.client.closed->code, 42u);
}

TEST(TlsSession, SomebodyElsesKeyNeedsItsPrivateHalf) {
  Config thief = config_of({other_key().seed, client_key().public_key});
  TestLink link(thief, config_of(server_key(), client_key().public_key));
  EXPECT_FALSE(link.connect(12s));
  EXPECT_FALSE(link.client.peer);
  EXPECT_FALSE(link.server.peer);
  ASSERT_TRUE(link.client.closed);
  // Same from the other side.
  TestLink reverse(config_of(client_key(), server_key().public_key),
                   config_of({other_key().seed, server_key().public_key}));
  EXPECT_FALSE(reverse.connect(12s));
  EXPECT_FALSE(reverse.client.peer);
  EXPECT_FALSE(reverse.server.peer);
}

}  // namespace
}  // namespace godesk::quic
