// The end of a connection: asked for, failed, or told by the peer (RFC 9000 10).
#include <algorithm>

#include "quic/connection.h"
#include "quic/connection_core.h"

namespace godesk::quic {
namespace {

// Transport errors 0x0100-0x01ff carry a TLS alert (RFC 9001 4.8).
constexpr std::uint64_t kCryptoErrorFirst = 0x100, kCryptoErrorLast = 0x1ff;

}  // namespace

void ConnectionCore::close(Time now, std::uint64_t code, std::string_view reason) {
  if (!alive()) return;
  stamp(now);
  ngtcp2_ccerr error;
  ngtcp2_ccerr_default(&error);
  const ByteView text = bytes_of(reason);
  ngtcp2_ccerr_set_application_error(&error, code, text.data(), text.size());
  begin_closing(error, now);
  end(CloseReason::local, false, code, std::string(reason));
}

void ConnectionCore::fail(int library_error, Time now) {
  ngtcp2_ccerr error;
  ngtcp2_ccerr_default(&error);
  switch (library_error) {
    case NGTCP2_ERR_DRAINING:
      return end_drained();
    case NGTCP2_ERR_IDLE_CLOSE:
      return end(CloseReason::idle, false, 0, "");
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return end(CloseReason::handshake_timeout, false, 0, "");
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
    case NGTCP2_ERR_VERSION_NEGOTIATION_FAILURE:
      return end(CloseReason::dropped, false, 0, ngtcp2_strerror(library_error));
    case NGTCP2_ERR_CRYPTO: {
      const std::uint8_t alert = ngtcp2_conn_get_tls_alert(conn_);
      if (alert != 0)
        ngtcp2_ccerr_set_tls_alert(&error, alert, nullptr, 0);
      else
        ngtcp2_ccerr_set_liberr(&error, library_error, nullptr, 0);
      begin_closing(error, now);
      const auto reason = tls_.peer_refused() ? CloseReason::key_refused : CloseReason::tls;
      return end(reason, false, alert, ngtcp2_strerror(library_error));
    }
    default:
      break;
  }
  ngtcp2_ccerr_set_liberr(&error, library_error, nullptr, 0);
  const std::uint64_t code = error.error_code;
  begin_closing(error, now);
  const bool ours = ngtcp2_err_is_fatal(library_error) || library_error == NGTCP2_ERR_INTERNAL;
  end(ours ? CloseReason::internal : CloseReason::transport, false, code, ngtcp2_strerror(library_error));
}

void ConnectionCore::begin_closing(const ngtcp2_ccerr& error, Time now) {
  closing_until_ = now + 3 * probe_timeout();
  close_packet_.resize(mtu_);
  const auto size = ngtcp2_conn_write_connection_close(conn_, nullptr, nullptr, close_packet_.data(),
                                                       close_packet_.size(), &error, now_);
  close_packet_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  close_packet_due_ = !close_packet_.empty();
}

void ConnectionCore::end_drained() {
  const ngtcp2_ccerr error = shim::received_close(conn_);
  const std::uint64_t code = error.error_code;
  std::string text(text_of({error.reason, error.reasonlen}));
  if (error.type == NGTCP2_CCERR_TYPE_APPLICATION) return end(CloseReason::peer, true, code, std::move(text));
  if (code >= kCryptoErrorFirst && code <= kCryptoErrorLast)
    return end(CloseReason::tls, true, code - kCryptoErrorFirst, std::move(text));
  end(CloseReason::transport, true, code, std::move(text));
}

void ConnectionCore::end(CloseReason reason, bool by_peer, std::uint64_t code, std::string text) {
  life_ = close_packet_due_ ? Life::closing : Life::done;
  log_.write(LogLevel::debug, std::string("quic: closed: ") + to_string(reason));
  events_.push_back(Closed{reason, by_peer, code, std::move(text)});
  for (auto& queue : datagrams_) queue.clear();
  ready_.clear();
}

Duration ConnectionCore::probe_timeout() const {
  // RFC 9002 6.2.1, with the default acknowledgement delay.
  const ngtcp2_conn_info info = this->info();
  return Duration(static_cast<std::int64_t>(info.smoothed_rtt +
                                            std::max<std::uint64_t>(4 * info.rttvar, ns(1ms)))) +
         25ms;
}

}  // namespace godesk::quic
