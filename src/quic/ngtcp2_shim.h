// ngtcp2, as version 1.x names it. Debian 12 and Ubuntu 24.04 ship 0.12.1: there this header supplies the 1.x
// names the room uses. The few things that have no common form are functions in namespace `shim`.
#pragma once

#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include "base/bytes.h"

#if NGTCP2_VERSION_NUM < 0x010000

using ngtcp2_conn_info = ngtcp2_conn_stat;
inline void ngtcp2_conn_get_conn_info(ngtcp2_conn* conn, ngtcp2_conn_info* out) {
  ngtcp2_conn_get_conn_stat(conn, out);
}

using ngtcp2_ccerr = ngtcp2_connection_close_error;
inline constexpr auto NGTCP2_CCERR_TYPE_TRANSPORT = NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_TRANSPORT;
inline constexpr auto NGTCP2_CCERR_TYPE_APPLICATION = NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
inline void ngtcp2_ccerr_default(ngtcp2_ccerr* e) { ngtcp2_connection_close_error_default(e); }
inline void ngtcp2_ccerr_set_liberr(ngtcp2_ccerr* e, int liberr, const std::uint8_t* reason, std::size_t n) {
  ngtcp2_connection_close_error_set_transport_error_liberr(e, liberr, reason, n);
}
inline void ngtcp2_ccerr_set_tls_alert(ngtcp2_ccerr* e, std::uint8_t alert, const std::uint8_t* reason,
                                       std::size_t n) {
  ngtcp2_connection_close_error_set_transport_error_tls_alert(e, alert, reason, n);
}
inline void ngtcp2_ccerr_set_application_error(ngtcp2_ccerr* e, std::uint64_t code,
                                               const std::uint8_t* reason, std::size_t n) {
  ngtcp2_connection_close_error_set_application_error(e, code, reason, n);
}

// By argument count apart from 0.12.1's own functions of these names.
inline int ngtcp2_conn_shutdown_stream_read(ngtcp2_conn* conn, std::uint32_t, std::int64_t id,
                                            std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream_read(conn, id, code);
}
inline int ngtcp2_conn_shutdown_stream_write(ngtcp2_conn* conn, std::uint32_t, std::int64_t id,
                                             std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream_write(conn, id, code);
}

namespace godesk::quic::shim {

inline constexpr auto kBbr = NGTCP2_CC_ALGO_BBR2;

inline ngtcp2_ccerr received_close(ngtcp2_conn* conn) {
  ngtcp2_ccerr error;
  ngtcp2_conn_get_connection_close_error(conn, &error);
  return error;
}
inline ByteView token_of(const ngtcp2_pkt_hd& hd) { return {hd.token.base, hd.token.len}; }
inline void set_retry_token(ngtcp2_settings& settings, Buffer& token) {
  settings.token = {token.data(), token.size()};
}
inline void set_original_dcid(ngtcp2_transport_params& params, const ngtcp2_cid& id) {
  params.original_dcid = id;
}

}  // namespace godesk::quic::shim

#else

namespace godesk::quic::shim {

inline constexpr auto kBbr = NGTCP2_CC_ALGO_BBR;

inline ngtcp2_ccerr received_close(ngtcp2_conn* conn) { return *ngtcp2_conn_get_ccerr(conn); }
inline ByteView token_of(const ngtcp2_pkt_hd& hd) { return {hd.token, hd.tokenlen}; }
inline void set_retry_token(ngtcp2_settings& settings, Buffer& token) {
  settings.token = token.data();
  settings.tokenlen = token.size();
  settings.token_type = NGTCP2_TOKEN_TYPE_RETRY;
}
inline void set_original_dcid(ngtcp2_transport_params& params, const ngtcp2_cid& id) {
  params.original_dcid = id;
  params.original_dcid_present = 1;
}

}  // namespace godesk::quic::shim

#endif
