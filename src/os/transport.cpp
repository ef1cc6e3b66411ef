#include "os/transport.h"

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <netinet/tcp.h>

#include "os/tls.h"

namespace godesk::os {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t kReadChunk = 16 * 1024;  // one TLS record

/// The handlers hold the state, not the transport: a closed transport may be destroyed while the kernel still
/// owes it an answer.
template <class Socket>
struct State {
  explicit State(Socket taken) : socket(std::move(taken)) {}
  Socket socket;
  std::array<std::uint8_t, kReadChunk> chunk;
  bool closed = false;
};

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(tcp::socket socket)
      : state_(std::make_shared<State<tcp::socket>>(std::move(socket))) {
    Error ignored;
    state_->socket.non_blocking(true, ignored);
  }
  ~PlainTransport() override { close(); }

  void read(std::function<void(Error, ByteView)> done) override {
    state_->socket.async_read_some(asio::buffer(state_->chunk),
                                   [state = state_, done = std::move(done)](Error error, std::size_t n) {
                                     if (!state->closed) done(error, ByteView(state->chunk.data(), n));
                                   });
  }
  std::optional<std::size_t> try_write(ByteView bytes) override {
    Error error;
    std::size_t n = state_->socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    return error ? std::nullopt : std::optional(n);
  }
  void write(ByteView bytes, std::function<void(Error, std::size_t)> done) override {
    state_->socket.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                                    [state = state_, done = std::move(done)](Error error, std::size_t n) {
                                      if (!state->closed) done(error, n);
                                    });
  }
  void farewell() override {
    Error ignored;
    state_->socket.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    state_->closed = true;
    Error ignored;
    state_->socket.close(ignored);
  }

 private:
  std::shared_ptr<State<tcp::socket>> state_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(std::unique_ptr<TlsSocket> socket, Buffer early)
      : state_(std::make_shared<State<std::unique_ptr<TlsSocket>>>(std::move(socket))),
        early_(std::move(early)) {}
  ~TlsTransport() override { close(); }

  void read(std::function<void(Error, ByteView)> done) override {
    if (!early_.empty()) return deliver_early(std::move(done));
    state_->socket->async_read_some(asio::buffer(state_->chunk),
                                    [state = state_, done = std::move(done)](Error error, std::size_t n) {
                                      if (!state->closed) done(error, ByteView(state->chunk.data(), n));
                                    });
  }
  void write(ByteView bytes, std::function<void(Error, std::size_t)> done) override {
    state_->socket->async_write_some(asio::buffer(bytes.data(), bytes.size()),
                                     [state = state_, done = std::move(done)](Error error, std::size_t n) {
                                       if (!state->closed) done(error, n);
                                     });
  }
  void farewell() override {
    state_->socket->async_shutdown([state = state_](Error) {});
  }
  void close() override {
    state_->closed = true;
    Error ignored;
    state_->socket->next_layer().close(ignored);
  }

 private:
  void deliver_early(std::function<void(Error, ByteView)> done) {
    asio::post(state_->socket->get_executor(),
               [state = state_, early = std::exchange(early_, {}), done = std::move(done)] {
                 if (!state->closed) done({}, early);
               });
  }

  std::shared_ptr<State<std::unique_ptr<TlsSocket>>> state_;
  Buffer early_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(tcp::socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> make_tls_transport(std::unique_ptr<TlsSocket> socket, Buffer early) {
  return std::make_unique<TlsTransport>(std::move(socket), std::move(early));
}

bool is_end(const Error& error) {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::ssl::error::stream_truncated;
}

void tune(tcp::socket& socket) {
  constexpr int kNotSentLow = 16 * 1024;
  Error ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  int low = kNotSentLow;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof low);
}

}  // namespace godesk::os
