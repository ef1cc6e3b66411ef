#include "os/websocket.h"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/src.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace godesk::os {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

namespace {

using Socket = websocket::stream<TlsSocket, false>;  // false: no permessage-deflate, all we carry is sealed

struct State {
  explicit State(TlsSocket&& tls) : socket(std::move(tls)) {}
  Socket socket;
  beast::flat_buffer incoming;
  bool closed = false;
};
using StatePtr = std::shared_ptr<State>;

class WebSocketTransport final : public Transport {
 public:
  explicit WebSocketTransport(StatePtr state) : state_(std::move(state)) {}
  ~WebSocketTransport() override { close(); }

  void read(std::function<void(Error, ByteView)> done) override {
    state_->incoming.clear();
    state_->socket.async_read(
        state_->incoming, [state = state_, done = std::move(done)](Error error, std::size_t) {
          if (state->closed) return;
          if (!error && !state->socket.got_binary()) error = websocket::error::bad_opcode;
          if (error == websocket::error::closed) error = asio::error::eof;
          auto data = state->incoming.cdata();
          done(error, ByteView(static_cast<const std::uint8_t*>(data.data()), data.size()));
        });
  }
  void write(ByteView bytes, std::function<void(Error, std::size_t)> done) override {
    state_->socket.async_write(
        asio::buffer(bytes.data(), bytes.size()),
        [state = state_, size = bytes.size(), done = std::move(done)](Error error, std::size_t) {
          if (!state->closed) done(error, size);
        });
  }
  bool messages() const override { return true; }
  void farewell() override {
    state_->socket.async_close(websocket::close_code::normal, [state = state_](Error) {});
  }
  void close() override {
    state_->closed = true;
    Error ignored;
    beast::get_lowest_layer(state_->socket).close(ignored);
  }

 private:
  StatePtr state_;
};

StatePtr make_state(std::unique_ptr<TlsSocket> tls, std::size_t max_message) {
  auto state = std::make_shared<State>(std::move(*tls));
  state->socket.binary(true);
  state->socket.auto_fragment(false);
  state->socket.read_message_max(max_message);
  // Time limits are the stream's business, for all transports alike.
  state->socket.set_option(
      websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
  return state;
}

WebSocketResult result_of(const StatePtr& state, const Error& error) {
  if (error) return {nullptr, "WebSocket: " + error.message()};
  return {std::make_unique<WebSocketTransport>(state), ""};
}

/// One HTTP request on its way to becoming a WebSocket.
class Upgrade : public std::enable_shared_from_this<Upgrade> {
 public:
  Upgrade(std::unique_ptr<TlsSocket> tls, const Buffer& early, std::vector<std::string> paths,
          std::size_t max_message, OnWebSocket done)
      : tls_(std::move(tls)), paths_(std::move(paths)), max_message_(max_message), done_(std::move(done)) {
    asio::buffer_copy(received_.prepare(early.size()), asio::buffer(early));
    received_.commit(early.size());
    parser_.header_limit(kMaxHeader);
    parser_.body_limit(std::uint64_t{0});
  }

  void start() {
    http::async_read_header(*tls_, received_, parser_, [self = shared_from_this()](Error error, std::size_t) {
      if (error) return self->done_({nullptr, "HTTP: " + error.message()});
      self->answer();
    });
  }

 private:
  static constexpr std::size_t kMaxHeader = 8 * 1024;

  void answer() {
    const auto& request = parser_.get();
    if (!websocket::is_upgrade(request)) return refuse(http::status::upgrade_required);
    const std::string path(request.target());
    if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) return refuse(http::status::not_found);
    if (!is_tls13(*tls_)) return refuse(http::status::forbidden);
    auto state = make_state(std::move(tls_), max_message_);
    state->socket.async_accept(request, [self = shared_from_this(), state, path](Error error) {
      WebSocketResult result = result_of(state, error);
      result.path = path;
      self->done_(std::move(result));
    });
  }

  void refuse(http::status status) {
    response_.result(status);
    response_.version(11);
    response_.set(http::field::content_type, "text/plain");
    if (status == http::status::upgrade_required) {
      response_.set(http::field::upgrade, "websocket");
      response_.set(http::field::connection, "upgrade, close");
    }
    response_.body() = "This is a GoDesk server. There is nothing to read here.\n";
    response_.keep_alive(false);
    response_.prepare_payload();
    http::async_write(*tls_, response_, [self = shared_from_this()](Error, std::size_t) {
      self->tls_->async_shutdown([self](Error) { self->done_({nullptr, "HTTP without WebSocket"}); });
    });
  }

  std::unique_ptr<TlsSocket> tls_;
  beast::flat_buffer received_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
  std::vector<std::string> paths_;
  std::size_t max_message_;
  OnWebSocket done_;
};

}  // namespace

void websocket_connect(std::unique_ptr<TlsSocket> tls, const std::string& host, const std::string& path,
                       std::size_t max_message, OnWebSocket done) {
  auto state = make_state(std::move(tls), max_message);
  state->socket.async_handshake(
      host, path.empty() ? "/" : path,
      [state, done = std::move(done)](Error error) { done(result_of(state, error)); });
}

void websocket_accept(std::unique_ptr<TlsSocket> tls, Buffer early, const std::vector<std::string>& paths,
                      std::size_t max_message, OnWebSocket done) {
  std::make_shared<Upgrade>(std::move(tls), early, paths, max_message, std::move(done))->start();
}

}  // namespace godesk::os
