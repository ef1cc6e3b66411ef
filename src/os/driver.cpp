#include "os/driver.h"

#include <csignal>
#include <map>
#include <set>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "ice/nat64.h"
#include "os/accept.h"
#include "os/alarm.h"
#include "os/clock.h"
#include "os/dial.h"
#include "os/network.h"
#include "os/network_watch.h"
#include "os/pref64_watch.h"
#include "os/resolver.h"
#include "os/stream.h"
#include "os/udp.h"

namespace godesk::os {

namespace asio = boost::asio;

namespace {

constexpr auto kFlushCheck = std::chrono::milliseconds(5);
constexpr int kBetweenTimers = 8;  // turns, while there is always something to do

}  // namespace

class Driver::Impl final : public Stream::Hooks {
 public:
  Impl(Machine& machine, LogSink& log, DriverConfig config)
      : machine_(machine),
        log_(log),
        config_(std::move(config)),
        admissions_(config_),
        signals_(io_),
        alarm_(io_, [this] { on_timer(); }),
        resolver_(io_),
        pref64_(io_, [this](const ice::Nat64Prefix& prefix) { tell_nat64(prefix); }),
        network_(io_, [this] { turn([this] { tell_network(); }); }) {
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~Impl() {
    for (auto& [id, stream] : streams_) drop(stream);
    for (auto& [id, stream] : closing_) stream->drop();
    for (auto& [id, socket] : sockets_) socket->close();
  }

  Time now() const { return now_; }
  const Counts& counts() const { return counts_; }

  Result<Endpoint, ListenFailure> listen_udp(SocketId id, const Endpoint& local) {
    auto socket = UdpSocket::open(io_, local, {config_.dont_fragment, true}, counts_);
    if (!socket) return Failure{socket.reason()};
    adopt(id, *socket);
    return (*socket)->local();
  }

  Result<Endpoint, ListenFailure> listen_tcp(const Endpoint& local, const TlsListening* tls, OnAccept hook) {
    auto listener =
        listen(io_, config_, admissions_, counts_, local, tls,
               [this, hook = std::move(hook)](Arrival arrival) { arrive(hook, std::move(arrival)); });
    if (!listener) return Failure{listener.reason()};
    listeners_.push_back(std::move(*listener));
    return listeners_.back()->local();
  }

  void after_turn(std::function<bool()> hook) { after_turn_ = std::move(hook); }

  void watch(int fd, std::function<void()> hook) {
    watches_.erase(fd);
    auto watched = std::make_shared<Watched>(io_, fd, std::move(hook));
    watches_[fd] = watched;
    wait(watched);
  }
  void unwatch(int fd) { watches_.erase(fd); }

  void at(Time when, std::function<void()> hook) { hooks_.emplace(when, std::move(hook)); }

  void post(std::function<void()> hook) {
    asio::post(io_, [this, hook = std::move(hook)] { turn(hook); });
  }

  void on_signal(std::function<void()> hook) { signal_hook_ = std::move(hook); }

  void run() {
    Error ignored;
    signals_.add(SIGINT, ignored);
    signals_.add(SIGTERM, ignored);
    wait_for_signal();
    auto work = asio::make_work_guard(io_);
    turn([this] { tell_network(); });
    while (!io_.stopped()) {
      for (int i = 0; i < kBetweenTimers && io_.poll_one() > 0; ++i) continue;
      arm();
      io_.run_one();
    }
    io_.restart();
    signals_.clear(ignored);
  }

  void stop() { io_.stop(); }

  void stop_when_flushed(Duration limit) {
    asio::post(io_, [this, limit] { check_flushed(os::now() + limit); });
  }

 private:
  struct OpenStreamEntry {
    std::shared_ptr<Dial> dial;      // until it stands
    std::shared_ptr<Stream> stream;  // from then on
    std::size_t told = 0;            // the last backlog the machine heard of
  };
  struct Watched {
    Watched(asio::io_context& io, int file, std::function<void()> call)
        : fd(file), descriptor(io, file), hook(std::move(call)) {}
    ~Watched() { descriptor.release(); }
    int fd;
    asio::posix::stream_descriptor descriptor;
    std::function<void()> hook;
  };

  // ---- turns

  /// One thing that happened.
  template <class Event>
  void turn(Event&& event) {
    now_ = os::now();
    event();
    // To drain asks everything in the machine what is due: where it led to nothing, once is enough.
    bool any = drain();
    while ((after_turn_ && after_turn_()) || any)
      if (!(any = drain())) break;
  }

  bool drain() {
    bool any = false;
    do {
      std::vector<Command> after_transmits;
      while (auto command = machine_.next_command()) {
        any = true;
        if (must_wait(*command, after_transmits)) {
          after_transmits.push_back(std::move(*command));
        } else {
          obey(std::move(*command));
        }
      }
      while (auto transmit = machine_.next_transmit()) {
        any = true;
        std::visit([this](auto&& what) { carry(std::move(what)); }, std::move(*transmit));
      }
      for (Command& command : after_transmits) obey(std::move(command));
    } while (tell_backlogs());
    return any;
  }

  void obey(Command command) {
    std::visit([this](auto&& what) { carry_out(std::move(what)); }, std::move(command));
  }

  /// Closing comes after the transmits of the same turn, and so does opening a port that may just be closing.
  static bool must_wait(const Command& command, const std::vector<Command>& waiting) {
    if (auto* open = std::get_if<OpenSocket>(&command)) return open->local.port != 0 && !waiting.empty();
    return std::holds_alternative<CloseSocket>(command) || std::holds_alternative<CloseStream>(command);
  }

  Time next_hook() const { return hooks_.empty() ? kNever : hooks_.begin()->first; }

  /// Before it sleeps, not after each turn: most deadlines are overtaken by what comes next, and each costs a
  /// call of the system or, worse, a wake-up.
  void arm() { alarm_.set(std::min(machine_.next_deadline(), next_hook())); }

  void on_timer() {
    const Time until = os::now();
    if (machine_.next_deadline() <= until) turn([this] { machine_.on_timer(now_); });
    while (next_hook() <= until) {
      const auto hook = std::move(hooks_.begin()->second);
      hooks_.erase(hooks_.begin());
      turn(hook);
    }
  }

  void tell_network() { machine_.on_network(now_, local_addresses()); }

  // ---- datagrams

  void adopt(SocketId id, const std::shared_ptr<UdpSocket>& socket) {
    if (auto& old = sockets_[id]) old->close();
    sockets_[id] = socket;
    // Each at its own time: what one of a run leads to (a picture is encoded) may take long, and would make
    // the others' round trips too short.
    socket->start([this, id](const Endpoint& from, ByteView bytes) {
      turn([&] { machine_.on_datagram(now_, id, from, bytes); });
    });
  }

  void carry_out(OpenSocket what) {
    auto socket = UdpSocket::open(io_, what.local, {config_.dont_fragment, false}, counts_);
    SocketEvent event;
    if (socket) {
      adopt(what.socket, *socket);
      event = SocketOpened{(*socket)->local()};
    } else {
      event = SocketFailed{socket.reason().why};
    }
    post([this, id = what.socket, event] { machine_.on_socket(now_, id, event); });
  }

  void carry_out(CloseSocket what) {
    auto found = sockets_.find(what.socket);
    if (found == sockets_.end()) return;
    found->second->close();
    sockets_.erase(found);
  }

  void carry(Datagram what) {
    auto found = sockets_.find(what.socket);
    if (found == sockets_.end()) {
      ++counts_.unsent;
      return;
    }
    found->second->send(what.to, what.bytes, what.ttl);
  }

  void carry_out(Resolve what) {
    // What a router advertises goes before what the resolver says (RFC 8781 5.1).
    const auto nat64 = what.host == ice::kNat64Name ? pref64_.prefix(os::now()) : std::nullopt;
    if (nat64) return asio::post(io_, [this, prefix = *nat64] { tell_nat64(prefix); });
    resolver_.resolve(what.host, [this, host = what.host](const std::vector<IpAddress>& found) {
      turn([&] { machine_.on_resolved(now_, host, found); });
    });
  }
  void tell_nat64(const ice::Nat64Prefix& prefix) {
    turn([&] { machine_.on_resolved(now_, ice::kNat64Name, nat64_answers(prefix)); });
  }

  // ---- streams

  Stream::Limits outgoing_limits() const { return {config_.max_queued, {}, {}, config_.close_timeout}; }
  Stream::Limits incoming_limits() const {
    return {config_.max_queued, config_.handshake_timeout, config_.idle_timeout, config_.close_timeout};
  }

  void carry_out(OpenStream what) {
    StreamId id = what.stream;
    if (streams_.count(id)) return;
    streams_[id].dial = dial(io_, config_, resolver_, contexts_, std::move(what),
                             [this, id](Dialed result) { on_dialed(id, std::move(result)); });
  }

  void on_dialed(StreamId id, Dialed result) {
    auto found = streams_.find(id);
    if (found == streams_.end()) return;
    if (!result.transport) {
      streams_.erase(found);
      turn([&] { machine_.on_stream(now_, id, result.closed); });
      return;
    }
    found->second.dial = nullptr;
    stand(id, std::move(result.transport), std::move(result.opened), outgoing_limits(), nullptr, nullptr);
  }

  void arrive(const OnAccept& hook, Arrival arrival) {
    StreamId id = Ids::accepted(++last_accepted_ & 0x7fffffffu);
    if (streams_.count(id) || closing_.count(id)) return;
    Accepted accepted{id, arrival.kind, arrival.opened.local, arrival.opened.remote, arrival.path};
    stand(id, std::move(arrival.transport), std::move(arrival.opened), incoming_limits(),
          std::move(arrival.admission), [&] { hook(accepted); });
  }

  void stand(StreamId id, std::unique_ptr<Transport> transport, StreamOpened opened, Stream::Limits limits,
             std::shared_ptr<void> admission, std::function<void()> first) {
    auto stream =
        std::make_shared<Stream>(io_, id, std::move(transport), *this, limits, std::move(admission));
    streams_[id].stream = stream;
    turn([&] {
      if (first) first();
      machine_.on_stream(now_, id, opened);
    });
    stream->start();
  }

  void carry(StreamBytes what) {
    auto found = streams_.find(what.stream);
    if (found == streams_.end() || !found->second.stream) {
      ++counts_.unsent;
      return;
    }
    found->second.stream->send(std::move(what.bytes));
    touched_.insert(what.stream);
  }

  void carry_out(CloseStream what) {
    auto found = streams_.find(what.stream);
    if (found == streams_.end()) return;
    OpenStreamEntry entry = std::move(found->second);
    streams_.erase(found);
    if (entry.dial) entry.dial->cancel();
    if (!entry.stream) return;
    closing_[what.stream] = entry.stream;
    entry.stream->close();
  }

  bool tell_backlogs() {
    bool any = false;
    for (StreamId id : std::exchange(touched_, {})) {
      auto found = streams_.find(id);
      if (found == streams_.end() || !found->second.stream) continue;
      OpenStreamEntry& entry = found->second;
      std::size_t backlog = entry.stream->backlog();
      // Told even when it did not change: the machine learns that what it handed over is gone.
      bool emptied = backlog == 0 && entry.told != 0;
      entry.told = backlog;
      any = true;
      machine_.on_backlog(now_, id, backlog);
      if (emptied) machine_.on_stream(now_, id, StreamWritable{});
    }
    return any;
  }

  void stream_bytes(StreamId id, ByteView bytes) override {
    turn([&] { machine_.on_stream(now_, id, StreamData{bytes}); });
  }
  void stream_written(StreamId id) override {
    turn([&] { touched_.insert(id); });
  }
  void stream_ended(StreamId id, StreamClosed closed) override {
    if (streams_.erase(id) == 0) return;
    if (log_.wants(LogLevel::debug)) log_.write(LogLevel::debug, "stream ended: " + closed.detail);
    turn([&] { machine_.on_stream(now_, id, closed); });
  }
  void stream_gone(StreamId id) override { closing_.erase(id); }

  static void drop(OpenStreamEntry& entry) {
    if (entry.dial) entry.dial->cancel();
    if (entry.stream) entry.stream->drop();
  }

  // ---- the rest of the world

  void wait(const std::shared_ptr<Watched>& watched) {
    watched->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                   [this, weak = std::weak_ptr<Watched>(watched)](Error error) {
                                     auto alive = weak.lock();
                                     if (error || !alive) return;
                                     turn(alive->hook);
                                     if (watches_.count(alive->fd) && watches_[alive->fd] == alive)
                                       wait(alive);
                                   });
  }

  void wait_for_signal() {
    signals_.async_wait([this](Error error, int) {
      if (error) return;
      if (signal_hook_) {
        turn(signal_hook_);
      } else {
        stop();
      }
      wait_for_signal();
    });
  }

  void check_flushed(Time limit) {
    bool idle = closing_.empty();
    for (auto& [id, entry] : streams_) idle = idle && (!entry.stream || entry.stream->backlog() == 0);
    if (idle || os::now() >= limit) return stop();
    at(os::now() + kFlushCheck, [this, limit] { check_flushed(limit); });
  }

  // The order matters: what handlers may still hold must outlive the io_context, what uses it must not.
  Machine& machine_;
  LogSink& log_;
  const DriverConfig config_;
  Counts counts_;
  Admissions admissions_;
  ClientContexts contexts_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  Alarm alarm_;
  Resolver resolver_;
  Pref64Watch pref64_;
  NetworkWatch network_;

  Time now_ = os::now();
  std::multimap<Time, std::function<void()>> hooks_;  // of at()
  std::function<bool()> after_turn_;
  std::function<void()> signal_hook_;
  std::map<SocketId, std::shared_ptr<UdpSocket>> sockets_;
  std::map<StreamId, OpenStreamEntry> streams_;
  std::map<StreamId, std::shared_ptr<Stream>> closing_;
  std::set<StreamId> touched_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::map<int, std::shared_ptr<Watched>> watches_;
  std::uint32_t last_accepted_ = 0;
};

Driver::Driver(Machine& machine, LogSink& log, DriverConfig config)
    : impl_(std::make_unique<Impl>(machine, log, std::move(config))) {}
Driver::~Driver() = default;

Time Driver::now() const { return impl_->now(); }
Result<Endpoint, ListenFailure> Driver::listen_udp(SocketId socket, const Endpoint& local) {
  return impl_->listen_udp(socket, local);
}
Result<Endpoint, ListenFailure> Driver::listen_tcp(const Endpoint& local, OnAccept hook) {
  return impl_->listen_tcp(local, nullptr, std::move(hook));
}
Result<Endpoint, ListenFailure> Driver::listen_tls(const Endpoint& local, const TlsIdentity& identity,
                                                   std::vector<std::string> websocket_paths, OnAccept hook) {
  TlsListening tls{identity, std::move(websocket_paths)};
  return impl_->listen_tcp(local, &tls, std::move(hook));
}
void Driver::after_turn(std::function<bool()> hook) { impl_->after_turn(std::move(hook)); }
void Driver::watch(int fd, std::function<void()> hook) { impl_->watch(fd, std::move(hook)); }
void Driver::unwatch(int fd) { impl_->unwatch(fd); }
void Driver::at(Time when, std::function<void()> hook) { impl_->at(when, std::move(hook)); }
void Driver::post(std::function<void()> hook) { impl_->post(std::move(hook)); }
void Driver::on_signal(std::function<void()> hook) { impl_->on_signal(std::move(hook)); }
void Driver::run() { impl_->run(); }
void Driver::stop() { impl_->stop(); }
void Driver::stop_when_flushed(Duration limit) { impl_->stop_when_flushed(limit); }
Driver::Counts Driver::counts() const { return impl_->counts(); }

}  // namespace godesk::os
