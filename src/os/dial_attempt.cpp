#include "os/dial_attempt.h"

#include <charconv>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include "crypto/http_auth.h"
#include "os/random.h"
#include "os/sockaddr.h"
#include "os/websocket.h"

namespace godesk::os {

namespace asio = boost::asio;
using asio::ip::tcp;
using Why = StreamClosed::Why;

namespace {

constexpr std::size_t kMaxProxyHead = 8 * 1024;

bool is_websocket(StreamKind kind) {
  return kind == StreamKind::websocket || kind == StreamKind::websocket_vouched;
}
bool is_vouched(StreamKind kind) {
  return kind == StreamKind::tls_vouched || kind == StreamKind::websocket_vouched;
}

tcp::endpoint to_asio(const Endpoint& endpoint) {
  SocketAddress address = to_sockaddr(endpoint);
  tcp::endpoint out;
  out.resize(address.length);
  std::memcpy(out.data(), address.get(), address.length);
  return out;
}

std::string authority(const HostPort& target) {
  bool v6 = target.host.find(':') != std::string::npos;
  return (v6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

}  // namespace

std::string connect_request(const HostPort& target, const std::string& authorization) {
  std::string where = authority(target);
  std::string request = "CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n";
  if (!authorization.empty()) request += "Proxy-Authorization: " + authorization + "\r\n";
  return request + "\r\n";
}

int http_status(std::string_view head) {
  if (!head.starts_with("HTTP/1.") || head.size() < 12 || head[8] != ' ') return 0;
  int status = 0;
  auto [end, error] = std::from_chars(head.data() + 9, head.data() + 12, status);
  return error == std::errc() && end == head.data() + 12 ? status : 0;
}

Attempt::Attempt(asio::io_context& io, ClientContexts& contexts, AttemptPlan plan)
    : contexts_(contexts), plan_(std::move(plan)), socket_(io) {}

void Attempt::start(Done done) {
  done_ = std::move(done);
  connect();
}

void Attempt::connect() {
  Error error;
  tcp::endpoint to = to_asio(plan_.to);
  socket_.open(to.protocol(), error);
  if (error) {
    asio::post(socket_.get_executor(),
               [self = shared_from_this(), error] { self->fail(Why::unreachable, error.message()); });
    return;
  }
  fd_ = socket_.native_handle();
  socket_.async_connect(to, [self = shared_from_this()](Error failed) {
    if (self->over_) return;
    if (failed) return self->fail(Why::unreachable, failed.message());
    self->on_connected();
  });
}

void Attempt::cancel() {
  if (over_) return;
  over_ = true;
  // Whatever layer owns the socket now: its pending operation ends, and with it the last owner.
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
  Error ignored;
  if (socket_.is_open()) socket_.close(ignored);
}

void Attempt::on_connected() {
  connected_ = true;
  tune(socket_);
  opened_.local = local_endpoint(fd_);
  opened_.remote = remote_endpoint(fd_);
  opened_.proxied = plan_.through.has_value();
  if (plan_.through) return ask_proxy();
  secure();
}

void Attempt::ask_proxy() {
  head_ = connect_request(plan_.target, authorization_);
  asio::async_write(socket_, asio::buffer(head_), [self = shared_from_this()](Error error, std::size_t) {
    if (self->over_) return;
    if (error) return self->fail(Why::unreachable, "proxy: " + error.message());
    self->head_.clear();
    self->read_proxy_answer();
  });
}

void Attempt::read_proxy_answer() {
  asio::async_read_until(socket_, asio::dynamic_buffer(head_, kMaxProxyHead), "\r\n\r\n",
                         [self = shared_from_this()](Error error, std::size_t) {
                           if (self->over_) return;
                           if (error) return self->fail(Why::unreachable, "proxy: " + error.message());
                           self->on_proxy_answer();
                         });
}

void Attempt::on_proxy_answer() {
  const int status = http_status(head_);
  if (status == 407) return prove_ourselves();
  if (status / 100 != 2) return fail(Why::unreachable, "the proxy said " + std::to_string(status));
  // All our protocols let the client speak first: what follows the head would be somebody else's.
  if (!head_.ends_with("\r\n\r\n")) return fail(Why::failed, "the proxy said too much");
  secure();
}

/// Once, on a connection of its own: what follows a 407 on this one differs from proxy to proxy. Nothing of
/// the password is said before the proxy has said how it wants it.
void Attempt::prove_ourselves() {
  const Proxy& proxy = *plan_.through;
  const std::string_view head = std::string_view(head_).substr(0, head_.find("\r\n\r\n"));
  OsRandom random;
  auto proof = authorization_.empty() && !proxy.user.empty()
                   ? crypto::proxy_authorization(head, proxy.user, proxy.password, "CONNECT",
                                                 authority(plan_.target), to_hex(random.bytes<16>()))
                   : std::nullopt;
  if (!proof) return fail(Why::failed, "the proxy wants another user or password");
  authorization_ = std::move(*proof);
  head_.clear();
  Error ignored;
  socket_.close(ignored);
  connect();
}

void Attempt::secure() {
  if (plan_.kind == StreamKind::tcp) return finish(make_plain_transport(std::move(socket_)));
  bool vouched = is_vouched(plan_.kind);
  tls_ = make_tls_client(std::move(socket_), contexts_.get(vouched),
                         {plan_.target.host, plan_.alpn, vouched, is_websocket(plan_.kind)});
  tls_->async_handshake(TlsSocket::client, [self = shared_from_this()](Error error) {
    if (!self->over_) self->on_secured(error);
  });
}

void Attempt::on_secured(const Error& error) {
  if (error)
    return fail(is_vouched(plan_.kind) && is_untrusted(*tls_) ? Why::untrusted : Why::failed,
                "TLS: " + error.message());
  opened_.tls_exporter = channel_binding(*tls_);
  if (!is_websocket(plan_.kind)) return finish(make_tls_transport(std::move(tls_)));
  websocket_connect(std::move(tls_), authority(plan_.target), plan_.path, plan_.max_message,
                    [self = shared_from_this()](WebSocketResult result) {
                      if (self->over_) return;
                      if (!result.transport) return self->fail(Why::failed, result.why);
                      self->finish(std::move(result.transport));
                    });
}

void Attempt::finish(std::unique_ptr<Transport> transport) {
  over_ = true;
  std::exchange(done_, nullptr)({std::move(transport), std::move(opened_), {}});
}

void Attempt::fail(Why why, std::string detail) {
  if (over_) return;
  cancel();
  std::exchange(done_, nullptr)({nullptr, {}, {why, std::move(detail)}});
}

}  // namespace godesk::os
