// Inside os: one attempt of a dial: one address, all layers.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "os/dial.h"

namespace godesk::os {

struct AttemptPlan {
  StreamKind kind = StreamKind::tcp;
  Endpoint to;                   // where TCP goes
  HostPort target;               // whom we mean
  std::optional<Proxy> through;  // `to` is this proxy
  std::string alpn, path;
  std::size_t max_message = 0;
};

class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  using Done = std::function<void(Dialed)>;

  Attempt(boost::asio::io_context&, ClientContexts&, AttemptPlan);
  /// `done` is called once, unless cancelled, never from within this call.
  void start(Done done);
  void cancel();
  /// TCP stands; what may still be missing is layers.
  bool connected() const { return connected_; }

 private:
  void connect();
  void on_connected();
  void ask_proxy();
  void read_proxy_answer();
  void on_proxy_answer();
  void prove_ourselves();
  void secure();
  void on_secured(const Error&);
  void finish(std::unique_ptr<Transport>);
  void fail(StreamClosed::Why, std::string detail);

  ClientContexts& contexts_;
  AttemptPlan plan_;
  Done done_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsSocket> tls_;
  std::string head_;           // of the exchange with the proxy
  std::string authorization_;  // what the proxy asked for; secret
  int fd_ = -1;
  bool connected_ = false;
  bool over_ = false;
  StreamOpened opened_;
};

/// The request for RFC 9110 section 9.3.6; `authorization` is the value of Proxy-Authorization, empty for
/// none.
std::string connect_request(const HostPort& target, const std::string& authorization);
/// The status code of an HTTP response head; 0 when it is none.
int http_status(std::string_view head);

}  // namespace godesk::os
