#include "quic/connection.h"

#include "quic/connection_core.h"

namespace godesk::quic {

Connection::Connection(Config config, Time now, Random& random, LogSink& log)
    : core_(std::make_unique<ConnectionCore>(std::move(config), nullptr, now, random, log)) {}
Connection::Connection(Config config, const AcceptInfo& first, Time now, Random& random, LogSink& log)
    : core_(std::make_unique<ConnectionCore>(std::move(config), &first, now, random, log)) {}
Connection::Connection(std::unique_ptr<ConnectionCore> core) : core_(std::move(core)) {}
Connection::~Connection() = default;

void Connection::on_packet(Time now, ByteView datagram, std::uint16_t epoch) {
  core_->on_packet(now, datagram, epoch);
}
void Connection::on_timer(Time now) { core_->on_timer(now); }
Time Connection::next_deadline() const { return core_->next_deadline(); }
std::optional<Packet> Connection::next_packet(Time now) { return core_->next_packet(now); }
std::optional<Event> Connection::next_event() { return core_->next_event(); }

void Connection::set_path_mtu(std::size_t bytes) { core_->set_path_mtu(bytes); }
void Connection::migrate(Time now) { core_->migrate(now); }
std::uint16_t Connection::epoch() const { return core_->epoch(); }

std::optional<StreamHandle> Connection::open_stream(Priority priority) {
  return core_->open_stream(priority);
}
void Connection::set_priority(StreamHandle stream, Priority priority) {
  core_->set_priority(stream, priority);
}
bool Connection::write(StreamHandle stream, ByteView bytes, bool fin) {
  return core_->write(stream, bytes, fin);
}
std::size_t Connection::unsent(StreamHandle stream) const { return core_->unsent(stream); }
std::size_t Connection::unsent() const { return core_->unsent(); }
std::size_t Connection::unacked(StreamHandle stream) const { return core_->unacked(stream); }
void Connection::reset_stream(StreamHandle stream, std::uint64_t code) { core_->reset_stream(stream, code); }
void Connection::stop_stream(StreamHandle stream, std::uint64_t code) { core_->stop_stream(stream, code); }

bool Connection::send_datagram(ByteView bytes, Urgency urgency) {
  return core_->send_datagram(bytes, urgency);
}
std::size_t Connection::max_datagram_size() const { return core_->max_datagram_size(); }

std::optional<Buffer> Connection::channel_binding() const { return core_->channel_binding(); }
void Connection::grant_full_limits() { core_->grant_full_limits(); }
TlsFacts Connection::tls() const { return core_->tls(); }
Stats Connection::stats() const { return core_->stats(); }
Role Connection::role() const { return core_->role(); }
void Connection::close(Time now, std::uint64_t code, std::string_view reason) {
  core_->close(now, code, reason);
}
bool Connection::done() const { return core_->done(); }

}  // namespace godesk::quic
