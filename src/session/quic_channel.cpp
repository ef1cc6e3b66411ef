#include "session/quic_channel.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk::session {
namespace {

constexpr Duration kLeastInitialRtt = 20ms;

/// Of a host, for the picture that follows a key: longer than an X server and a terminal take to draw it.
constexpr Duration kAckHold = 4ms;

/// What a stranger gets: room for a login on the host's own stream, and no more (SECURITY 7).
constexpr quic::Limits kStrangerLimits{16u << 10, 16u << 10, 0};

ChannelEnd channel_end(const quic::Closed& closed) {
  switch (closed.reason) {
    case quic::CloseReason::local:
      return ChannelEnd::local;
    case quic::CloseReason::peer:
      return ChannelEnd::peer;
    case quic::CloseReason::idle:
      return ChannelEnd::path_lost;
    case quic::CloseReason::handshake_timeout:
      return ChannelEnd::no_path;
    case quic::CloseReason::key_refused:
      return ChannelEnd::key_refused;
    default:
      return ChannelEnd::failed;
  }
}

/// An acknowledgement that is lost is made good by the next one, and a repetition is one already.
link::Urgency carriers_urgency(const quic::Packet& packet) {
  const bool twice = packet.urgency == quic::Urgency::urgent && !packet.acks_only;
  return twice ? link::Urgency::urgent : link::Urgency::bulk;
}

ChannelEnd channel_end(link::DeadReason reason) {
  switch (reason) {
    case link::DeadReason::no_path:
      return ChannelEnd::no_path;
    case link::DeadReason::path_lost:
      return ChannelEnd::path_lost;
    case link::DeadReason::relay_refused:
      return ChannelEnd::relay_refused;
  }
  return ChannelEnd::no_path;
}

}  // namespace

std::string_view name(ChannelEnd end) {
  switch (end) {
    case ChannelEnd::local:
      return "local";
    case ChannelEnd::peer:
      return "peer";
    case ChannelEnd::no_path:
      return "no-path";
    case ChannelEnd::path_lost:
      return "path-lost";
    case ChannelEnd::relay_refused:
      return "relay-refused";
    case ChannelEnd::key_refused:
      return "key-refused";
    case ChannelEnd::failed:
      return "failed";
  }
  return "failed";
}

QuicChannel::QuicChannel(QuicChannelConfig config, std::unique_ptr<link::Carrier> carrier, Random& random,
                         LogSink& log)
    : config_(std::move(config)), carrier_(std::move(carrier)), random_(random), log_(log) {}

QuicChannel::~QuicChannel() = default;

void QuicChannel::start(Time now) {
  now_ = now;
  carrier_->start(now);
}

std::optional<ChannelEvent> QuicChannel::next_event() {
  settle();
  return pop(events_);
}

std::optional<StreamHandle> QuicChannel::open_stream(Priority priority) {
  return quic_ ? quic_->open_stream(priority) : std::nullopt;
}

// What is written leaves at that time: a round trip is measured from then.
bool QuicChannel::write(Time now, StreamHandle stream, ByteView bytes) {
  now_ = std::max(now_, now);
  return quic_ && quic_->write(stream, bytes);
}

std::size_t QuicChannel::unsent(StreamHandle stream) const { return quic_ ? quic_->unsent(stream) : 0; }

std::size_t QuicChannel::unacked(StreamHandle stream) const { return quic_ ? quic_->unacked(stream) : 0; }

bool QuicChannel::send_datagram(Time now, ByteView bytes, Urgency urgency) {
  now_ = std::max(now_, now);
  return quic_ && quic_->send_datagram(bytes, urgency);
}

std::optional<Buffer> QuicChannel::binding() const { return quic_ ? quic_->channel_binding() : std::nullopt; }

std::string QuicChannel::protocol() const { return quic_config().alpn; }

RawKey QuicChannel::own_key() const { return config_.identity.public_key.bytes; }

void QuicChannel::set_profile(Time now, const ice::NatProfile& profile) {
  now_ = now;
  carrier_->set_profile(now, profile);
}

void QuicChannel::on_signal(Time now, ByteView bytes) {
  now_ = now;
  carrier_->on_signal(now, bytes);
}

void QuicChannel::trust_peer(Time now) {
  now_ = now;
  if (quic_) quic_->grant_full_limits();
  carrier_->allow_direct(now);
}

void QuicChannel::set_relays(Time now, std::vector<link::RelayServer> relays) {
  now_ = now;
  carrier_->set_relays(now, std::move(relays));
}

quic::TlsFacts QuicChannel::tls() const { return quic_ ? quic_->tls() : quic::TlsFacts{}; }

quic::Stats QuicChannel::stats() const { return quic_ ? quic_->stats() : quic::Stats{}; }

void QuicChannel::close(Time now, std::uint64_t code) {
  now_ = now;
  if (quic_) {
    quic_->close(now, code, "");
  } else {
    end(ChannelEnd::local);
  }
}

bool QuicChannel::done() const { return left_ && (!quic_ || quic_->done()); }

void QuicChannel::on_timer(Time now) {
  Wrapper::on_timer(now);
  if (quic_ && path_seen_ && quic_->next_deadline() <= now) quic_->on_timer(now);
}

Time QuicChannel::next_deadline() const {
  return std::min(carrier_->next_deadline(), quic_ && path_seen_ ? quic_->next_deadline() : kNever);
}

/// Until nothing moves: an event below may make a packet above, and the other way round.
void QuicChannel::settle() {
  bool moved = true;
  while (moved) {
    moved = take_from_carrier();
    start_ahead();
    moved |= give_to_carrier();
    moved |= take_from_quic();
  }
  leave_carrier();
}

/// The first packet need not wait until the path is proved, where the carrier says so.
void QuicChannel::start_ahead() {
  const auto rtt = path_seen_ || ended_ ? std::nullopt : carrier_->ahead();
  if (!rtt) return;
  path_seen_ = true;
  path_rtt_ = rtt;
  if (config_.role == quic::Role::client) make_client();
}

/// A caller leaves as soon as its farewell is handed over, as its process does; a host stays while the
/// farewell may have to be said again.
void QuicChannel::leave_carrier() {
  const bool may_leave = ended_ && (!quic_ || quic_->done() || config_.role == quic::Role::client);
  if (left_ || !may_leave) return;
  left_ = true;
  carrier_->close(now_);
}

bool QuicChannel::take_from_carrier() {
  bool moved = false;
  while (auto event = carrier_->next_event()) {
    moved = true;
    on_carrier_event(std::move(*event));
  }
  return moved;
}

bool QuicChannel::take_from_quic() {
  bool moved = false;
  while (auto event = quic_ ? quic_->next_event() : std::nullopt) {
    moved = true;
    on_quic_event(std::move(*event));
  }
  return moved;
}

bool QuicChannel::give_to_carrier() {
  if (!quic_ || !path_seen_) return false;
  carrier_->set_epoch(quic_->epoch());
  if (const std::size_t mtu = carrier_->mtu(); mtu != std::exchange(path_mtu_, mtu)) quic_->set_path_mtu(mtu);
  bool moved = false;
  while (auto packet = quic_->next_packet(now_)) {
    moved = true;
    carrier_->send(now_, packet->bytes, carriers_urgency(*packet));
  }
  return moved;
}

void QuicChannel::on_carrier_event(link::Event event) {
  if (auto* received = std::get_if<link::Received>(&event)) return on_received(*received);
  if (auto* dead = std::get_if<link::Dead>(&event)) return end(channel_end(dead->reason));
  if (std::holds_alternative<link::EpochWanted>(event)) {
    if (quic_) quic_->migrate(now_);
    return;
  }
  if (auto* changed = std::get_if<link::PathChanged>(&event)) {
    path_seen_ = true;
    path_rtt_ = changed->path.rtt;
    if (!quic_ && config_.role == quic::Role::client) make_client();
    events_.push_back(*changed);
  }
  if (auto* lost = std::get_if<link::PathLost>(&event)) events_.push_back(*lost);
  if (auto* wanted = std::get_if<link::RelaysWanted>(&event)) events_.push_back(*wanted);
  if (auto* learned = std::get_if<link::PairLearned>(&event)) events_.push_back(*learned);
  if (auto* signal = std::get_if<link::Signal>(&event)) events_.push_back(std::move(*signal));
}

void QuicChannel::on_received(const link::Received& received) {
  if (!quic_ && !ended_ && config_.role == quic::Role::server) {
    auto first = config_.first ? config_.first : quic::accept(received.bytes);
    if (!first) return;
    quic_ = std::make_unique<quic::Connection>(quic_config(), *first, now_, random_, log_);
  }
  if (quic_) quic_->on_packet(now_, received.bytes, received.epoch);
}

void QuicChannel::on_quic_event(quic::Event event) {
  if (auto* closed = std::get_if<quic::Closed>(&event)) {
    return end(channel_end(*closed), closed->by_peer ? closed->code : 0);
  }
  if (auto* connected = std::get_if<quic::Connected>(&event)) {
    events_.push_back(ChannelConnected{connected->peer});
  } else if (auto* opened = std::get_if<quic::StreamOpened>(&event)) {
    events_.push_back(*opened);
  } else if (auto* data = std::get_if<quic::StreamData>(&event)) {
    events_.push_back(std::move(*data));
  } else if (auto* reset = std::get_if<quic::StreamReset>(&event)) {
    events_.push_back(*reset);
  } else if (auto* datagram = std::get_if<quic::DatagramReceived>(&event)) {
    events_.push_back(std::move(*datagram));
  }
}

void QuicChannel::make_client() {
  quic_ = std::make_unique<quic::Connection>(quic_config(), now_, random_, log_);
}

void QuicChannel::end(ChannelEnd why, std::uint64_t code) {
  if (ended_) return;
  ended_ = true;
  events_.push_back(ChannelClosed{why, code});
}

quic::Config QuicChannel::quic_config() const {
  quic::Config config;
  config.seed = config_.identity.key.seed;
  config.public_key = config_.identity.public_key.bytes;
  if (config_.expected_peer) config.expected_peer = config_.expected_peer->bytes;
  config.handshake_timeout = config_.handshake_timeout;
  config.keep_alive = config_.keep_alive;
  // A lost first packet then costs a few round trips, not a second.
  if (path_rtt_)
    config.initial_rtt = std::clamp<Duration>(2 * *path_rtt_, kLeastInitialRtt, config.initial_rtt);
  if (config_.role == quic::Role::server) {
    config.initial_limits = kStrangerLimits;
    config.ack_hold = kAckHold;
  }
  return config;
}

}  // namespace godesk::session
