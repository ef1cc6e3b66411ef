#include "session/session.h"

#include <algorithm>

#include "base/queue.h"

namespace godesk::session {
namespace {

constexpr Priority kControlPriority = quic::kUrgentLane, kInputPriority = quic::kUrgentLane,
                   kScreenPriority = 2, kClipboardPriority = 3;

constexpr Duration kTimeToRead = 1s;  // a refusal

/// Application close codes on the wire: EndReason + 1, so that 0 (no code given) means nothing.
std::uint64_t code_of(EndReason reason) { return static_cast<std::uint64_t>(reason) + 1; }

std::size_t max_message(StreamKind kind) {
  switch (kind) {
    case StreamKind::control:
      return kMaxControl;
    case StreamKind::input:
      return kMaxInput;
    case StreamKind::screen:
      return kMaxScreenUpdate;
    case StreamKind::clipboard:
      return kMaxClipboardMessage;
  }
  return 0;
}

Content content_of(StreamKind kind) {
  switch (kind) {
    case StreamKind::control:
      return Content::control;
    case StreamKind::input:
      return Content::input;
    case StreamKind::screen:
      return Content::screen;
    case StreamKind::clipboard:
      return Content::clipboard;
  }
  return Content::control;
}

Content content_of(const DatagramMessage& message) {
  return std::holds_alternative<SoundPacket>(message) ? Content::sound : Content::pointer;
}

/// What it means here that the peer closed with `code`.
EndReason reason_of_peer(std::uint64_t code, bool peer_is_host) {
  for (auto reason : {EndReason::wrong_password, EndReason::refused, EndReason::busy, EndReason::revoked}) {
    if (peer_is_host && code == code_of(reason)) return reason;
  }
  if (code == code_of(EndReason::error)) return EndReason::error;
  return peer_is_host ? EndReason::by_host : EndReason::done;
}

/// True when `sequence` is newer than `last` (serial number arithmetic, RFC 1982).
bool newer(std::uint32_t sequence, std::uint32_t last) {
  return static_cast<std::int32_t>(sequence - last) > 0;
}

}  // namespace

std::string_view name(EndReason reason) {
  switch (reason) {
    case EndReason::done:
      return "done";
    case EndReason::by_host:
      return "by-host";
    case EndReason::wrong_password:
      return "wrong-password";
    case EndReason::refused:
      return "refused";
    case EndReason::busy:
      return "busy";
    case EndReason::revoked:
      return "revoked";
    case EndReason::key_changed:
      return "key-changed";
    case EndReason::no_path:
      return "no-path";
    case EndReason::error:
      return "error";
  }
  return "error";
}

Session::Session(std::unique_ptr<SecureChannel> channel, Proof proof, Random& random, LogSink& log,
                 Limits limits)
    : channel_(std::move(channel)),
      proof_(std::move(proof)),
      random_(random),
      log_(log),
      limits_(limits),
      clipboard_(limits.clipboard, [this](ClipboardKind kind) { return may(permissions_, kind); }) {}

Session::Session(std::unique_ptr<SecureChannel> channel, Gatekeeper& gatekeeper, Random& random, LogSink& log,
                 Limits limits)
    : channel_(std::move(channel)),
      gatekeeper_(&gatekeeper),
      random_(random),
      log_(log),
      limits_(limits),
      clipboard_(limits.clipboard, [this](ClipboardKind kind) { return may(permissions_, kind); }) {}

Session::~Session() = default;

void Session::start(Time now) {
  now_ = now;
  channel_->start(now);
}

void Session::set_profile(Time now, const ice::NatProfile& profile) {
  now_ = now;
  channel_->set_profile(now, profile);
}

void Session::on_signal(Time now, ByteView bytes) {
  now_ = now;
  channel_->on_signal(now, bytes);
}

void Session::set_relays(Time now, std::vector<link::RelayServer> relays) {
  now_ = now;
  channel_->set_relays(now, std::move(relays));
}

std::optional<Event> Session::next_event() {
  settle();
  return pop(events_);
}

// ---- caller

void Session::send_input(Time now, const Input& input) {
  now_ = now;
  if (authenticated_) write(input_, Content::input, encode(input));
}

void Session::move_pointer(Time now, std::uint16_t x, std::uint16_t y) {
  now_ = now;
  if (authenticated_) send_datagram(Content::pointer, PointerMove{++sent_sequence_, x, y});
}

void Session::want_sound(Time now, bool on) {
  now_ = now;
  if (authenticated_) say(SoundWanted{on});
}

void Session::want_monitor(Time now, std::uint32_t monitor) {
  now_ = now;
  if (authenticated_) say(MonitorWanted{monitor});
}

void Session::want_size(Time now, const SizeWanted& size) {
  now_ = now;
  if (authenticated_) say(size);
}

void Session::tell_video_codecs(Time now, std::uint32_t more) {
  now_ = now;
  if (authenticated_) say(VideoCodecs{more});
}

// ---- host

bool Session::can_send_update() const {
  if (!authenticated_ || !screen_ || !has_path_) return false;
  return picture_has_room(channel_->stats(), waiting(*screen_), limits_.room);
}

Waiting Session::waiting(StreamHandle stream) const {
  return {channel_->unsent(stream), channel_->unacked(stream)};
}

void Session::send_update(Time now, const ScreenUpdate& update) {
  now_ = now;
  if (!authenticated_ || !permissions_.has(Permission::view)) return;
  write(screen_, Content::screen, encode(update));
  ++pictures_;
  pictured_ = now;
}

void Session::send_cursor_shape(Time now, Buffer shape) {
  now_ = now;
  if (authenticated_ && permissions_.has(Permission::view)) say(CursorShape{std::move(shape)});
}

void Session::send_cursor_position(Time now, std::uint16_t x, std::uint16_t y) {
  now_ = now;
  if (!authenticated_ || !permissions_.has(Permission::view)) return;
  send_datagram(Content::pointer, CursorMove{++sent_sequence_, x, y});
}

void Session::send_sound(Time now, std::uint32_t sequence, Time heard, ByteView packet) {
  now_ = now;
  if (!authenticated_ || !permissions_.has(Permission::sound)) return;
  const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(heard - pictured_).count();
  const auto told = std::clamp<std::int64_t>(after, -kMaxAfterMs, kMaxAfterMs);
  send_datagram(Content::sound,
                SoundPacket{sequence, pictures_, static_cast<std::int16_t>(told), to_buffer(packet)});
}

void Session::acknowledge_input(Time now, std::uint64_t events) {
  now_ = now;
  if (authenticated_) say(InputAck{events});
}

void Session::set_permissions(Time now, PermissionSet permissions) {
  now_ = now;
  permissions_ = permissions;
  clipboard_.on_permissions();
  if (authenticated_) say(PermissionsChanged{permissions.bits()});
}

void Session::send_monitors(Time now, const Monitors& monitors) {
  now_ = now;
  if (authenticated_ && permissions_.has(Permission::view)) say(monitors);
}

void Session::send_sizing(Time now, const Sizing& sizing) {
  now_ = now;
  if (authenticated_) say(sizing);
}

void Session::send_layout(Time now, const KeyboardLayout& layout) {
  now_ = now;
  if (authenticated_ && permissions_.has(Permission::input)) say(layout);
}

// ---- both

void Session::close(Time now, EndReason reason) {
  now_ = now;
  if (ended_ || own_reason_) return;
  own_reason_ = reason;
  permissions_ = {};  // what still waits for its effect has none
  channel_->close(now, code_of(reason));
}

void Session::on_timer(Time now) {
  Wrapper::on_timer(now);
  if (login_deadline_ <= now) {
    login_deadline_ = kNever;
    breach("the login took too long");
  }
}

Time Session::next_deadline() const { return std::min(channel_->next_deadline(), login_deadline_); }

void Session::settle() {
  while (auto event = channel_->next_event()) on_channel_event(std::move(*event));
  pump_clipboard();
}

void Session::pump_clipboard() {
  if (!authenticated_ || own_reason_ || !clipboard_stream_) return;
  const quic::Stats link = channel_->stats();
  while (!own_reason_ && bulk_has_room(link, waiting(*clipboard_stream_), limits_.room)) {
    const auto message = clipboard_.next_message(channel_->unsent(*clipboard_stream_),
                                                 bulk_piece(link, kMaxClipboardPiece, limits_.room));
    if (!message) break;
    write(clipboard_stream_, Content::clipboard, encode(*message));
  }
  while (auto event = clipboard_.next_event()) events_.push_back(std::move(*event));
}

void Session::on_channel_event(ChannelEvent event) {
  if (auto* closed = std::get_if<ChannelClosed>(&event)) return on_closed(*closed);
  if (own_reason_ || ended_) return;  // what was queued behind our own end dies with the session
  if (auto* connected = std::get_if<ChannelConnected>(&event)) return on_connected(*connected);
  if (auto* data = std::get_if<quic::StreamData>(&event)) return on_data(*data);
  if (auto* opened = std::get_if<quic::StreamOpened>(&event)) {
    incoming_.try_emplace(opened->stream);
  } else if (auto* reset = std::get_if<quic::StreamReset>(&event)) {
    incoming_.erase(reset->stream);
  } else if (auto* datagram = std::get_if<quic::DatagramReceived>(&event)) {
    on_channel_datagram(datagram->bytes);
  } else if (auto* signal = std::get_if<link::Signal>(&event)) {
    on_signal_out(std::move(*signal));
  } else if (auto* path = std::get_if<link::PathChanged>(&event)) {
    // A stranger's time runs from here, not from a handshake that it may never end.
    if (is_host() && !path_seen_) login_deadline_ = now_ + limits_.login;
    has_path_ = path_seen_ = true;
    events_.push_back(*path);
  } else if (auto* lost = std::get_if<link::PathLost>(&event)) {
    has_path_ = false;
    events_.push_back(*lost);
  } else if (auto* wanted = std::get_if<link::RelaysWanted>(&event)) {
    events_.push_back(*wanted);
  } else if (auto* learned = std::get_if<link::PairLearned>(&event)) {
    events_.push_back(*learned);
  }
}

void Session::on_connected(const ChannelConnected& connected) {
  peer_.bytes = connected.peer;
  if (login_deadline_ == kNever) login_deadline_ = now_ + limits_.login;
  auto binding = channel_->binding();
  if (!binding) return breach("the channel gives no binding");
  const crypto::PublicKey own{channel_->own_key()};
  if (is_host()) {
    host_login_ = std::make_unique<HostLogin>(
        LoginBinding{channel_->protocol(), std::move(*binding), peer_, own}, *gatekeeper_, random_);
    control_ = open(StreamKind::control, kControlPriority);
    return say(host_login_->start(now_));
  }
  caller_login_ = std::make_unique<CallerLogin>(
      LoginBinding{channel_->protocol(), std::move(*binding), own, peer_}, std::move(proof_), random_);
}

void Session::on_data(const quic::StreamData& data) {
  // The host's own control and clipboard streams carry the caller's answers; every other stream was
  // announced by StreamOpened.
  auto [it, fresh] = incoming_.try_emplace(data.stream);
  if (fresh && data.stream == control_) it->second.kind = StreamKind::control;
  if (fresh && data.stream == clipboard_stream_) it->second.kind = StreamKind::clipboard;
  Incoming& stream = it->second;
  ByteView bytes = data.bytes;
  if (!identify(data.stream, stream, bytes)) return;
  traffic_.add_received(content_of(*stream.kind), bytes.size());
  stream.messages.set_max(authenticated_ ? max_message(*stream.kind) : kMaxLoginControl);
  stream.messages.add(bytes);
  const StreamHandle handle = data.stream;
  while (!own_reason_) {
    auto found = incoming_.find(handle);
    if (found == incoming_.end()) return;
    auto message = found->second.messages.next();
    if (!message) break;
    on_message(*found->second.kind, *message);
    found->second.messages.set_max(authenticated_ ? max_message(*found->second.kind) : kMaxLoginControl);
  }
  if (incoming_.at(handle).messages.broken()) breach("a message is too long");
}

/// Takes the kind from the front of a new stream. False when there is nothing more to do with `bytes`.
bool Session::identify(StreamHandle handle, Incoming& stream, ByteView& bytes) {
  if (stream.kind) return true;
  if (bytes.empty()) return false;
  const auto kind = static_cast<StreamKind>(bytes[0]);
  bytes = bytes.subspan(1);
  const bool again = std::any_of(incoming_.begin(), incoming_.end(),
                                 [kind](const auto& other) { return other.second.kind == kind; });
  if (!may_open(kind) || again) {
    breach("a stream of a kind that is not allowed");
    return false;
  }
  stream.kind = kind;
  if (kind == StreamKind::control) control_ = handle;
  if (kind == StreamKind::clipboard) clipboard_stream_ = handle;
  return true;
}

/// May the peer?
bool Session::may_open(StreamKind kind) const {
  if (is_host()) return kind == StreamKind::input && authenticated_;
  if (kind == StreamKind::control) return true;
  return (kind == StreamKind::screen || kind == StreamKind::clipboard) && authenticated_;
}

void Session::on_message(StreamKind kind, ByteView bytes) {
  if (kind == StreamKind::control) {
    auto message = decode_control(bytes);
    return message ? on_control(*message) : breach(name(message.reason()));
  }
  if (kind == StreamKind::input) {
    auto message = decode_input(bytes);
    if (!message) return breach(name(message.reason()));
    events_.push_back(InputReceived{*message});
    return;
  }
  if (kind == StreamKind::clipboard) {
    auto message = decode_clipboard(bytes);
    if (!message) return breach(name(message.reason()));
    if (!clipboard_.on_message(std::move(*message))) breach("a clipboard message out of turn");
    return;
  }
  auto message = decode_screen(bytes);
  if (!message) return breach(name(message.reason()));
  events_.push_back(ScreenReceived{std::move(*message)});
}

void Session::on_control(const Control& message) {
  if (authenticated_) return on_control_in_session(message);
  if (host_login_) return take(host_login_->on_message(now_, message));
  if (caller_login_) return take(caller_login_->on_message(message));
  breach("a message before the handshake");
}

void Session::on_control_in_session(const Control& message) {
  if (auto* signal = std::get_if<LinkSignal>(&message)) return channel_->on_signal(now_, signal->bytes);
  if (is_host()) {
    if (auto* wanted = std::get_if<SoundWanted>(&message)) return events_.push_back(*wanted);
    if (auto* monitor = std::get_if<MonitorWanted>(&message)) return events_.push_back(*monitor);
    if (auto* size = std::get_if<SizeWanted>(&message)) return events_.push_back(*size);
    if (auto* codecs = std::get_if<VideoCodecs>(&message)) return events_.push_back(*codecs);
    return breach("a message that callers do not send");
  }
  if (auto* shape = std::get_if<CursorShape>(&message)) {
    events_.push_back(CursorShapeReceived{shape->bytes});
  } else if (auto* changed = std::get_if<PermissionsChanged>(&message)) {
    permissions_ = PermissionSet(changed->permissions);
    clipboard_.on_permissions();
    events_.push_back(*changed);
  } else if (auto* acked = std::get_if<InputAck>(&message)) {
    events_.push_back(InputAcked{acked->events});
  } else if (auto* monitors = std::get_if<Monitors>(&message)) {
    events_.push_back(*monitors);
  } else if (auto* sizing = std::get_if<Sizing>(&message)) {
    events_.push_back(*sizing);
  } else if (auto* layout = std::get_if<KeyboardLayout>(&message)) {
    events_.push_back(*layout);
  } else {
    breach("a message that hosts do not send");
  }
}

void Session::on_channel_datagram(ByteView bytes) {
  if (!authenticated_) return;
  auto message = decode_datagram(bytes);
  if (!message) return;
  traffic_.add_received(content_of(*message), bytes.size());
  auto take_move = [&](const auto& move) {
    if (!newer(move.sequence, received_sequence_)) return;
    received_sequence_ = move.sequence;
    events_.push_back(PointerMoved{move.x, move.y});
  };
  if (is_host()) {
    if (auto* move = std::get_if<PointerMove>(&*message)) take_move(*move);
  } else if (auto* move = std::get_if<CursorMove>(&*message)) {
    take_move(*move);
  } else if (auto* sound = std::get_if<SoundPacket>(&*message)) {
    events_.push_back(SoundReceived{std::move(*sound)});
  }
}

void Session::on_signal_out(link::Signal signal) {
  if (!authenticated_ || !has_path_) events_.push_back(SignalOut{signal.bytes});
  // Without a path it waits in the stream for the first one that works; repetitions need not.
  if (authenticated_ && (has_path_ || signal.bytes != said_signal_)) say(LinkSignal{signal.bytes});
  said_signal_ = std::move(signal.bytes);
}

void Session::on_closed(const ChannelClosed& closed) {
  if (own_reason_) return end(*own_reason_);
  switch (closed.why) {
    case ChannelEnd::peer:
      return end(reason_of_peer(closed.code, !is_host()));
    case ChannelEnd::key_refused:
      return end(EndReason::key_changed);
    case ChannelEnd::no_path:
    case ChannelEnd::path_lost:
    case ChannelEnd::relay_refused:
      return end(EndReason::no_path);
    case ChannelEnd::local:
    case ChannelEnd::failed:
      return end(EndReason::error);
  }
}

void Session::take(LoginStep step) {
  for (const Control& answer : step.answers) say(answer);
  if (!step.verdict) return;
  step.verdict->outcome == Outcome::admitted ? admit(*step.verdict) : refuse(*step.verdict);
}

void Session::admit(const Verdict& verdict) {
  authenticated_ = true;
  login_deadline_ = kNever;
  permissions_ = PermissionSet(verdict.permissions);
  channel_->trust_peer(now_);
  if (is_host()) {
    screen_ = open(StreamKind::screen, kScreenPriority);
    clipboard_stream_ = open(StreamKind::clipboard, kClipboardPriority);
  } else {
    input_ = open(StreamKind::input, kInputPriority);
  }
  events_.push_back(Authenticated{peer_, permissions_, verdict.kind});
}

void Session::refuse(const Verdict& verdict) {
  if (verdict.outcome == Outcome::breach) return breach("the login did not keep to the protocol");
  const bool wrong = verdict.outcome == Outcome::wrong_password;
  const bool busy = verdict.outcome == Outcome::busy;
  const EndReason reason = wrong ? EndReason::wrong_password : busy ? EndReason::busy : EndReason::refused;
  if (is_host()) {
    // The caller closes when it has read why; the deadline closes what it leaves open.
    login_deadline_ = std::max(login_deadline_, now_ + kTimeToRead);
    host_login_.reset();
    return;
  }
  login_deadline_ = kNever;
  own_reason_ = reason;
  channel_->close(now_, code_of(EndReason::done));
  end(reason, verdict.wait);
}

void Session::say(const Control& message) { write(control_, Content::control, encode(message)); }

std::optional<StreamHandle> Session::open(StreamKind kind, Priority priority) {
  auto stream = channel_->open_stream(priority);
  if (stream) channel_->write(now_, *stream, Buffer{static_cast<std::uint8_t>(kind)});
  return stream;
}

void Session::write(std::optional<StreamHandle> stream, Content content, ByteView message) {
  traffic_.add_sent(content, message.size());
  if (stream && channel_->write(now_, *stream, with_length(message))) return;
  breach("the channel takes no more");
}

/// One that finds no place is lost, as datagrams are.
void Session::send_datagram(Content content, const DatagramMessage& message) {
  const Buffer bytes = encode(message);
  traffic_.add_sent(content, bytes.size());
  channel_->send_datagram(now_, bytes, Urgency::urgent);
}

void Session::breach(std::string_view what) {
  if (log_.wants(LogLevel::info)) log_.write(LogLevel::info, "session ended: " + std::string(what));
  close(now_, EndReason::error);
}

void Session::end(EndReason reason, Duration wait) {
  if (ended_) return;
  ended_ = true;
  authenticated_ = false;
  permissions_ = {};
  login_deadline_ = kNever;
  events_.push_back(Ended{reason, wait});
}

}  // namespace godesk::session
