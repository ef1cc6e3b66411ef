// Stands in for TLS under quic::Connection, so that a handshake costs microseconds and packets carry their
// frames in clear: whoever changes bytes on the wire is then a peer who sends such frames. Included by
// exactly one .cpp of a target, whose definitions the linker prefers to those of the quic room and of
// ngtcp2's helper.
//
//   client  INITIAL: length u16, its transport parameters
//   server  INITIAL: one byte; HANDSHAKE: length u16, its transport parameters
//   client  HANDSHAKE: one byte
//
// A packet ends in 16 bytes of zero; one whose last byte is anything else counts as forged.
#pragma once

#include <cstring>

#include "quic/connection_core.h"
#include "quic/tls_session.h"

#if NGTCP2_VERSION_NUM < 0x010000
using NullTlsLevel = ngtcp2_crypto_level;
inline constexpr auto kInitialLevel = NGTCP2_CRYPTO_LEVEL_INITIAL;
inline constexpr auto kHandshakeLevel = NGTCP2_CRYPTO_LEVEL_HANDSHAKE;
inline void null_tls_completed(ngtcp2_conn* conn) { ngtcp2_conn_handshake_completed(conn); }
inline int null_tls_take(ngtcp2_conn* conn, godesk::ByteView parameters) {
  return ngtcp2_conn_decode_remote_transport_params(conn, parameters.data(), parameters.size());
}
#else
using NullTlsLevel = ngtcp2_encryption_level;
inline constexpr auto kInitialLevel = NGTCP2_ENCRYPTION_LEVEL_INITIAL;
inline constexpr auto kHandshakeLevel = NGTCP2_ENCRYPTION_LEVEL_HANDSHAKE;
inline void null_tls_completed(ngtcp2_conn* conn) { ngtcp2_conn_tls_handshake_completed(conn); }
inline int null_tls_take(ngtcp2_conn* conn, godesk::ByteView parameters) {
  return ngtcp2_conn_decode_and_set_remote_transport_params(conn, parameters.data(), parameters.size());
}
#endif

/// What takes the place of a GnuTLS session: the handshake bytes heard so far, by level.
struct NullTls {
  godesk::Buffer heard[2];
};

namespace godesk::quic {

TlsSession::TlsSession(Role role, const Config& config, ngtcp2_crypto_conn_ref*, const TlsOptions&)
    : role_(role), expected_(config.expected_peer), alpn_(config.alpn) {
  session_ = reinterpret_cast<gnutls_session_t>(new NullTls);
}
TlsSession::~TlsSession() { delete reinterpret_cast<NullTls*>(session_); }
int TlsSession::verify_peer() {
  if (expected_) peer_key_ = *expected_;
  return 0;
}
bool TlsSession::alpn_agreed() const { return true; }
std::optional<Buffer> TlsSession::exporter(std::string_view, std::size_t size) const { return Buffer(size); }
TlsFacts TlsSession::facts() const { return {}; }

}  // namespace godesk::quic

namespace null_tls {

using godesk::ByteView;
using godesk::quic::ConnectionCore;
using godesk::quic::Role;

inline constexpr std::size_t kTag = 16;
inline std::uint8_t handle;  // what keys point to: never looked at, but not null
inline constexpr std::uint8_t kIv[12] = {}, kSecret[48] = {};

inline ngtcp2_crypto_aead_ctx aead() { return {&handle}; }
inline ngtcp2_crypto_cipher_ctx cipher() { return {&handle}; }
inline ngtcp2_crypto_ctx context() {
  ngtcp2_crypto_ctx c{};
  c.aead = {&handle, kTag};
  c.md = {&handle};
  c.hp = {&handle};
  c.max_encryption = 1u << 23;
  c.max_decryption_failure = std::uint64_t{1} << 36;
  return c;
}

inline int initial_keys(ngtcp2_conn* conn) {
  const auto c = context();
  ngtcp2_conn_set_initial_crypto_ctx(conn, &c);
  const auto rx = aead(), tx = aead();
  const auto rx_hp = cipher(), tx_hp = cipher();
  return ngtcp2_conn_install_initial_key(conn, &rx, kIv, &rx_hp, &tx, kIv, &tx_hp, sizeof kIv);
}
inline int handshake_keys(ngtcp2_conn* conn) {
  const auto c = context();
  ngtcp2_conn_set_crypto_ctx(conn, &c);
  const auto key = aead();
  const auto hp = cipher();
  if (const int rx = ngtcp2_conn_install_rx_handshake_key(conn, &key, kIv, sizeof kIv, &hp)) return rx;
  return ngtcp2_conn_install_tx_handshake_key(conn, &key, kIv, sizeof kIv, &hp);
}
inline int rx_key(ngtcp2_conn* conn) {
  const auto key = aead();
  const auto hp = cipher();
  return ngtcp2_conn_install_rx_key(conn, kSecret, sizeof kSecret, &key, kIv, sizeof kIv, &hp);
}
inline int tx_key(ngtcp2_conn* conn) {
  const auto key = aead();
  const auto hp = cipher();
  return ngtcp2_conn_install_tx_key(conn, kSecret, sizeof kSecret, &key, kIv, sizeof kIv, &hp);
}

inline int say(ngtcp2_conn* conn, NullTlsLevel level, ByteView bytes) {
  return ngtcp2_conn_submit_crypto_data(conn, level, bytes.data(), bytes.size());
}
inline int say_parameters(ngtcp2_conn* conn, NullTlsLevel level) {
  std::uint8_t bytes[512];
  const auto size = ngtcp2_conn_encode_local_transport_params(conn, bytes, sizeof bytes);
  if (size < 0) return static_cast<int>(size);
  const auto hello = godesk::Writer()
                         .u16(static_cast<std::uint16_t>(size))
                         .bytes({bytes, static_cast<std::size_t>(size)})
                         .take();
  return say(conn, level, hello);
}

/// The peer's parameters, once they are complete. False: not yet; `error` says whether they were bad.
inline bool take_parameters(ngtcp2_conn* conn, godesk::Buffer& heard, int& error) {
  godesk::Reader in(heard);
  const std::size_t size = in.u16();
  if (in.failed() || in.left() < size) return false;
  error = null_tls_take(conn, in.take(size));
  heard.clear();
  return error == 0;
}

inline int server_hears(ngtcp2_conn* conn, NullTls& tls, NullTlsLevel level) {
  int error = 0;
  if (level == kInitialLevel) {
    if (!take_parameters(conn, tls.heard[0], error)) return error;
    if ((error = handshake_keys(conn)) || (error = say(conn, kInitialLevel, ByteView(&handle, 1))))
      return error;
    if ((error = say_parameters(conn, kHandshakeLevel))) return error;
    return tx_key(conn);
  }
  if (!ngtcp2_conn_get_handshake_completed(conn)) {
    if ((error = rx_key(conn))) return error;
    null_tls_completed(conn);
  }
  return 0;
}

inline int client_hears(ngtcp2_conn* conn, NullTls& tls, NullTlsLevel level, bool first) {
  if (level == kInitialLevel) return first ? handshake_keys(conn) : 0;
  int error = 0;
  if (ngtcp2_conn_get_handshake_completed(conn) || !take_parameters(conn, tls.heard[1], error)) return error;
  if ((error = say(conn, kHandshakeLevel, ByteView(&handle, 1))) || (error = rx_key(conn)) ||
      (error = tx_key(conn)))
    return error;
  null_tls_completed(conn);
  return 0;
}

}  // namespace null_tls

// ---- instead of ngtcp2_crypto_gnutls

int ngtcp2_crypto_client_initial_cb(ngtcp2_conn* conn, void*) {
  const auto retry = null_tls::context().aead;
  const auto retry_key = null_tls::aead();
  ngtcp2_conn_set_retry_aead(conn, &retry, &retry_key);
  if (null_tls::initial_keys(conn) != 0) return NGTCP2_ERR_CALLBACK_FAILURE;
  return null_tls::say_parameters(conn, kInitialLevel) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

int ngtcp2_crypto_recv_client_initial_cb(ngtcp2_conn* conn, const ngtcp2_cid*, void*) {
  return null_tls::initial_keys(conn) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

int ngtcp2_crypto_recv_retry_cb(ngtcp2_conn* conn, const ngtcp2_pkt_hd*, void*) {
  return null_tls::initial_keys(conn) == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

int ngtcp2_crypto_recv_crypto_data_cb(ngtcp2_conn* conn, NullTlsLevel level, std::uint64_t,
                                      const std::uint8_t* data, std::size_t size, void* user) {
  auto& core = *static_cast<godesk::quic::ConnectionCore*>(user);
  auto& tls = *static_cast<NullTls*>(ngtcp2_conn_get_tls_native_handle(conn));
  if (level != kInitialLevel && level != kHandshakeLevel) return NGTCP2_ERR_CRYPTO;
  core.verify_peer();
  auto& heard = tls.heard[level == kHandshakeLevel];
  const bool first = heard.empty();
  godesk::append(heard, {data, size});
  const int error = core.role() == godesk::quic::Role::server
                        ? null_tls::server_hears(conn, tls, level)
                        : null_tls::client_hears(conn, tls, level, first);
  return error == 0 ? 0 : NGTCP2_ERR_CRYPTO;
}

int ngtcp2_crypto_encrypt_cb(std::uint8_t* out, const ngtcp2_crypto_aead*, const ngtcp2_crypto_aead_ctx*,
                             const std::uint8_t* plain, std::size_t size, const std::uint8_t*, std::size_t,
                             const std::uint8_t*, std::size_t) {
  if (size > 0) std::memmove(out, plain, size);
  std::memset(out + size, 0, null_tls::kTag);
  return 0;
}

int ngtcp2_crypto_decrypt_cb(std::uint8_t* out, const ngtcp2_crypto_aead*, const ngtcp2_crypto_aead_ctx*,
                             const std::uint8_t* sealed, std::size_t size, const std::uint8_t*, std::size_t,
                             const std::uint8_t*, std::size_t) {
  if (size < null_tls::kTag || sealed[size - 1] != 0) return NGTCP2_ERR_DECRYPT;
  if (size > null_tls::kTag) std::memmove(out, sealed, size - null_tls::kTag);
  return 0;
}

int ngtcp2_crypto_hp_mask_cb(std::uint8_t* out, const ngtcp2_crypto_cipher*, const ngtcp2_crypto_cipher_ctx*,
                             const std::uint8_t*) {
  std::memset(out, 0, NGTCP2_HP_MASKLEN);
  return 0;
}

int ngtcp2_crypto_update_key_cb(ngtcp2_conn*, std::uint8_t* rx_secret, std::uint8_t* tx_secret,
                                ngtcp2_crypto_aead_ctx* rx, std::uint8_t* rx_iv, ngtcp2_crypto_aead_ctx* tx,
                                std::uint8_t* tx_iv, const std::uint8_t*, const std::uint8_t*,
                                std::size_t size, void*) {
  std::memset(rx_secret, 0, size);
  std::memset(tx_secret, 0, size);
  std::memset(rx_iv, 0, sizeof null_tls::kIv);
  std::memset(tx_iv, 0, sizeof null_tls::kIv);
  *rx = *tx = null_tls::aead();
  return 0;
}

void ngtcp2_crypto_delete_crypto_aead_ctx_cb(ngtcp2_conn*, ngtcp2_crypto_aead_ctx*, void*) {}
void ngtcp2_crypto_delete_crypto_cipher_ctx_cb(ngtcp2_conn*, ngtcp2_crypto_cipher_ctx*, void*) {}
int ngtcp2_crypto_version_negotiation_cb(ngtcp2_conn*, std::uint32_t, const ngtcp2_cid*, void*) { return 0; }
