#include "os/accept.h"

#include <cerrno>
#include <cstring>

#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/sockaddr.h"
#include "os/websocket.h"

namespace godesk::os {

namespace asio = boost::asio;
using asio::ip::tcp;

std::shared_ptr<void> Admissions::admit(const IpAddress& from) {
  IpAddress source = from.prefix(from.is_v4() ? 32 : 56);
  std::size_t& mine = by_source_[source];
  if (all_ >= config_.max_accepted || mine >= config_.max_accepted_per_prefix) {
    if (mine == 0) by_source_.erase(source);
    return nullptr;
  }
  ++all_;
  ++mine;
  return std::shared_ptr<void>(this, [this, source](void*) {
    --all_;
    auto entry = by_source_.find(source);
    if (--entry->second == 0) by_source_.erase(entry);
  });
}

namespace {

constexpr std::size_t kFirstBytes = 4096;
constexpr auto kNoDescriptors = std::chrono::milliseconds(100);

enum class Speaks { nothing_known, stun, http };

Speaks by_alpn(const std::string& name) {
  if (name == "stun.turn" || name == "stun.nat-discovery") return Speaks::stun;
  return name == "http/1.1" ? Speaks::http : Speaks::nothing_known;
}

Speaks by_first_byte(std::uint8_t byte) {
  bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
  if (letter) return Speaks::http;
  return byte <= 0x03 ? Speaks::stun : Speaks::nothing_known;
}

/// An accepted connection on a TLS port until it is known what it is.
class Greeting : public std::enable_shared_from_this<Greeting> {
 public:
  using Done = std::function<void(Arrival)>;  // transport null: it came to nothing

  Greeting(tcp::socket socket, TlsContext& context, const DriverConfig& config,
           std::vector<std::string> paths, Arrival arrival, Done done)
      : fd_(socket.native_handle()),
        limit_(socket.get_executor()),
        tls_(std::make_unique<TlsSocket>(std::move(socket), context)),
        max_message_(config.max_message),
        paths_(std::move(paths)),
        arrival_(std::move(arrival)),
        done_(std::move(done)) {
    limit_.expires_after(config.handshake_timeout);
  }

  void start() {
    limit_.async_wait([weak = weak_from_this()](Error error) {
      auto self = weak.lock();
      if (self && !error && !self->over_) ::shutdown(self->fd_, SHUT_RDWR);
    });
    tls_->async_handshake(TlsSocket::server, [self = shared_from_this()](Error error) {
      if (error) return self->finish(nullptr);
      self->on_secured();
    });
  }

 private:
  void on_secured() {
    arrival_.opened.tls_exporter = channel_binding(*tls_);
    Speaks speaks = by_alpn(chosen_alpn(*tls_));
    if (speaks != Speaks::nothing_known) return proceed(speaks);
    first_.resize(kFirstBytes);
    tls_->async_read_some(asio::buffer(first_), [self = shared_from_this()](Error error, std::size_t n) {
      if (error || n == 0) return self->finish(nullptr);
      self->first_.resize(n);
      self->proceed(by_first_byte(self->first_.front()));
    });
  }

  void proceed(Speaks speaks) {
    if (speaks == Speaks::nothing_known) return finish(nullptr);
    if (speaks == Speaks::stun) {
      arrival_.kind = Accepted::Kind::tls;
      return finish(make_tls_transport(std::move(tls_), std::move(first_)));
    }
    arrival_.kind = Accepted::Kind::websocket;
    websocket_accept(std::move(tls_), std::move(first_), paths_, max_message_,
                     [self = shared_from_this()](WebSocketResult result) {
                       self->arrival_.path = std::move(result.path);
                       self->finish(std::move(result.transport));
                     });
  }

  void finish(std::unique_ptr<Transport> transport) {
    over_ = true;
    limit_.cancel();
    arrival_.transport = std::move(transport);
    std::exchange(done_, nullptr)(std::move(arrival_));
  }

  int fd_;
  asio::steady_timer limit_;
  std::unique_ptr<TlsSocket> tls_;
  std::size_t max_message_;
  std::vector<std::string> paths_;
  Buffer first_;
  Arrival arrival_;
  Done done_;
  bool over_ = false;
};

class TcpListener final : public Listener {
 public:
  TcpListener(asio::io_context& io, const DriverConfig& config, Admissions& admissions,
              Driver::Counts& counts, std::function<void(Arrival)> arrived)
      : config_(config),
        admissions_(admissions),
        counts_(counts),
        arrived_(std::move(arrived)),
        acceptor_(io),
        pause_(io) {}

  void serve_tls(const TlsListening& tls) {
    context_ = make_server_context(tls.identity);
    paths_ = tls.websocket_paths;
  }

  Error adopt(int fd, bool v4) {
    Error error;
    acceptor_.assign(v4 ? tcp::v4() : tcp::v6(), fd, error);
    local_ = local_endpoint(fd);
    return error;
  }

  void accept() {
    acceptor_.async_accept([this](Error error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error && error != asio::error::connection_aborted) return accept_later();
      if (!error) take(std::move(socket));
      accept();
    });
  }

  Endpoint local() const override { return local_; }

 private:
  /// Out of descriptors or memory: others must end first.
  void accept_later() {
    pause_.expires_after(kNoDescriptors);
    pause_.async_wait([this](Error error) {
      if (!error) accept();
    });
  }

  void take(tcp::socket socket) {
    Arrival arrival;
    arrival.opened.local = local_endpoint(socket.native_handle());
    arrival.opened.remote = remote_endpoint(socket.native_handle());
    arrival.admission = admissions_.admit(arrival.opened.remote.ip);
    if (!arrival.admission) {
      ++counts_.refused_streams;
      return;
    }
    tune(socket);
    if (context_) return greet(std::move(socket), std::move(arrival));
    arrival.transport = make_plain_transport(std::move(socket));
    arrived_(std::move(arrival));
  }

  void greet(tcp::socket socket, Arrival arrival) {
    std::make_shared<Greeting>(std::move(socket), *context_, config_, paths_, std::move(arrival),
                               [this](Arrival ready) {
                                 if (!ready.transport) {
                                   ++counts_.failed_handshakes;
                                   return;
                                 }
                                 arrived_(std::move(ready));
                               })
        ->start();
  }

  const DriverConfig& config_;
  Admissions& admissions_;
  Driver::Counts& counts_;
  std::function<void(Arrival)> arrived_;
  std::unique_ptr<TlsContext> context_;
  std::vector<std::string> paths_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Endpoint local_;
};

int open_listening(const Endpoint& local) {
  int fd = ::socket(local.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  int on = 1;
  // Not to share a port with another program, but not to wait for connections of a former run either.
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!local.ip.is_v4()) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  SocketAddress address = to_sockaddr(local);
  if (::bind(fd, address.get(), address.length) == 0 && ::listen(fd, SOMAXCONN) == 0) return fd;
  int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

}  // namespace

Result<std::unique_ptr<Listener>, ListenFailure> listen(asio::io_context& io, const DriverConfig& config,
                                                        Admissions& admissions, Driver::Counts& counts,
                                                        const Endpoint& local, const TlsListening* tls,
                                                        std::function<void(Arrival)> arrived) {
  int fd = open_listening(local);
  if (fd < 0) return Failure{ListenFailure{errno, std::strerror(errno)}};
  auto listener = std::make_unique<TcpListener>(io, config, admissions, counts, std::move(arrived));
  if (Error error = listener->adopt(fd, local.ip.is_v4())) {
    ::close(fd);
    return Failure{ListenFailure{error.value(), error.message()}};
  }
  if (tls) listener->serve_tls(*tls);
  listener->accept();
  return std::unique_ptr<Listener>(std::move(listener));
}

}  // namespace godesk::os
