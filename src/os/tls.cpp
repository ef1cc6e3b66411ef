#include "os/tls.h"

#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/address.h"

namespace godesk::os {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kServed[] = {"stun.turn", "stun.nat-discovery", "http/1.1"};

std::optional<ByteView> find_protocol(ByteView offered, std::string_view wanted) {
  Reader list(offered);
  while (!list.empty()) {
    ByteView name = list.take(list.u8());
    if (list.failed()) break;
    if (text_of(name) == wanted) return name;
  }
  return std::nullopt;
}

/// The first of ours that the client offers too: TURN clients name HTTP as well, as a disguise. None is not
/// an error, the first byte decides then.
int choose_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned int offered_size, void*) {
  for (std::string_view served : kServed) {
    auto name = find_protocol({offered, offered_size}, served);
    if (!name) continue;
    *chosen = name->data();
    *chosen_size = static_cast<unsigned char>(name->size());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

void judge_by_trust_store(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  if (IpAddress::parse(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size());
  }
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
}

}  // namespace

std::unique_ptr<TlsContext> make_client_context(bool vouched) {
  auto context = std::make_unique<TlsContext>(TlsContext::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(asio::ssl::verify_none);
  if (vouched) context->set_default_verify_paths();
  return context;
}

std::unique_ptr<TlsContext> make_server_context(const TlsIdentity& identity) {
  auto context = std::make_unique<TlsContext>(TlsContext::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(raw, choose_alpn, nullptr);
  context->use_certificate_chain(asio::buffer(identity.certificate_pem));
  context->use_private_key(asio::buffer(identity.key_pem), TlsContext::pem);
  return context;
}

std::unique_ptr<TlsSocket> make_tls_client(asio::ip::tcp::socket socket, TlsContext& context,
                                           const TlsClientOptions& options) {
  auto tls = std::make_unique<TlsSocket>(std::move(socket), context);
  SSL* ssl = tls->native_handle();
  if (options.tls13) SSL_set_min_proto_version(ssl, TLS1_3_VERSION);
  if (!IpAddress::parse(options.host)) SSL_set_tlsext_host_name(ssl, options.host.c_str());
  if (!options.alpn.empty() && options.alpn.size() < 256) {
    Writer list;
    list.u8(static_cast<std::uint8_t>(options.alpn.size())).bytes(bytes_of(options.alpn));
    SSL_set_alpn_protos(ssl, list.buffer().data(), static_cast<unsigned>(list.size()));
  }
  if (options.vouched) judge_by_trust_store(ssl, options.host);
  return tls;
}

Buffer channel_binding(TlsSocket& tls) {
  SSL* ssl = tls.native_handle();
  if (!is_tls13(tls) && SSL_get_extms_support(ssl) != 1) return {};
  constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
  Buffer out(32);
  int ok =
      SSL_export_keying_material(ssl, out.data(), out.size(), kLabel.data(), kLabel.size(), nullptr, 0, 0);
  return ok == 1 ? out : Buffer{};
}

std::string chosen_alpn(TlsSocket& tls) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls.native_handle(), &name, &size);
  return std::string(reinterpret_cast<const char*>(name), size);
}

bool is_tls13(TlsSocket& tls) { return SSL_version(tls.native_handle()) >= TLS1_3_VERSION; }

bool is_untrusted(TlsSocket& tls) { return SSL_get_verify_result(tls.native_handle()) != X509_V_OK; }

}  // namespace godesk::os
