#include "viewer/viewer_session.h"

#include <algorithm>

#include "base/queue.h"
#include "link/plain_path.h"
#include "media/video.h"
#include "session/quic_channel.h"

namespace godesk::viewer {
namespace {

constexpr Duration kMeetAgain = 2s;  // after the ID server ended what it had begun

CloseReason close_reason(session::EndReason reason) {
  switch (reason) {
    case session::EndReason::done:
      return CloseReason::done;
    case session::EndReason::by_host:
      return CloseReason::by_host;
    case session::EndReason::wrong_password:
      return CloseReason::wrong_password;
    case session::EndReason::refused:
      return CloseReason::refused;
    case session::EndReason::busy:
      return CloseReason::busy;
    case session::EndReason::revoked:
      return CloseReason::revoked;
    case session::EndReason::key_changed:
      return CloseReason::key_changed;
    case session::EndReason::no_path:
      return CloseReason::no_path;
    case session::EndReason::error:
      return CloseReason::error;
  }
  return CloseReason::error;
}

}  // namespace

std::string_view name(CloseReason reason) {
  switch (reason) {
    case CloseReason::done:
      return "done";
    case CloseReason::by_host:
      return "by-host";
    case CloseReason::interrupted:
      return "interrupted";
    case CloseReason::wrong_password:
      return "wrong-password";
    case CloseReason::refused:
      return "refused";
    case CloseReason::busy:
      return "busy";
    case CloseReason::revoked:
      return "revoked";
    case CloseReason::key_changed:
      return "key-changed";
    case CloseReason::not_found:
      return "not-found";
    case CloseReason::no_path:
      return "no-path";
    case CloseReason::server_unreachable:
      return "server-unreachable";
    case CloseReason::error:
      return "error";
  }
  return "error";
}

ViewerSession::ViewerSession(ViewerConfig config, Surface& surface, Ids& ids, Random& random, LogSink& log)
    : config_(std::move(config)), surface_(surface), ids_(ids), random_(random), log_(log) {}

ViewerSession::~ViewerSession() = default;

void ViewerSession::start(Time now) {
  now_ = now;
  if (auto* address = std::get_if<Endpoint>(&config_.target)) {
    return start_session(std::make_unique<link::PlainPath>(*address, config_.path_timeout, ids_),
                         config_.pinned_host);
  }
  open_rendezvous();
  prepare();
  rendezvous_->find(now, std::get<auth::DeviceId>(config_.target));
}

void ViewerSession::prepare() {
  if (config_.relay_only || !config_.pinned_host) return;
  link::Config link;
  link.role = link::Role::caller;
  for (const std::string& host : config_.server->hosts)
    link.stun.push_back({host, config_.server->stun_port});
  link.loopback = link::uses_loopback(link);
  link.interfaces = addresses_;
  prepared_ = std::make_unique<link::Link>(std::move(link), ids_, random_, log_);
  nest_.add(*prepared_);
  prepared_->prepare(now_);
}

std::optional<ViewerEvent> ViewerSession::next_event() {
  settle();
  return pop(events_);
}

void ViewerSession::send_input(Time now, const session::Input& input) {
  now_ = now;
  inputs_.add(input);
}

void ViewerSession::move_pointer(Time now, std::uint16_t x, std::uint16_t y) {
  now_ = now;
  if (session_) session_->move_pointer(now, x, y);
}

void ViewerSession::want_monitor(Time now, std::uint32_t monitor) {
  now_ = now;
  if (session_) session_->want_monitor(now, monitor);
}

void ViewerSession::want_size(Time now, const session::SizeWanted& size) {
  now_ = now;
  config_.size = size;
  if (session_) session_->want_size(now, size);
}

void ViewerSession::set_sound(Time now, bool on) {
  now_ = now;
  sound_on_ = on;
  if (config_.sound && session_) session_->want_sound(now, on);
}

void ViewerSession::on_clipboard(Time now) {
  now_ = now;
  config_.clipboard->work(now);
}

void ViewerSession::close(Time now, CloseReason reason) {
  now_ = now;
  if (closed_ || own_reason_) return;
  own_reason_ = reason;
  if (!session_) return finish({reason, {}, {}, {}});
  session_->close(now, reason == CloseReason::error ? session::EndReason::error : session::EndReason::done);
}

bool ViewerSession::done() const { return closed_ && (!session_ || session_->done()); }

void ViewerSession::on_network(Time now, const std::vector<IpAddress>& addresses) {
  addresses_ = addresses;
  Wrapper::on_network(now, addresses);
}

void ViewerSession::tell_greeting() {
  if (!prepared_ || told_greeting_ == prepared_->greeting_version()) return;
  told_greeting_ = prepared_->greeting_version();
  if (auto greeting = prepared_->greeting()) rendezvous_->set_greeting(now_, std::move(*greeting));
}

void ViewerSession::settle() {
  tell_greeting();
  while (auto event = rendezvous_ ? rendezvous_->next_event() : std::nullopt)
    on_rendezvous(std::move(*event));
  pump_profile();
  while (auto event = session_ ? session_->next_event() : std::nullopt) on_session_event(std::move(*event));
  if (session_ && session_->authenticated()) inputs_.work(now_, *session_);
  if (clipboard_) clipboard_->work(now_);
}

void ViewerSession::on_rendezvous(rendezvous::ClientEvent event) {
  namespace ev = rendezvous::event;
  if (auto* proved = std::get_if<ev::ServerProved>(&event)) {
    events_.push_back(ServerProved{proved->identity});
  } else if (auto* connected = std::get_if<ev::Connected>(&event)) {
    measure(connected->services);
  } else if (auto* introduced = std::get_if<ev::Introduced>(&event)) {
    on_introduced(*introduced);
  } else if (auto* refused = std::get_if<ev::Refused>(&event)) {
    const bool busy = refused->why == ev::Refused::Why::busy;
    finish({busy ? CloseReason::busy : CloseReason::not_found, refused->wait, {}, {}});
  } else if (auto* unreachable = std::get_if<ev::Unreachable>(&event)) {
    finish({CloseReason::server_unreachable, {}, unreachable->why, {}});
  } else if (auto* signal = std::get_if<ev::Signal>(&event)) {
    if (!session_ || intro_ != signal->intro) return;
    host_spoke_ = true;
    session_->on_signal(now_, signal->bytes);
  } else if (auto* ended = std::get_if<ev::IntroductionEnded>(&event)) {
    if (intro_ != ended->intro) return;
    intro_.reset();
    // Ended before we met: the host takes no one now, or took us and waited in vain.
    if (!met_host()) finish({host_spoke_ ? CloseReason::no_path : CloseReason::refused, {}, {}, {}});
    if (pathless_) meet_at_ = now_ + kMeetAgain;
  } else if (auto* refreshed = std::get_if<ev::Refreshed>(&event)) {
    on_refreshed(*refreshed);
  } else if (std::holds_alternative<ev::RefreshFailed>(event)) {
    pathless_ ? void(meet_at_ = now_ + kMeetAgain) : leave_rendezvous();
  }
}

/// Packets that go ahead of the proof of a path may have done all of the login before a path is told.
bool ViewerSession::met_host() const {
  return path_seen_ || (session_ && session_->channel().binding().has_value());
}

void ViewerSession::on_refreshed(const rendezvous::event::Refreshed& refreshed) {
  if (!session_ || closed_ || refreshed.intro != born_) return;
  token_ = refreshed.services.refresh_token;
  session_->set_relays(now_, link::relays_from(refreshed.services, config_.own_relays));
  if (!refreshed.met) return pathless_ ? void() : leave_rendezvous();
  intro_ = refreshed.intro;
  if (!signal_.empty()) rendezvous_->send_signal(now_, *intro_, signal_);
}

/// For this session, by the introduction that it came from; nobody logs in.
void ViewerSession::meet() {
  meet_at_ = kNever;
  if (!born_ || closed_ || !session_->authenticated()) return;
  open_rendezvous();
  rendezvous_->meet(now_, *born_, token_);
}

void ViewerSession::on_timer(Time now) {
  Wrapper::on_timer(now);
  if (now >= meet_at_) meet();
  if (config_.clipboard && config_.clipboard->next_deadline() <= now) config_.clipboard->work(now);
}

Time ViewerSession::next_deadline() const {
  const Time clipboard = config_.clipboard ? config_.clipboard->next_deadline() : kNever;
  return std::min({nest_.next_deadline(), meet_at_, clipboard});
}

void ViewerSession::measure(const rendezvous::Services& services) {
  if (config_.relay_only || profile_) return;
  link::KeeperConfig keeper;
  keeper.probe.burst = 3;  // the same server is asked for a relay and for addresses in this second
  profile_ = std::make_unique<link::ProfileKeeper>(std::move(keeper), ids_, random_);
  nest_.add(*profile_);
  profile_->on_network(now_, addresses_);
  profile_->set_vantages(now_,
                         link::vantages_from(services, config_.server->tls_port, rendezvous_->proxied()));
}

void ViewerSession::pump_profile() {
  if (!profile_ || !session_ || told_profile_ == profile_->version()) return;
  told_profile_ = profile_->version();
  if (const auto profile = profile_->profile(now_)) session_->set_profile(now_, *profile);
}

void ViewerSession::on_introduced(const rendezvous::event::Introduced& introduced) {
  if (session_ || closed_) return;
  intro_ = born_ = introduced.intro;
  token_ = introduced.services.refresh_token;
  if (config_.pinned_host && *config_.pinned_host != introduced.host) {
    return finish({CloseReason::key_changed, {}, {}, introduced.host});
  }
  link::Config link = link::config_from(introduced.services, config_.own_relays);
  link.role = link::Role::caller;
  link.relay_only = config_.relay_only;
  link.early_direct = introduced.authorised && config_.pinned_host;
  link.udp_was_blocked = config_.udp_was_blocked;
  link.remembered = config_.remembered;
  link.connect_timeout = config_.path_timeout;
  link.interfaces = addresses_;
  if (!prepared_) {
    return start_session(std::make_unique<link::Link>(std::move(link), ids_, random_, log_), introduced.host);
  }
  prepared_->introduce(std::move(link));
  link::Link& prepared = *prepared_;
  start_session(std::move(prepared_), introduced.host);
  nest_.hand_over(prepared, *session_);
}

void ViewerSession::start_session(std::unique_ptr<link::Carrier> carrier,
                                  std::optional<crypto::PublicKey> expected) {
  session::QuicChannelConfig channel;
  channel.role = quic::Role::client;
  if (std::holds_alternative<Endpoint>(config_.target)) channel.keep_alive = link::PlainPath::kKeepAlive;
  channel.identity = config_.identity;
  channel.expected_peer = expected;
  session_ = std::make_unique<session::Session>(
      std::make_unique<session::QuicChannel>(std::move(channel), std::move(carrier), random_, log_),
      session::Proof{config_.password, config_.pinned_host.has_value()}, random_, log_, config_.limits);
  nest_.add(*session_);
  session_->start(now_);
}

void ViewerSession::on_session_event(session::Event event) {
  if (auto* path = std::get_if<link::PathChanged>(&event)) {
    path_seen_ = true;
    // Signals go within the session again.
    if (std::exchange(pathless_, false)) leave_rendezvous();
    meet_at_ = kNever;
    events_.push_back(*path);
  } else if (auto* lost = std::get_if<link::PathLost>(&event)) {
    events_.push_back(*lost);
    if (session_->authenticated()) {
      pathless_ = true;
      meet();
    }
  } else if (auto* learned = std::get_if<link::PairLearned>(&event)) {
    events_.push_back(*learned);
  } else if (std::holds_alternative<link::RelaysWanted>(event)) {
    if (born_ && !pathless_ && session_->authenticated()) {
      open_rendezvous();
      rendezvous_->refresh(now_, *born_, token_);
    }
  } else if (auto* signal = std::get_if<session::SignalOut>(&event)) {
    on_signal_out(std::move(signal->bytes));
  } else if (auto* who = std::get_if<session::Authenticated>(&event)) {
    leave_rendezvous();
    if (config_.sound && sound_on_) session_->want_sound(now_, true);
    if (const auto more = media::built_codecs()) session_->tell_video_codecs(now_, more);
    if (config_.monitor != 0) session_->want_monitor(now_, config_.monitor);
    if (config_.size != session::SizeWanted{}) session_->want_size(now_, config_.size);
    if (config_.clipboard) {
      clipboard_.emplace(*config_.clipboard, session::ClipboardBridge::Start::offers);
      clipboard_->work(now_);
      clipboard_->add(now_, *session_);
    }
    events_.push_back(Authenticated{who->peer, who->permissions});
  } else if (auto* screen = std::get_if<session::ScreenReceived>(&event)) {
    on_update(screen->update);
  } else if (auto* shape = std::get_if<session::CursorShapeReceived>(&event)) {
    auto cursor = media::decode_cursor(shape->shape);
    cursor ? surface_.on_cursor(*cursor) : close(now_, CloseReason::error);
  } else if (auto* copied = std::get_if<session::ClipboardEvent>(&event)) {
    on_copied(std::move(*copied));
  } else if (auto* monitors = std::get_if<session::Monitors>(&event)) {
    events_.push_back(std::move(*monitors));
  } else if (auto* sizing = std::get_if<session::Sizing>(&event)) {
    events_.push_back(*sizing);
  } else if (auto* layout = std::get_if<session::KeyboardLayout>(&event)) {
    events_.push_back(std::move(*layout));
  } else if (auto* sound = std::get_if<session::SoundReceived>(&event)) {
    on_sound(sound->sound);
  } else if (auto* moved = std::get_if<session::PointerMoved>(&event)) {
    surface_.on_cursor_moved({moved->x, moved->y});
  } else if (auto* acked = std::get_if<session::InputAcked>(&event)) {
    if (!inputs_.acknowledge(acked->events)) close(now_, CloseReason::error);
  } else if (auto* ended = std::get_if<session::Ended>(&event)) {
    on_ended(*ended);
  }
}

void ViewerSession::on_signal_out(Buffer bytes) {
  signal_ = std::move(bytes);
  if (intro_) rendezvous_->send_signal(now_, *intro_, signal_);
}

void ViewerSession::on_update(const session::ScreenUpdate& update) {
  const Time before = read_clock();
  auto decoded = decoder_.decode(update.update, canvas_);
  if (!decoded) {
    if (log_.wants(LogLevel::warning)) {
      log_.write(LogLevel::warning,
                 std::string("a screen update was refused: ") + to_string(decoded.reason()));
    }
    return close(now_, CloseReason::error);
  }
  if (log_.wants(LogLevel::debug))
    log_.write(LogLevel::debug, "viewer: update of " + std::to_string(update.update.size()) + " bytes");
  ++figures_.updates;
  figures_.screen_bytes += Bytes{static_cast<std::int64_t>(update.update.size())};
  figures_.capture += std::chrono::microseconds(update.capture_us);
  figures_.encode += std::chrono::microseconds(update.encode_us);
  figures_.decode += read_clock() - before;
  surface_.on_screen(canvas_.view(), decoded->changed, decoded->key);
  lips_.on_picture(read_clock() + surface_.last_paint_time(), figures_.updates, decoded->video);
  if (decoded->video) keep_together();
  if (first_frame_told_ || !decoded->complete) return;
  first_frame_told_ = true;
  events_.push_back(FirstFrame{canvas_.width(), canvas_.height()});
}

void ViewerSession::on_sound(const session::SoundPacket& sound) {
  if (!config_.sound || !sound_on_) return;
  lips_.on_sound(sound.sequence, sound.picture, std::chrono::milliseconds(sound.after_ms));
  keep_together();
  config_.sound->put(sound.sequence, sound.packet);
}

void ViewerSession::keep_together() {
  if (!config_.sound) return;
  if (const auto played = config_.sound->played()) lips_.on_played(*played);
  config_.sound->hold(lips_.hold(read_clock()));
}

/// The application hears what happens, not what was copied.
void ViewerSession::on_copied(session::ClipboardEvent event) {
  if (!clipboard_) return;
  if (!std::holds_alternative<session::ClipboardArrived>(event)) events_.push_back(event);
  clipboard_->on_event(now_, *session_, std::move(event));
}

void ViewerSession::on_ended(const session::Ended& ended) {
  if (clipboard_) clipboard_->remove(now_, *session_);
  clipboard_.reset();
  finish({own_reason_.value_or(close_reason(ended.reason)), ended.wait, {}, {}});
}

void ViewerSession::open_rendezvous() {
  if (rendezvous_) {
    rendezvous_->goodbye(now_);
    nest_.remove(*rendezvous_);
  }
  rendezvous::ClientConfig client;
  client.role = rendezvous::Role::viewer;
  client.server = *config_.server;
  client.identity = config_.identity;
  client.pinned = config_.pinned_server;
  client.own_relays = link::hosts_of(config_.own_relays);
  rendezvous_ = std::make_unique<rendezvous::Client>(std::move(client), ids_, random_, log_);
  nest_.add(*rendezvous_);
  rendezvous_->start(now_);
}

void ViewerSession::leave_rendezvous() {
  if (!rendezvous_) return;
  if (intro_) rendezvous_->end_introduction(now_, *intro_);
  intro_.reset();
  rendezvous_->goodbye(now_);
}

void ViewerSession::finish(Closed closed) {
  if (closed_) return;
  closed_ = true;
  leave_rendezvous();
  if (prepared_) nest_.remove(*prepared_);
  prepared_.reset();
  events_.push_back(std::move(closed));
}

}  // namespace godesk::viewer
