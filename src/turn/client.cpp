#include "turn/client.h"

#include <algorithm>

#include "base/queue.h"
#include "stun/demux.h"

namespace godesk::turn {
namespace {

using stun::Method;

Requests::Config requests_config(const Client::Config& c) {
  return {.username = c.username,
          .password = c.password,
          .realm = c.realm,
          .nonce = c.nonce,
          .on_stream = c.transport != Leg::udp};
}

Client::Reason reason_of(int code) {
  switch (code) {
    case stun::code::kTryAlternate:
      return Client::Reason::redirected;
    case stun::code::kUnauthenticated:
    case stun::code::kStaleNonce:
    case stun::code::kWrongCredentials:
      return Client::Reason::unauthorized;
    case stun::code::kForbidden:
      return Client::Reason::forbidden;
    case stun::code::kAllocationMismatch:
      return Client::Reason::mismatch;
    case stun::code::kFamilyNotSupported:
      return Client::Reason::no_family;
    case stun::code::kQuotaReached:
      return Client::Reason::quota;
    case stun::code::kInsufficientCapacity:
      return Client::Reason::capacity;
    default:
      return Client::Reason::refused;
  }
}

}  // namespace

std::string_view name(Client::Reason reason) {
  switch (reason) {
    case Client::Reason::unreachable:
      return "unreachable";
    case Client::Reason::unauthorized:
      return "unauthorized";
    case Client::Reason::forbidden:
      return "forbidden";
    case Client::Reason::mismatch:
      return "mismatch";
    case Client::Reason::quota:
      return "quota";
    case Client::Reason::capacity:
      return "capacity";
    case Client::Reason::no_family:
      return "no-family";
    case Client::Reason::redirected:
      return "redirected";
    case Client::Reason::refused:
      return "refused";
    case Client::Reason::lost:
      return "lost";
    case Client::Reason::garbage:
      return "garbage";
  }
  return "unknown";
}

Client::Client(Config config, Ids& ids, Random& random, LogSink& log)
    : config_(std::move(config)),
      ids_(ids),
      random_(random),
      log_(log),
      requests_(requests_config(config_), random),
      peers_(config_.max_peers),
      gate_(config_.gate) {}

// ---- the leg

void Client::start(Time now) {
  if (state_ != State::idle) return;
  state_ = State::opening;
  give_up_ = now + config_.connect_timeout;
  if (!on_udp()) return open_stream();
  if (auto literal = IpAddress::parse(config_.server.host)) {
    addresses_ = {*literal};
    return try_next_address(now);
  }
  commands_.push_back(Resolve{config_.server.host});
}

void Client::open_stream() {
  stream_ = ids_.stream();
  OpenStream open;
  open.stream = stream_;
  open.kind = config_.transport == Leg::websocket ? StreamKind::websocket
              : config_.transport == Leg::tls     ? StreamKind::tls
                                                  : StreamKind::tcp;
  open.targets = {config_.server};
  if (config_.transport == Leg::tls) open.alpn = "stun.turn";  // RFC 7443
  if (config_.transport == Leg::websocket) open.path = kWebSocketPath;
  commands_.push_back(std::move(open));
}

void Client::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  if (!on_udp() || host != config_.server.host || state_ != State::opening || socket_ != SocketId{}) return;
  addresses_.assign(addresses.begin(), addresses.end());
  try_next_address(now);
}

void Client::try_next_address(Time now) {
  if (addresses_.empty()) return fail(now, Reason::unreachable, 0);
  if (socket_ != SocketId{}) commands_.push_back(CloseSocket{socket_});
  requests_.clear();
  transmits_.clear();
  state_ = State::opening;
  server_ = Endpoint{addresses_.front(), config_.server.port};
  addresses_.pop_front();
  next_address_ = addresses_.empty() ? kNever : now + config_.address_timeout;
  socket_ = ids_.socket();
  commands_.push_back(OpenSocket{socket_, Endpoint{IpAddress::any(server_.family()), 0}});
}

void Client::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  if (socket != socket_ || state_ != State::opening) return;
  if (auto* opened = std::get_if<SocketOpened>(&event)) return leg_opened(now, opened->local, server_, false);
  try_next_address(now);
}

void Client::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  if (stream != stream_ || state_ == State::closed) return;
  if (auto* opened = std::get_if<StreamOpened>(&event))
    return leg_opened(now, opened->local, opened->remote, opened->proxied);
  if (auto* data = std::get_if<StreamData>(&event)) {
    framer_.push(data->bytes);
    return receive_frames(now);
  }
  if (std::holds_alternative<StreamWritable>(event)) return gate_.on_backlog(0);
  stream_ = {};
  fail(now, state_ == State::allocated ? Reason::lost : Reason::unreachable, 0);
}

void Client::on_backlog(Time, StreamId stream, std::size_t bytes) {
  if (stream == stream_) gate_.on_backlog(bytes);
}

void Client::leg_opened(Time now, const Endpoint& local, const Endpoint& server, bool proxied) {
  if (state_ != State::opening) return;
  state_ = State::allocating;
  local_ = local;
  server_ = server;
  proxied_ = proxied;
  ask(now,
      {.method = Method::allocate, .lifetime = config_.lifetime, .both_families = config_.both_families});
  // Without a nonce the server would only say that it wants one.
  if (!requests_.has_credentials()) return;
  for (Request& request : peers_.early()) ask(now, std::move(request));
}

// ---- what comes in

void Client::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  if (socket != socket_ || state_ == State::closed) return;
  if (from != server_) {
    ++drops_.wrong_source;
    return;
  }
  next_address_ = kNever;  // somebody lives here
  if (stun::kind_of(bytes) == stun::Kind::channel_data) return on_channel_data(bytes);
  on_message(now, bytes);
}

void Client::receive_frames(Time now) {
  while (auto frame = framer_.next()) {
    if (stun::kind_of(*frame) == stun::Kind::channel_data) {
      on_channel_data(*frame);
    } else {
      on_message(now, *frame);
    }
    if (state_ == State::closed) return;
  }
  if (framer_.poisoned()) fail(now, Reason::garbage, 0);
}

void Client::on_channel_data(ByteView bytes) {
  auto data = stun::parse_channel_data(bytes);
  if (!data) {
    ++drops_.malformed;
    return;
  }
  auto peer = peers_.peer_of(data->channel);
  if (!peer) {
    ++drops_.unknown_channel;
    return;
  }
  events_.push_back(Received{*peer, to_buffer(data->payload), true});
}

void Client::on_message(Time now, ByteView bytes) {
  auto message = stun::Message::parse(bytes);
  if (!message.ok()) {
    ++drops_.malformed;
    return;
  }
  if (message->is(stun::Class::indication, Method::data)) return on_data_indication(*message);
  auto outcome = requests_.on_message(now, *message, drops_.unmatched);
  if (outcome) on_outcome(now, *outcome);
  flush_requests(now);
}

void Client::on_data_indication(const stun::Message& message) {
  auto peer = message.peer();
  auto data = message.data();
  if (!peer || !data || state_ != State::allocated) {
    ++drops_.malformed;
    return;
  }
  events_.push_back(Received{*peer, to_buffer(*data), false});
}

void Client::on_outcome(Time now, const Outcome& outcome) {
  switch (outcome.request.method) {
    case Method::allocate:
      return on_allocate(now, outcome);
    case Method::refresh:
      return on_refresh(now, outcome);
    default:
      return on_peer(now, outcome);
  }
}

void Client::on_allocate(Time now, const Outcome& outcome) {
  if (state_ != State::allocating) return;
  if (outcome.kind == Outcome::Kind::timeout) return try_next_address(now);
  if (outcome.kind == Outcome::Kind::error) return fail(now, reason_of(outcome.code), outcome.code);
  if (outcome.relayed.empty() || !outcome.mapped) return fail(now, Reason::garbage, 0);
  state_ = State::allocated;
  confirmed_at_ = now;
  give_up_ = next_address_ = kNever;
  granted_ = outcome.lifetime;
  schedule_refresh(now, outcome.lifetime);
  events_.push_back(Allocated{outcome.relayed, *outcome.mapped, local_, server_, outcome.rtt, proxied_});
  ask_for_peers(now);
}

void Client::on_refresh(Time now, const Outcome& outcome) {
  if (state_ != State::allocated) return;
  if (outcome.kind == Outcome::Kind::timeout) return fail(now, Reason::lost, 0);
  if (outcome.kind == Outcome::Kind::error) return fail(now, reason_of(outcome.code), outcome.code);
  confirmed_at_ = now;
  schedule_refresh(now, outcome.lifetime);
}

void Client::on_peer(Time now, const Outcome& outcome) {
  const Request& request = outcome.request;
  if (outcome.kind == Outcome::Kind::success) {
    if (peers_.granted(now, request)) events_.push_back(ChannelReady{request.peer});
    return;
  }
  if (request.early) {  // Allocate was lost, or overtaken
    peers_.again(request);
    return ask_for_peers(now);
  }
  if (peers_.failed(request)) events_.push_back(PermissionFailed{request.peer, outcome.code});
}

// ---- what goes out

void Client::permit(Time now, const IpAddress& peer) {
  if (state_ == State::closed) return;
  if (!peers_.permit(peer)) events_.push_back(PermissionFailed{Endpoint{peer, 0}, 0});
  ask_for_peers(now);
}

void Client::bind_channel(Time now, const Endpoint& peer) {
  if (state_ == State::closed) return;
  if (!peers_.bind(peer)) events_.push_back(PermissionFailed{peer, 0});
  ask_for_peers(now);
}

void Client::ask_for_peers(Time now) {
  if (state_ != State::allocated) return;
  for (Request& request : peers_.due(now)) requests_.ask(now, std::move(request));
  flush_requests(now);
}

void Client::send(Time now, const Endpoint& peer, ByteView bytes) {
  constexpr std::size_t kIndicationOverhead = 64;
  if (state_ != State::allocated || bytes.size() + kIndicationOverhead > 65535) {
    ++drops_.not_allocated;
    return;
  }
  if (!on_udp() && !gate_.admits(now, bytes.size() + kIndicationOverhead)) {
    ++drops_.queue_full;
    return;
  }
  Buffer wire;
  if (auto channel = peers_.channel_to(peer)) {
    wire = stun::channel_data(*channel, bytes, !on_udp());
  } else {
    stun::Builder b(stun::Class::indication, Method::send, random_.bytes<12>());
    wire = b.peer(peer).bytes(stun::Attr::data, bytes).finish_with_fingerprint();
  }
  if (!on_udp()) gate_.handed(now, wire.size());
  put(std::move(wire));
}

void Client::ask(Time now, Request request) {
  requests_.ask(now, std::move(request));
  flush_requests(now);
}

void Client::flush_requests(Time now) {
  while (auto bytes = requests_.next_bytes()) {
    if (!on_udp()) gate_.handed(now, bytes->size());
    put(std::move(*bytes));
  }
}

void Client::put(Buffer bytes) {
  if (on_udp()) {
    transmits_.push_back(Datagram{socket_, server_, std::move(bytes)});
  } else {
    transmits_.push_back(StreamBytes{stream_, std::move(bytes)});
  }
}

// ---- time and the end

void Client::schedule_refresh(Time now, std::chrono::seconds lifetime) {
  // A minute before the end leaves time for every retransmission.
  const Duration whole = std::min<Duration>(lifetime, 24h);
  ends_at_ = lifetime < granted_ ? now + whole : kNever;
  refresh_ = now + std::max<Duration>(whole - 60s, whole / 2);
}

void Client::refresh(Time now) {
  if (state_ != State::allocated) return;
  refresh_ = kNever;
  ask(now, {.method = Method::refresh, .lifetime = config_.lifetime});
}

void Client::on_timer(Time now) {
  if (state_ == State::idle || state_ == State::closed) return;
  if (now >= give_up_) return fail(now, Reason::unreachable, 0);
  if (now >= next_address_) try_next_address(now);
  for (const Outcome& o : requests_.on_timer(now)) {
    on_outcome(now, o);
    if (state_ == State::closed) return;
  }
  if (now >= refresh_) {
    refresh_ = kNever;
    requests_.ask(now, {.method = Method::refresh, .lifetime = config_.lifetime});
  }
  ask_for_peers(now);
  flush_requests(now);
}

void Client::fail(Time, Reason reason, int code) {
  if (state_ == State::closed) return;
  log_.write(LogLevel::info, std::string("turn: allocation ended: ") + std::string(name(reason)));
  events_.push_back(Failed{reason, code});
  requests_.clear();
  leave();
}

void Client::close(Time now) {
  if (state_ == State::closed) return;
  requests_.clear();
  // An Allocate under way may have been heard; over a stream its end is enough.
  const bool asked = state_ == State::allocating && on_udp();
  if (state_ == State::allocated || asked) ask(now, {.method = Method::refresh, .lifetime = 0s});
  leave();
}

void Client::leave() {
  state_ = State::closed;
  give_up_ = next_address_ = refresh_ = kNever;
  if (socket_ != SocketId{}) closing_.push_back(CloseSocket{socket_});
  if (stream_ != StreamId{}) closing_.push_back(CloseStream{stream_});
}

std::optional<Command> Client::next_command() {
  if (commands_.empty() && transmits_.empty()) return pop(closing_);
  return pop(commands_);
}

std::optional<Transmit> Client::next_transmit() { return pop(transmits_); }

std::optional<Client::Event> Client::next_event() { return pop(events_); }

Time Client::next_deadline() const {
  if (state_ == State::idle || state_ == State::closed) return kNever;
  Time next = std::min({give_up_, next_address_, refresh_, requests_.next_deadline()});
  return state_ == State::allocated ? std::min(next, peers_.next_deadline()) : next;
}

}  // namespace godesk::turn
