// host: this desktop, offered to whoever knows its ID and a password.
//
// Flow:
//   1. start(): the device registers at its ID server and stays registered
//      (rendezvous::Client never gives up).
//   2. A caller is introduced: a session is made for it, over a link with the relay credentials that came
//      along. Its signals and ours travel through the introduction until the login is through.
//   3. Login (door.h). From then on the viewer is fed the screen (screen_feed.h), and its inputs take
//      effect (input_feed.h).
//   4. Direct IP (direct_listener.h), if asked for, brings callers without introduction
//      into the same session.
//   5. A session that lost every path comes back by its old introduction: the ID server tells the caller's
//      wish, both get relay credentials, and their signals are carried again. Credentials that end are
//      renewed there, too.
//   6. The own network is measured in the background (link/profile_keeper.h), for the links and for how often
//      the server must hear from us.
//   7. What is copied here can be pasted at the viewers and the other way round (session/clipboard_bridge.h).
//   8. Who may hear and wants to is sent what this desktop plays (sound_feed.h).
//   9. The screen takes the size that a viewer asks for, where that is allowed, until it leaves
//   (size_feed.h).
//  10. A session that ends releases what it pressed, frees its relay, and is told by event.
//
// Never: shows anything before the login, sends to an address that came from a stranger (link), gives up on
// an absent server, or lets one viewer wait for another.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/log.h"
#include "base/nest.h"
#include "base/random.h"
#include "base/wrapper.h"
#include "host/direct_listener.h"
#include "host/door.h"
#include "host/frame_source.h"
#include "host/host_session.h"
#include "host/input_sink.h"
#include "host/screen_feed.h"
#include "host/size_feed.h"
#include "host/sound_feed.h"
#include "link/link.h"
#include "link/profile_keeper.h"
#include "rendezvous/client.h"
#include "session/clipboard_bridge.h"
#include "session/quic_channel.h"

namespace godesk::host {

struct HostConfig {
  DoorConfig door;
  std::optional<rendezvous::Join> server;  // none: direct IP only
  std::optional<std::uint16_t> direct_ip;  // UDP port
  std::optional<crypto::PublicKey> pinned_server;
  bool relay_only = false;
  std::function<bool()> udp_was_blocked;      // in this network, lately; may be empty
  std::vector<link::RelayServer> own_relays;  // if any, nothing else carries our relayed traffic
  FeedConfig feed;
  SizeConfig size;
  session::Limits limits;                       // of one session
  SoundSource* sound = nullptr;                 // must outlive the host; none: nothing is heard
  ScreenSizer* sizer = nullptr;                 // must outlive the host; none: the screen keeps its size
  session::DeskClipboard* clipboard = nullptr;  // must outlive the host; none: nothing is exchanged
  // Sessions before login, of keys that never logged in. Where callers come by ID and by address, half is for
  // either kind: neither shuts out the other.
  std::size_t max_strangers = 8;
  std::size_t max_sessions = 32;  // in all
  Duration stranger_right = 1s;   // after it a direct caller gives its place to the next where all are taken
};

// ---- events

struct Ready {
  std::optional<auth::DeviceId> id;
};
/// The direct IP port cannot be bound.
struct DirectIpFailed {
  std::uint16_t port = 0;
  std::string why;
};
struct PasswordChanged {
  std::string shown;
};
struct WentOffline {
  rendezvous::Offline why;
};
struct WentOnline {};
struct ServerProved {
  crypto::PublicKey identity;
};
struct SessionOpened {
  SessionNumber session{};
  crypto::PublicKey peer;
};
struct SessionClosed {
  SessionNumber session{};
  crypto::PublicKey peer;
  session::EndReason reason{};
};
struct SessionPath {
  SessionNumber session{};
  link::PathInfo path;
};
using HostEvent = std::variant<Ready, DirectIpFailed, PasswordChanged, WentOffline, WentOnline, ServerProved,
                               SessionOpened, SessionClosed, SessionPath>;

class Host final : public Wrapper {
 public:
  /// All references must outlive the host.
  Host(HostConfig config, FrameSource& source, InputSink& sink, GuessStore& store, Ids& ids, Random& random,
       LogSink& log);
  ~Host() override;

  void start(Time now);
  /// The frame source's fd is readable.
  void on_display(Time now);
  /// The input sink's.
  void on_input_sink(Time now);
  /// The clipboard's.
  void on_clipboard(Time now);
  /// The sound source's.
  void on_sound(Time now) { now_ = now; }
  void renew_password(Time now);
  /// Who may enter by key alone, from now on; sessions of keys that were taken out end as revoked.
  void set_authorised(Time now, auth::AuthorisedKeys keys);
  /// The user here ends one session.
  void end_session(Time now, SessionNumber session);
  /// Ends every session and the registration in order; drain, then go.
  void shut_down(Time now);
  /// Nothing more to send after shut_down().
  bool done() const;

  std::string shown_password() const { return door_.shown_password(); }
  std::optional<HostEvent> next_event();
  /// Sessions of any state that take memory.
  std::size_t session_count() const { return sessions_.size(); }
  /// Sessions that are logged in, for figures.
  std::vector<std::pair<SessionNumber, const session::Session*>> sessions() const;

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override;
  void on_socket(Time now, SocketId socket, const SocketEvent& event) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  Time next_deadline() const override;

 private:
  Machine& inner() override { return nest_; }
  const Machine& inner() const override { return nest_; }
  void settle() override;
  void pump_rendezvous();
  void pump_profile();
  void pump_sessions();
  void on_rendezvous(rendezvous::ClientEvent event);
  void come_back(const rendezvous::event::Introduction& introduction);
  void on_refreshed(const rendezvous::event::Refreshed& refreshed);
  void on_path(HostSession& session, const link::PathInfo& path);
  void on_signal_out(HostSession& session, Buffer bytes);
  void renew_relays(HostSession& session);
  void admit(const rendezvous::event::Introduction& introduction);
  void prepare_next();
  void tell_greeting();
  void on_newcomer(Time now, DirectListener::Newcomer newcomer, ByteView first);
  void open_session(std::unique_ptr<link::Carrier> carrier, session::QuicChannelConfig channel,
                    const HostSession::Origin& origin);
  enum class Way { by_id, by_address };
  std::size_t places() const;
  bool has_room(bool known, Way way) const;
  bool makes_room(const IpAddress& caller);
  void on_session_event(HostSession& session, session::Event event);
  void on_authenticated(HostSession& session, const session::Authenticated& who);
  void on_ended(HostSession& session, const session::Ended& ended);
  /// After login the session carries the signals itself, and the introduction's place is free for others.
  void leave_introduction(HostSession& session);
  void forget_done_sessions();
  void tell_authorised();
  void tell_password();
  void tell_layout();
  HostSession* by_direct(const Endpoint& from);
  HostSession* by_intro(const rendezvous::IntroId& intro);
  HostSession* born_of(const rendezvous::IntroId& intro);
  /// Sessions of which something is still kept, but no more than the end of QUIC, do not count.
  std::size_t live_sessions() const;
  std::size_t strangers(Way way) const;

  HostConfig config_;
  FrameSource& source_;
  InputSink& sink_;
  Ids& ids_;
  Random& random_;
  LogSink& log_;
  Door door_;
  ScreenFeed feed_;
  SizeFeed size_;
  std::optional<session::ClipboardBridge> clipboard_;
  std::optional<SoundFeed> sound_;
  Nest nest_;
  std::vector<IpAddress> addresses_;
  std::shared_ptr<link::PunchBudget> punch_budget_ = std::make_shared<link::PunchBudget>();
  std::unique_ptr<rendezvous::Client> rendezvous_;
  std::unique_ptr<link::ProfileKeeper> profile_;  // none: relay-only, or no server
  std::uint64_t told_profile_ = 0;
  std::vector<HostPort> stun_;        // of the ID server
  std::unique_ptr<link::Link> next_;  // of the next authorised caller: its sockets are open already
  unsigned told_greeting_ = 0;        // which version of its greeting the server has
  std::unique_ptr<DirectListener> direct_;
  std::vector<std::unique_ptr<HostSession>> sessions_;
  std::uint32_t last_number_ = 0;
  std::uint64_t told_generation_ = 0;
  bool ready_told_ = false;
  bool shutting_down_ = false;
  std::deque<HostEvent> events_;
};

}  // namespace godesk::host
