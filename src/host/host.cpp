#include "host/host.h"

#include <algorithm>

#include "base/queue.h"
#include "link/plain_path.h"

namespace godesk::host {
namespace {

constexpr Duration kTimeToPath = 10s;  // for a caller who was introduced

/// What one subscriber has.
IpAddress network_of(const IpAddress& ip) { return ip.prefix(ip.is_v4() ? 32 : 56); }

}  // namespace

Host::Host(HostConfig config, FrameSource& source, InputSink& sink, GuessStore& store, Ids& ids,
           Random& random, LogSink& log)
    : config_(std::move(config)),
      source_(source),
      sink_(sink),
      ids_(ids),
      random_(random),
      log_(log),
      door_(config_.door, random, store),
      feed_(config_.feed, source),
      size_(config_.size, config_.sizer) {
  if (config_.clipboard) clipboard_.emplace(*config_.clipboard, session::ClipboardBridge::Start::waits);
  if (config_.sound) sound_.emplace(*config_.sound);
  if (config_.direct_ip) direct_ = std::make_unique<DirectListener>(*config_.direct_ip, ids, random);
  if (!config_.server) return;
  rendezvous::ClientConfig client;
  client.role = rendezvous::Role::host;
  client.server = *config_.server;
  client.identity = config_.door.identity;
  client.pinned = config_.pinned_server;
  client.own_relays = link::hosts_of(config_.own_relays);
  rendezvous_ = std::make_unique<rendezvous::Client>(client, ids, random, log);
  nest_.add(*rendezvous_);
  tell_authorised();
  if (config_.relay_only) return;
  link::KeeperConfig keeper;
  keeper.measure_life = true;
  profile_ = std::make_unique<link::ProfileKeeper>(std::move(keeper), ids, random);
  nest_.add(*profile_);
}

Host::~Host() = default;

void Host::start(Time now) {
  now_ = now;
  if (rendezvous_) rendezvous_->start(now);
  if (direct_) direct_->start();
  if (config_.clipboard) config_.clipboard->work(now);
}

void Host::prepare_next() {
  const bool wanted = rendezvous_ && !config_.relay_only && !shutting_down_ && !stun_.empty() &&
                      !door_.authorised_keys().all().empty();
  if (!wanted && next_) {
    nest_.remove(*next_);
    next_.reset();
    rendezvous_->set_greeting(now_, {});
  }
  if (!wanted || next_) return;
  link::Config link;
  link.role = link::Role::host;
  link.stun = stun_;
  link.loopback = link::uses_loopback(link);
  link.punch_budget = punch_budget_;
  link.interfaces = addresses_;
  if (profile_) link.profile = profile_->profile(now_);
  next_ = std::make_unique<link::Link>(std::move(link), ids_, random_, log_);
  nest_.add(*next_);
  next_->prepare(now_);
  told_greeting_ = 0;
}

/// The server gives it to the next authorised caller, and to nobody else.
void Host::tell_greeting() {
  if (!next_ || next_->gathering() || told_greeting_ == next_->greeting_version()) return;
  told_greeting_ = next_->greeting_version();
  if (auto greeting = next_->greeting()) rendezvous_->set_greeting(now_, std::move(*greeting));
}

void Host::on_display(Time now) {
  now_ = now;
  feed_.look(now);
}

void Host::on_input_sink(Time now) {
  now_ = now;
  sink_.on_ready();
}

void Host::on_clipboard(Time now) {
  now_ = now;
  config_.clipboard->work(now);
}

void Host::renew_password(Time now) {
  now_ = now;
  door_.renew_password();
}

void Host::set_authorised(Time now, auth::AuthorisedKeys keys) {
  now_ = now;
  const auth::AuthorisedKeys before = door_.authorised_keys();
  door_.set_authorised(std::move(keys));
  tell_authorised();
  for (auto& session : sessions_) {
    const bool taken_out = before.lists(session->peer) && !door_.authorised_keys().lists(session->peer);
    if (taken_out && session->opened) session->session.close(now, session::EndReason::revoked);
  }
}

void Host::end_session(Time now, SessionNumber number) {
  now_ = now;
  for (auto& session : sessions_) {
    if (session->number == number) session->session.close(now, session::EndReason::by_host);
  }
}

void Host::shut_down(Time now) {
  now_ = now;
  shutting_down_ = true;
  for (auto& session : sessions_) session->session.close(now, session::EndReason::by_host);
  if (rendezvous_) rendezvous_->goodbye(now);
}

bool Host::done() const { return shutting_down_ && sessions_.empty(); }

std::optional<HostEvent> Host::next_event() {
  settle();
  return pop(events_);
}

std::vector<std::pair<SessionNumber, const session::Session*>> Host::sessions() const {
  std::vector<std::pair<SessionNumber, const session::Session*>> open;
  for (const auto& session : sessions_) {
    if (session->opened && !session->ended) open.emplace_back(session->number, &session->session);
  }
  return open;
}

void Host::on_network(Time now, const std::vector<IpAddress>& addresses) {
  addresses_ = addresses;
  Wrapper::on_network(now, addresses);
}

void Host::on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) {
  if (!direct_ || !direct_->owns(socket)) return Wrapper::on_datagram(now, socket, from, bytes);
  now_ = now;
  if (auto* session = by_direct(from)) return session->session.on_datagram(now, socket, from, bytes);
  if (auto newcomer = direct_->on_datagram(now, socket, from, bytes)) {
    on_newcomer(now, std::move(*newcomer), bytes);
  }
}

void Host::on_socket(Time now, SocketId socket, const SocketEvent& event) {
  if (!direct_ || !direct_->owns(socket)) return Wrapper::on_socket(now, socket, event);
  now_ = now;
  direct_->on_socket(socket, event);
  if (direct_->state() == DirectListener::State::failed) {
    events_.push_back(DirectIpFailed{*config_.direct_ip, direct_->why()});
  } else if (direct_->state() == DirectListener::State::open && !rendezvous_ && !ready_told_) {
    ready_told_ = true;
    events_.push_back(Ready{});
  }
}

void Host::on_timer(Time now) {
  Wrapper::on_timer(now);
  if (sink_.next_deadline() <= now) sink_.on_timer();
  if (feed_.next_deadline() <= now) feed_.look(now);
  if (config_.clipboard && config_.clipboard->next_deadline() <= now) config_.clipboard->work(now);
}

std::optional<Command> Host::next_command() {
  if (auto command = direct_ ? direct_->next_command() : std::nullopt) return command;
  return Wrapper::next_command();
}

std::optional<Transmit> Host::next_transmit() {
  if (auto transmit = direct_ ? direct_->next_transmit() : std::nullopt) return transmit;
  return Wrapper::next_transmit();
}

Time Host::next_deadline() const {
  const Time clipboard = config_.clipboard ? config_.clipboard->next_deadline() : kNever;
  Time first = std::min({nest_.next_deadline(), sink_.next_deadline(), feed_.next_deadline(),
                         size_.next_deadline(), clipboard});
  for (const auto& session : sessions_) first = std::min(first, session->input.next_deadline());
  return first;
}

void Host::settle() {
  pump_rendezvous();
  pump_profile();
  pump_sessions();
  prepare_next();
  tell_greeting();
  if (rendezvous_) {
    rendezvous_->set_need(now_, std::any_of(sessions_.begin(), sessions_.end(), [](const auto& s) {
                            return s->opened && !s->ended && s->pathless;
                          }));
  }
  for (auto& session : sessions_) {
    session->input.set_origin(feed_.origin(session->session));
    session->input.work(now_);
  }
  tell_layout();
  size_.work(now_);
  feed_.show(now_);
  if (clipboard_) clipboard_->work(now_);
  if (sound_) sound_->work(now_);
  forget_done_sessions();
  sink_.flush();
  if (ready_told_) tell_password();
}

void Host::pump_rendezvous() {
  while (auto event = rendezvous_ ? rendezvous_->next_event() : std::nullopt)
    on_rendezvous(std::move(*event));
}

void Host::pump_profile() {
  if (!profile_) return;
  const auto profile = profile_->profile(now_);
  if (!profile) return;
  // Half of the words are then the prepared link's.
  const int others = next_ && next_->keeps_mapping() ? 2 : 1;
  rendezvous_->set_ping_every(others * link::keep_alive_for(profile->mapping_life));
  if (told_profile_ == profile_->version()) return;
  told_profile_ = profile_->version();
  for (auto& session : sessions_) session->session.set_profile(now_, *profile);
  if (next_) next_->set_profile(now_, *profile);
}

void Host::pump_sessions() {
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    while (auto event = sessions_[i]->session.next_event())
      on_session_event(*sessions_[i], std::move(*event));
  }
}

void Host::on_rendezvous(rendezvous::ClientEvent event) {
  namespace ev = rendezvous::event;
  if (auto* proved = std::get_if<ev::ServerProved>(&event)) {
    events_.push_back(ServerProved{proved->identity});
  } else if (auto* registered = std::get_if<ev::Registered>(&event)) {
    if (!ready_told_) events_.push_back(Ready{registered->id});
    ready_told_ = true;
    stun_ = registered->services.stun;
    if (profile_)
      profile_->set_vantages(
          now_, link::vantages_from(registered->services, config_.server->tls_port, rendezvous_->proxied()));
  } else if (auto* offline = std::get_if<ev::WentOffline>(&event)) {
    events_.push_back(WentOffline{offline->why});
  } else if (std::holds_alternative<ev::WentOnline>(event)) {
    events_.push_back(WentOnline{});
  } else if (auto* introduction = std::get_if<ev::Introduction>(&event)) {
    introduction->again ? come_back(*introduction) : admit(*introduction);
  } else if (auto* signal = std::get_if<ev::Signal>(&event)) {
    if (auto* session = by_intro(signal->intro)) session->session.on_signal(now_, signal->bytes);
  } else if (auto* ended = std::get_if<ev::IntroductionEnded>(&event)) {
    if (auto* session = by_intro(ended->intro)) session->intro.reset();
  } else if (auto* refreshed = std::get_if<ev::Refreshed>(&event)) {
    on_refreshed(*refreshed);
  }
}

/// Only a session that is open, and only for the key that it is open with: the server cannot bring anyone in.
void Host::come_back(const rendezvous::event::Introduction& introduction) {
  HostSession* session = born_of(introduction.intro);
  if (!session || session->peer != introduction.caller) {
    return rendezvous_->end_introduction(now_, introduction.intro);
  }
  session->intro = introduction.intro;
  session->token = introduction.services.refresh_token;
  session->session.set_relays(now_, link::relays_from(introduction.services, config_.own_relays));
  if (!session->signal.empty()) rendezvous_->send_signal(now_, *session->intro, session->signal);
}

void Host::on_refreshed(const rendezvous::event::Refreshed& refreshed) {
  HostSession* session = born_of(refreshed.intro);
  if (!session) return;
  session->token = refreshed.services.refresh_token;
  session->session.set_relays(now_, link::relays_from(refreshed.services, config_.own_relays));
}

void Host::admit(const rendezvous::event::Introduction& introduction) {
  const bool authorised = door_.authorised(now_, introduction.caller).has_value();
  const bool known = authorised || door_.knows(introduction.caller);
  if (!has_room(known, Way::by_id)) return rendezvous_->end_introduction(now_, introduction.intro);
  link::Config link = link::config_from(introduction.services, config_.own_relays);
  link.punch_budget = punch_budget_;
  link.role = link::Role::host;
  link.relay_only = config_.relay_only;
  link.early_direct = authorised;
  link.udp_was_blocked = config_.udp_was_blocked && config_.udp_was_blocked();
  link.interfaces = addresses_;
  link.connect_timeout = kTimeToPath;

  session::QuicChannelConfig channel;
  channel.expected_peer = introduction.caller;
  const HostSession::Origin origin{introduction.intro, {}, introduction.services.refresh_token, known};
  if (!authorised || !next_) {
    return open_session(std::make_unique<link::Link>(std::move(link), ids_, random_, log_),
                        std::move(channel), origin);
  }
  next_->introduce(std::move(link));
  link::Link& prepared = *next_;
  open_session(std::move(next_), std::move(channel), origin);
  nest_.hand_over(prepared, sessions_.back()->session);
  rendezvous_->set_greeting(now_, {});
}

void Host::on_newcomer(Time now, DirectListener::Newcomer newcomer, ByteView first) {
  if (!makes_room(newcomer.from.ip)) return;
  session::QuicChannelConfig channel;
  channel.first = std::move(newcomer.first);
  channel.keep_alive = link::PlainPath::kKeepAlive;
  open_session(std::make_unique<link::PlainPath>(newcomer.socket, newcomer.local, newcomer.from),
               std::move(channel), {{}, newcomer.from});
  sessions_.back()->session.on_datagram(now, newcomer.socket, newcomer.from, first);
}

void Host::open_session(std::unique_ptr<link::Carrier> carrier, session::QuicChannelConfig channel,
                        const HostSession::Origin& origin) {
  channel.role = quic::Role::server;
  channel.identity = config_.door.identity;
  auto session = std::make_unique<HostSession>(
      SessionNumber{++last_number_}, now_, origin,
      std::make_unique<session::QuicChannel>(std::move(channel), std::move(carrier), random_, log_), door_,
      sink_, random_, log_, config_.limits);
  nest_.add(session->session);
  session->session.start(now_);
  if (const auto known = profile_ ? profile_->profile(now_) : std::nullopt)
    session->session.set_profile(now_, *known);
  sessions_.push_back(std::move(session));
}

/// For strangers of one way.
std::size_t Host::places() const {
  const std::size_t share = config_.server && config_.direct_ip ? 2 : 1;
  return std::max<std::size_t>(config_.max_strangers / share, 1);
}

/// Strangers cannot shut out who was here before, nor those who come the other way.
bool Host::has_room(bool known, Way way) const {
  if (shutting_down_) return false;
  if (known) return live_sessions() < config_.max_sessions;
  return strangers(way) < places() && sessions_.size() < config_.max_sessions;
}

/// One network has half of the places at most. Where all are taken, the oldest caller who used up its right
/// goes: a login takes less time than that, a connection that is kept half open takes more.
bool Host::makes_room(const IpAddress& caller) {
  const auto of_direct = [this](auto counts) {
    std::vector<HostSession*> found;
    for (auto& session : sessions_) {
      if (session->direct && session->is_stranger() && counts(*session)) found.push_back(session.get());
    }
    return found;
  };
  const auto neighbours =
      of_direct([&](const HostSession& s) { return network_of(s.direct->ip) == network_of(caller); });
  if (neighbours.size() >= std::max<std::size_t>(places() / 2, 1)) return false;
  if (has_room(false, Way::by_address)) return true;
  const auto old = of_direct([&](const HostSession& s) { return now_ - s.since >= config_.stranger_right; });
  if (old.empty() || sessions_.size() >= config_.max_sessions || shutting_down_) return false;
  old.front()->session.close(now_, session::EndReason::busy);
  old.front()->ended = true;
  return true;
}

void Host::on_session_event(HostSession& session, session::Event event) {
  if (auto* who = std::get_if<session::Authenticated>(&event)) {
    on_authenticated(session, *who);
  } else if (auto* input = std::get_if<session::InputReceived>(&event)) {
    session.input.add(now_, std::move(input->input));
  } else if (auto* copied = std::get_if<session::ClipboardEvent>(&event)) {
    if (clipboard_ && session.opened && !session.ended)
      clipboard_->on_event(now_, session.session, std::move(*copied));
  } else if (auto* monitor = std::get_if<session::MonitorWanted>(&event)) {
    if (session.opened && !session.ended) feed_.choose(now_, session.session, monitor->monitor);
  } else if (auto* size = std::get_if<session::SizeWanted>(&event)) {
    if (session.opened && !session.ended) size_.want(session.session, *size);
  } else if (auto* codecs = std::get_if<session::VideoCodecs>(&event)) {
    if (session.opened && !session.ended) feed_.set_codecs(session.session, codecs->more);
  } else if (auto* sound = std::get_if<session::SoundWanted>(&event)) {
    if (sound_ && session.opened && !session.ended) sound_->want(session.session, sound->on);
  } else if (auto* pointer = std::get_if<session::PointerMoved>(&event)) {
    session.input.move_pointer(pointer->x, pointer->y);
  } else if (auto* path = std::get_if<link::PathChanged>(&event)) {
    on_path(session, path->path);
  } else if (std::holds_alternative<link::PathLost>(event)) {
    session.pathless = true;
    size_.set_pathless(now_, session.session, true);
    if (session.opened) session.input.let_go();
  } else if (std::holds_alternative<link::RelaysWanted>(event)) {
    renew_relays(session);
  } else if (auto* signal = std::get_if<session::SignalOut>(&event)) {
    on_signal_out(session, std::move(signal->bytes));
  } else if (auto* ended = std::get_if<session::Ended>(&event)) {
    on_ended(session, *ended);
  }
}

/// Strangers leave no trace in what the host tells: whoever reads it need not keep up with them.
void Host::on_path(HostSession& session, const link::PathInfo& path) {
  session.pathless = false;
  size_.set_pathless(now_, session.session, false);
  session.path = path;
  if (session.opened) events_.push_back(SessionPath{session.number, path});
}

void Host::on_signal_out(HostSession& session, Buffer bytes) {
  session.signal = std::move(bytes);
  if (session.intro) rendezvous_->send_signal(now_, *session.intro, session.signal);
}

void Host::renew_relays(HostSession& session) {
  if (!session.opened || !session.born || !rendezvous_) return;
  rendezvous_->refresh(now_, *session.born, session.token);
}

void Host::on_authenticated(HostSession& session, const session::Authenticated& who) {
  session.opened = true;
  session.peer = who.peer;
  leave_introduction(session);
  feed_.add(session.session);
  feed_.look(now_);
  if (clipboard_) clipboard_->add(now_, session.session);
  events_.push_back(SessionOpened{session.number, who.peer});
  if (session.path) events_.push_back(SessionPath{session.number, *session.path});
}

void Host::on_ended(HostSession& session, const session::Ended& ended) {
  if (session.opened) {
    feed_.remove(session.session);
    size_.remove(session.session);
    if (clipboard_) clipboard_->remove(now_, session.session);
    if (sound_) sound_->remove(session.session);
    session.input.let_go();
    events_.push_back(SessionClosed{session.number, session.peer, ended.reason});
  }
  leave_introduction(session);
  session.ended = true;
}

void Host::leave_introduction(HostSession& session) {
  if (session.intro) rendezvous_->end_introduction(now_, *session.intro);
  session.intro.reset();
}

void Host::forget_done_sessions() {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    if (!(*it)->ended || !(*it)->session.done()) {
      ++it;
      continue;
    }
    nest_.remove((*it)->session);
    it = sessions_.erase(it);
  }
}

void Host::tell_authorised() {
  if (!rendezvous_) return;
  std::vector<crypto::Digest32> hashes;
  for (const auth::AuthorisedKey& entry : door_.authorised_keys().all())
    hashes.push_back(auth::entry_hash(config_.door.identity.public_key, entry.key));
  rendezvous_->set_authorised(now_, std::move(hashes));
}

void Host::tell_password() {
  if (told_generation_ == door_.generation()) return;
  // The first password stands in `ready`; later ones are news of their own.
  if (told_generation_ != 0) events_.push_back(PasswordChanged{door_.shown_password()});
  told_generation_ = door_.generation();
}

/// For those who choose between keys by text and by place.
void Host::tell_layout() {
  const std::string_view layout = sink_.layout();
  for (auto& session : sessions_) {
    const bool types = session->session.permissions().has(session::Permission::input);
    if (layout.empty() || !session->opened || !types || session->layout == layout) continue;
    session->layout = layout;
    session->session.send_layout(now_, {session->layout});
  }
}

HostSession* Host::by_direct(const Endpoint& from) {
  for (auto& session : sessions_) {
    if (session->direct == from) return session.get();
  }
  return nullptr;
}

HostSession* Host::by_intro(const rendezvous::IntroId& intro) {
  for (auto& session : sessions_) {
    if (session->intro == intro) return session.get();
  }
  return nullptr;
}

HostSession* Host::born_of(const rendezvous::IntroId& intro) {
  for (auto& session : sessions_) {
    if (session->born == intro && session->opened && !session->ended) return session.get();
  }
  return nullptr;
}

std::size_t Host::live_sessions() const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [](const auto& s) { return !s->ended; }));
}

std::size_t Host::strangers(Way way) const {
  return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& s) {
    return s->is_stranger() && s->direct.has_value() == (way == Way::by_address);
  }));
}

}  // namespace godesk::host
