#include "rendezvous/client.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "rendezvous/client_connection.h"
#include "rendezvous/messages.h"
#include "rendezvous/outbox.h"

namespace godesk::rendezvous {

/// What the viewer asks is kept until it is answered or too late, across connections; what belongs to
/// a connection (introductions) ends with it.
class Client::Core {
 public:
  Core(ClientConfig config, Ids& ids, Random& random, LogSink& log)
      : config_(std::move(config)), ids_(ids), random_(random), log_(log) {}

  void start(Time now) {
    if (stage_ != Stage::idle) return;
    resolve_own_relays(now);
    connect(now);
  }

  void set_willing(bool willing) {
    if (std::exchange(willing_, willing) == willing) return;
    register_again();
  }
  void set_authorised(std::vector<crypto::Digest32> hashes) {
    if (hashes.size() > kMaxAuthorised) hashes.resize(kMaxAuthorised);
    if (std::exchange(authorised_, hashes) == hashes) return;
    register_again();
  }

  void set_greeting(Buffer greeting) {
    if (greeting.size() > kMaxGreeting) greeting.clear();
    if (std::exchange(greeting_, greeting) == greeting) return;
    register_again();
  }

  void register_again() {
    if (proved() && config_.role == Role::host) introduce_ourselves();
  }

  void find(Time now, auth::DeviceId id) {
    question_ = Question{id, ++questions_, now + config_.question_limit};
    if (proved()) return ask();
    wake(now);
  }

  void refresh(Time now, IntroId intro, ByteView token) {
    ask_for(now, intro, {to_buffer(token), now + config_.question_limit});
  }

  void meet(Time now, IntroId intro, ByteView token) {
    ask_for(now, intro, {to_buffer(token), now + config_.meet_limit, true});
  }

  void set_need(Time now, bool need) {
    need_ = need;
    if (need && stage_ == Stage::waiting) retry_at_ = std::min(retry_at_, now + config_.retry_in_need);
  }

  bool send_signal(IntroId intro, ByteView bytes) {
    if (!introductions_.count(intro) || bytes.empty() || bytes.size() > kMaxSignal) return false;
    connection_->send(wire::Signal{intro, to_buffer(bytes)});
    return true;
  }

  void end_introduction(IntroId intro) {
    if (introductions_.erase(intro)) connection_->send(wire::EndIntroduction{intro});
  }

  void goodbye() {
    stage_ = Stage::gone;
    if (connection_) connection_->close();
    connection_.reset();
    introductions_.clear();
    refreshes_.clear();
    question_.reset();
    events_.clear();
  }

  void on_network(Time now, const std::vector<IpAddress>& addresses) {
    const bool changed = network_ && *network_ != addresses;
    network_ = addresses;
    if (!changed) return;
    if (online()) return connection_->probe(now);
    // An attempt begun on the old network may hang until its limit.
    if (connection_) connection_->close();
    if (stage_ == Stage::trying || stage_ == Stage::waiting) connect(now);
  }

  void on_stream(Time now, const StreamEvent& event) {
    connection_->on_stream(now, event);
    follow_connection(now);
  }

  void on_resolved(Time, const std::string& host, const std::vector<IpAddress>& addresses) {
    if (!unresolved_.erase(host)) return;
    for (const IpAddress& ip : addresses) add_own_relay(ip);
    if (unresolved_.empty()) tell_own_relays();
  }

  void on_timer(Time now) {
    if (!unresolved_.empty() && now >= resolve_until_) {
      unresolved_.clear();
      tell_own_relays();
    }
    if (connection_) connection_->on_timer(now);
    follow_connection(now);
    expire_questions(now);
    if (stage_ == Stage::waiting && now >= retry_at_) connect(now);
  }

  Time deadline() const {
    Time at = stage_ == Stage::waiting ? retry_at_ : kNever;
    if (connection_) at = std::min(at, connection_->deadline());
    if (question_) at = std::min(at, question_->deadline);
    for (const auto& [intro, refresh] : refreshes_) at = std::min({at, refresh.deadline, refresh.again_at});
    if (!unresolved_.empty()) at = std::min(at, resolve_until_);
    return at;
  }

  void set_ping_every(Duration every) { config_.ping_every = every; }
  bool online() const { return connection_ && connection_->ready(); }
  bool proxied() const { return connection_ && connection_->proxied(); }
  bool owns(StreamId stream) const { return connection_ && connection_->stream() == stream; }
  const ClientCounters& counters() const { return counters_; }
  Outbox& out() { return out_; }
  std::optional<ClientEvent> next_event() { return pop(events_); }

 private:
  enum class Stage {
    idle,     // not started, or a viewer with nothing to ask
    trying,   // there is a connection, or an attempt
    waiting,  // for retry_at_
    gone,     // goodbye() was said
  };
  struct Question {
    auth::DeviceId id;
    std::uint32_t number;
    Time deadline;
  };
  struct Refresh {
    Buffer token;
    Time deadline;
    bool meet = false;
    Time again_at = kNever;  // meet: the host was not there
  };

  bool proved() const { return connection_ && connection_->proved(); }
  void tell(ClientEvent event) { events_.push_back(std::move(event)); }

  // ---- the connection's life

  void connect(Time now) {
    stage_ = Stage::trying;
    connection_.emplace(config_, ids_.stream(), out_, counters_);
    connection_->open(now);
  }

  /// A question came while there is no connection to ask it on.
  void wake(Time now) {
    if (stage_ == Stage::idle) connect(now);
  }

  void follow_connection(Time now) {
    now_ = now;
    while (connection_) {
      auto event = connection_->next_event();
      if (!event) return;
      if (auto* proved = std::get_if<ClientConnection::Proved>(&*event)) server_proved(*proved);
      if (auto* message = std::get_if<ServerMessage>(&*event)) receive(std::move(*message));
      if (auto* ended = std::get_if<ClientConnection::Ended>(&*event)) lost(now, ended->why);
      if (events_.size() > config_.max_events) connection_->fail(Offline::protocol_error);
    }
  }

  void server_proved(const ClientConnection::Proved& proved) {
    tell(event::ServerProved{proved.identity});
    if (config_.role == Role::host) introduce_ourselves();
    // In the same flight as Hello: the answer costs no round trip more.
    if (question_) ask();
    for (auto& [intro, refresh] : refreshes_) ask_for(intro, refresh);
  }

  void lost(Time now, Offline why) {
    log_.write(LogLevel::debug, "rendezvous: offline, " + std::string(to_string(why)));
    connection_.reset();
    for (const IntroId& intro : introductions_) tell(event::IntroductionEnded{intro});
    introductions_.clear();
    why_ = why;
    if (config_.role == Role::host) {
      if (told_offline_ != why_) tell(event::WentOffline{why_});
      told_offline_ = why_;
      return retry_later(now);
    }
    // Another attempt would meet the same server with the same answer.
    if (why_ != Offline::unreachable && why_ != Offline::lost && why_ != Offline::timed_out) give_up();
    if (question_ || !refreshes_.empty()) return retry_later(now);
    tell(event::WentOffline{why_});
    stage_ = Stage::idle;
    attempts_ = 0;
  }

  void retry_later(Time now) {
    stage_ = Stage::waiting;
    const auto& after = config_.retry_after;
    Duration wait = attempts_ < after.size() ? after[attempts_] : about(config_.retry_every);
    const bool meeting =
        std::any_of(refreshes_.begin(), refreshes_.end(), [](const auto& r) { return r.second.meet; });
    if (need_ || meeting) wait = std::min(wait, config_.retry_in_need);
    ++attempts_;
    retry_at_ = now + wait;
  }

  /// +- 20 %, so that a restarted server does not meet all its hosts at once.
  Duration about(Duration d) { return d * 4 / 5 + d * 2 / 5 / 1000 * random_.below(1001); }

  // ---- questions

  void ask() {
    if (unresolved_.empty())
      connection_->send(wire::Find{question_->id, question_->number, own_relays_, greeting_});
  }

  void ask_for(Time now, IntroId intro, Refresh refresh) {
    if (refresh.token.size() > kMaxToken) return tell(event::RefreshFailed{intro});
    Refresh& kept = refreshes_[intro] = std::move(refresh);
    if (proved()) return ask_for(intro, kept);
    wake(now);
  }

  void ask_for(IntroId intro, Refresh& refresh) {
    refresh.again_at = kNever;
    connection_->send(wire::Refresh{intro, refresh.token, refresh.meet, own_relays_});
  }

  void introduce_ourselves() {
    connection_->send(wire::Register{willing_, own_relays_, authorised_, greeting_});
  }

  // ---- relays of our own

  void resolve_own_relays(Time now) {
    resolve_until_ = now + config_.resolve_limit;
    for (const std::string& host : config_.own_relays) {
      if (auto literal = IpAddress::parse(host)) {
        add_own_relay(*literal);
      } else if (unresolved_.insert(host).second) {
        out_.command(Resolve{host});
      }
    }
  }

  void add_own_relay(const IpAddress& ip) {
    const bool known = std::find(own_relays_.begin(), own_relays_.end(), ip) != own_relays_.end();
    if (!known && own_relays_.size() < kMaxOwnRelays) own_relays_.push_back(ip);
  }

  /// A viewer's question has waited for the names; a host tells what it has learned since.
  void tell_own_relays() {
    if (!proved()) return;
    if (config_.role == Role::host) return introduce_ourselves();
    if (question_) ask();
  }

  void give_up() {
    if (question_) tell(event::Unreachable{why_});
    for (const auto& [intro, refresh] : refreshes_) tell(event::RefreshFailed{intro});
    question_.reset();
    refreshes_.clear();
  }

  void expire_questions(Time now) {
    for (auto& [intro, refresh] : refreshes_)
      if (now >= refresh.again_at && proved()) ask_for(intro, refresh);
    if (question_ && now >= question_->deadline) {
      tell(event::Unreachable{proved() ? Offline::timed_out : why_});
      question_.reset();
    }
    for (auto it = refreshes_.begin(); it != refreshes_.end();) {
      if (now < it->second.deadline) {
        ++it;
        continue;
      }
      tell(event::RefreshFailed{it->first});
      it = refreshes_.erase(it);
    }
    const bool asking = config_.role == Role::host || question_ || !refreshes_.empty();
    if (stage_ == Stage::waiting && !asking) stage_ = Stage::idle;
  }

  bool answers(std::uint32_t number) {
    if (!question_ || question_->number != number) return false;
    question_.reset();
    return true;
  }

  // ---- messages

  void receive(ServerMessage message) {
    std::visit([this](auto& m) { on(m); }, message);
  }

  void out_of_order() {
    ++counters_.out_of_order;
    connection_->fail(Offline::protocol_error);
  }

  Services completed(Services services) const {
    if (connection_->used()) prefer_address(services, *connection_->used());
    return services;
  }

  bool opens(IntroId intro) {
    if (introductions_.count(intro)) return out_of_order(), false;
    if (introductions_.size() >= config_.max_introductions) {
      ++counters_.too_many_introductions;
      connection_->send(wire::EndIntroduction{intro});
      return false;
    }
    introductions_.insert(intro);
    return true;
  }

  void on(wire::Connected& m) {
    if (config_.role != Role::viewer) return out_of_order();
    attempts_ = 0;
    tell(event::Connected{completed(std::move(m.services))});
  }
  void on(wire::Registered& m) {
    if (config_.role != Role::host) return out_of_order();
    attempts_ = 0;
    tell(event::Registered{m.id, completed(std::move(m.services))});
    if (std::exchange(told_offline_, std::nullopt)) tell(event::WentOnline{});
  }
  void on(wire::Rejected& m) {
    const bool in_use = m.why == wire::Rejected::Why::identity_in_use;
    connection_->fail(in_use ? Offline::identity_in_use : Offline::refused);
  }
  void on(wire::Introduction& m) {
    if (config_.role != Role::host) return out_of_order();
    if (m.again) introductions_.erase(m.intro);
    if (opens(m.intro))
      tell(event::Introduction{m.intro, m.caller, completed(std::move(m.services)), m.again});
  }
  void on(wire::Introduced& m) {
    if (config_.role != Role::viewer) return out_of_order();
    if (!answers(m.question)) return connection_->send(wire::EndIntroduction{m.intro});
    if (opens(m.intro))
      tell(event::Introduced{m.intro, m.host, completed(std::move(m.services)), m.authorised});
  }
  void on(wire::NotFound& m) {
    if (answers(m.question)) tell(event::Refused{event::Refused::Why::not_found, {}});
  }
  void on(wire::Busy& m) {
    if (answers(m.question)) tell(event::Refused{event::Refused::Why::busy, m.wait});
  }
  void on(wire::Refreshed& m) {
    const auto asked = refreshes_.find(m.intro);
    if (asked == refreshes_.end()) return;
    const bool met = m.met && asked->second.meet;
    if (asked->second.meet && !met) {
      asked->second.again_at = now_ + config_.meet_again;
    } else {
      refreshes_.erase(asked);
    }
    if (met) introductions_.insert(m.intro);
    tell(event::Refreshed{m.intro, completed(std::move(m.services)), met});
  }
  void on(wire::RefreshRefused& m) {
    if (refreshes_.erase(m.intro)) tell(event::RefreshFailed{m.intro});
  }
  void on(wire::Signal& m) {
    if (!introductions_.count(m.intro)) return void(++counters_.unknown_introduction);
    tell(event::Signal{m.intro, std::move(m.bytes)});
  }
  void on(wire::EndIntroduction& m) {
    if (!introductions_.erase(m.intro)) return void(++counters_.unknown_introduction);
    tell(event::IntroductionEnded{m.intro});
  }
  void on(wire::ServerHello&) { out_of_order(); }
  void on(wire::Ping&) {}
  void on(wire::Pong&) {}

  ClientConfig config_;
  Ids& ids_;
  Random& random_;
  LogSink& log_;
  Outbox out_;
  ClientCounters counters_;
  std::deque<ClientEvent> events_;

  Stage stage_ = Stage::idle;
  std::optional<ClientConnection> connection_;
  std::size_t attempts_ = 0;  // since the last success
  Time retry_at_ = kNever;
  Offline why_ = Offline::unreachable;
  std::optional<Offline> told_offline_;  // the last WentOffline, until Registered
  std::optional<std::vector<IpAddress>> network_;

  Time now_{};
  bool willing_ = true;
  bool need_ = false;
  std::vector<IpAddress> own_relays_;
  std::set<std::string> unresolved_;
  Time resolve_until_{};
  std::vector<crypto::Digest32> authorised_;
  Buffer greeting_;
  std::set<IntroId> introductions_;
  std::optional<Question> question_;
  std::uint32_t questions_ = 0;
  std::map<IntroId, Refresh> refreshes_;
};

Client::Client(ClientConfig config, Ids& ids, Random& random, LogSink& log)
    : core_(std::make_unique<Core>(std::move(config), ids, random, log)) {}
Client::~Client() = default;

void Client::start(Time now) { core_->start(now); }
void Client::set_willing(Time, bool willing) { core_->set_willing(willing); }
void Client::set_authorised(Time, std::vector<crypto::Digest32> hashes) {
  core_->set_authorised(std::move(hashes));
}
void Client::set_greeting(Time, Buffer greeting) { core_->set_greeting(std::move(greeting)); }
void Client::find(Time now, auth::DeviceId id) { core_->find(now, id); }
void Client::refresh(Time now, IntroId intro, ByteView token) { core_->refresh(now, intro, token); }
void Client::meet(Time now, IntroId intro, ByteView token) { core_->meet(now, intro, token); }
void Client::set_need(Time now, bool need) { core_->set_need(now, need); }
bool Client::send_signal(Time, IntroId intro, ByteView bytes) { return core_->send_signal(intro, bytes); }
void Client::end_introduction(Time, IntroId intro) { core_->end_introduction(intro); }
void Client::goodbye(Time) { core_->goodbye(); }
void Client::set_ping_every(Duration every) { core_->set_ping_every(every); }
bool Client::proxied() const { return core_->proxied(); }
bool Client::online() const { return core_->online(); }
const ClientCounters& Client::counters() const { return core_->counters(); }
bool Client::owns(StreamId stream) const { return core_->owns(stream); }
void Client::on_network(Time now, const std::vector<IpAddress>& addresses) {
  core_->on_network(now, addresses);
}
void Client::on_stream(Time now, StreamId stream, const StreamEvent& event) {
  if (core_->owns(stream)) core_->on_stream(now, event);
}
void Client::on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) {
  core_->on_resolved(now, host, addresses);
}
void Client::on_timer(Time now) { core_->on_timer(now); }
std::optional<Command> Client::next_command() { return core_->out().next_command(); }
std::optional<Transmit> Client::next_transmit() { return core_->out().next_transmit(); }
std::optional<ClientEvent> Client::next_event() { return core_->next_event(); }
Time Client::next_deadline() const { return core_->deadline(); }

std::string_view to_string(Offline why) {
  switch (why) {
    case Offline::unreachable:
      return "unreachable";
    case Offline::untrusted:
      return "untrusted";
    case Offline::not_the_server:
      return "not-the-server";
    case Offline::lost:
      return "lost";
    case Offline::timed_out:
      return "timed-out";
    case Offline::identity_in_use:
      return "identity-in-use";
    case Offline::refused:
      return "refused";
    case Offline::protocol_error:
      return "protocol-error";
  }
  return "";
}

}  // namespace godesk::rendezvous
