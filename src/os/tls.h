// Inside os: TLS on a connected socket, both ends.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/bytes.h"
#include "os/certificate.h"
#include "os/transport.h"

namespace godesk::os {

using TlsSocket = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
using TlsContext = boost::asio::ssl::context;

struct TlsClientOptions {
  std::string host;      // sent as SNI unless it is a literal, and what the certificate must name if vouched
  std::string alpn;      // offered if not empty
  bool vouched = false;  // judge the certificate by the OS trust store
  bool tls13 = false;    // nothing older
};

/// The contexts are shared by all connections of a driver.
std::unique_ptr<TlsContext> make_client_context(bool vouched);
/// Offers "stun.turn", "stun.nat-discovery" and "http/1.1"; resumes nothing, so it keeps no state.
std::unique_ptr<TlsContext> make_server_context(const TlsIdentity&);

std::unique_ptr<TlsSocket> make_tls_client(boost::asio::ip::tcp::socket, TlsContext&,
                                           const TlsClientOptions&);

/// RFC 9266, 32 bytes; empty when the connection cannot give it (TLS 1.2 without extended master secret).
Buffer channel_binding(TlsSocket&);
std::string chosen_alpn(TlsSocket&);
bool is_tls13(TlsSocket&);
/// After a failed handshake: was it our judgement of the certificate?
bool is_untrusted(TlsSocket&);

/// `early`: bytes already read from the connection, delivered first.
std::unique_ptr<Transport> make_tls_transport(std::unique_ptr<TlsSocket>, Buffer early = {});

}  // namespace godesk::os
