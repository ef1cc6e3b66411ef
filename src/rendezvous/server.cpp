#include "rendezvous/server.h"

#include <algorithm>

#include "rendezvous/server_introductions.h"

namespace godesk::rendezvous {

class Server::Core {
 public:
  Core(ServerConfig config, Registry& registry, TicketIssuer& tickets, Random& random, LogSink& log)
      : config_(std::move(config)),
        log_(log),
        connections_(config_, counters_),
        registrations_(config_, registry, random, connections_),
        introductions_(config_, counters_, tickets, random, connections_, registrations_) {}

  void on_stream(Time now, StreamId stream, const StreamEvent& event) {
    if (const auto* opened = std::get_if<StreamOpened>(&event)) connections_.opened(now, stream, *opened);
    ServerConnection* connection = connections_.find(stream);
    if (!connection) return;
    if (const auto* data = std::get_if<StreamData>(&event)) receive(now, *connection, data->bytes);
    if (std::holds_alternative<StreamClosed>(event)) connections_.gone(*connection);
    remove_dropped(now);
  }

  void on_backlog(Time now, StreamId stream, std::size_t bytes) {
    ServerConnection* connection = connections_.find(stream);
    if (!connection || bytes <= config_.max_backlog) return;
    connections_.drop(*connection, &ServerCounters::slow_reader);
    remove_dropped(now);
  }

  void on_timer(Time now) {
    connections_.on_timer(now);
    remove_dropped(now);
    registrations_.on_timer(now);
    remove_dropped(now);
    introductions_.on_timer(now);
  }

  Time deadline() const {
    return std::min({connections_.deadline(), registrations_.deadline(), introductions_.deadline()});
  }

  const ServerCounters& counters() const { return counters_; }
  ServerConnections& connections() { return connections_; }
  std::size_t registered() const { return registrations_.size(); }
  std::size_t introductions() const { return introductions_.size(); }

 private:
  void receive(Time now, ServerConnection& from, ByteView bytes) {
    auto message = connections_.read(now, from, bytes);
    if (!message) return;
    if (const auto* hello = std::get_if<wire::Hello>(&*message)) return greet(from, *hello);
    if (!from.proved) return connections_.out_of_order(from);
    std::visit([&](auto& m) { on(now, from, m); }, *message);
  }

  void greet(ServerConnection& from, const wire::Hello& hello) {
    connections_.hello(from, hello);
    if (from.proved && from.role == Role::viewer)
      connections_.send(from, wire::Connected{Services{config_.stun, config_.relays, {}}});
  }

  void on(Time, ServerConnection& from, wire::Hello&) { connections_.out_of_order(from); }
  void on(Time now, ServerConnection& from, wire::Register& m) {
    if (from.role != Role::host) return connections_.out_of_order(from);
    registrations_.ask(now, from, m);
  }
  void on(Time now, ServerConnection& from, wire::Find& m) {
    if (from.role != Role::viewer) return connections_.out_of_order(from);
    introductions_.find(now, from, m);
  }
  void on(Time now, ServerConnection& from, wire::Refresh& m) { introductions_.refresh(now, from, m); }
  void on(Time now, ServerConnection& from, wire::Signal& m) {
    introductions_.signal(now, from, std::move(m));
  }
  void on(Time, ServerConnection& from, wire::EndIntroduction& m) { introductions_.end(from, m.intro); }
  void on(Time, ServerConnection& from, wire::Ping&) { connections_.send(from, wire::Pong{}); }
  void on(Time, ServerConnection& from, wire::Pong&) { registrations_.pong(from); }

  void remove_dropped(Time now) {
    while (const auto stream = connections_.next_dropped()) {
      const ServerConnection& connection = connections_.at(*stream);
      introductions_.left(connection);
      registrations_.left(now, connection);
      connections_.remove(*stream);
      if (log_.wants(LogLevel::debug)) log_.write(LogLevel::debug, "rendezvous: a client left");
    }
  }

  ServerConfig config_;
  LogSink& log_;
  ServerCounters counters_;
  ServerConnections connections_;
  ServerRegistrations registrations_;
  ServerIntroductions introductions_;
};

Server::Server(ServerConfig config, Registry& registry, TicketIssuer& tickets, Random& random, LogSink& log)
    : core_(std::make_unique<Core>(std::move(config), registry, tickets, random, log)) {}
Server::~Server() = default;

const ServerCounters& Server::counters() const { return core_->counters(); }
std::size_t Server::connections() const { return core_->connections().size(); }
std::size_t Server::registered() const { return core_->registered(); }
std::size_t Server::introductions() const { return core_->introductions(); }
bool Server::owns(StreamId stream) const { return core_->connections().has(stream); }
void Server::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  core_->on_stream(now, stream, event);
}
void Server::on_backlog(Time now, StreamId stream, std::size_t bytes) {
  core_->on_backlog(now, stream, bytes);
}
void Server::on_timer(Time now) { core_->on_timer(now); }
std::optional<Command> Server::next_command() { return core_->connections().out().next_command(); }
std::optional<Transmit> Server::next_transmit() { return core_->connections().out().next_transmit(); }
Time Server::next_deadline() const { return core_->deadline(); }

}  // namespace godesk::rendezvous
