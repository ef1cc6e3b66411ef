// viewer: someone else's desktop, reached by ID or address, seen and used.
//
// Flow:
//   1. start(): an ID is looked up at the ID server, which introduces us to the host and gives relay
//      credentials. An address needs no server.
//   2. A session is made over a link (or a plain path); its signals travel through the introduction until the
//      login is through.
//   3. Authenticated: updates are decoded onto the canvas and shown on the surface; FirstFrame when the whole
//      screen is there.
//   4. Inputs are numbered and kept until the host acknowledged them; at most a window of them is under way.
//   5. Sound goes to the sink as it comes; while a film is under way the sink is told how much later to play
//      it, so that it is heard when its picture is seen (viewer/lip_sync.h).
//   6. What is copied at the host can be pasted here and the other way round (session/clipboard_bridge.h).
//   7. When every path is lost, the ID server is asked to bring host and viewer together again, for this
//      session only; when relay credentials end, for new ones.
//   8. A caller that knows the host already opens its sockets while it waits for the server, so that a host
//      that has authorised it hears its addresses with the introduction.
//   9. Beside it the own network is measured (link/profile_keeper.h), for the way to a direct path.
//  10. Closed, once and last, with the reason in the words of the public contract.
//
// Never: retries by itself (one connection is one guess), moves a pointer unasked, or believes a size, rect
// or shape before the decoder checked it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "auth/device_id.h"
#include "base/log.h"
#include "base/nest.h"
#include "base/random.h"
#include "base/wrapper.h"
#include "link/link.h"
#include "link/profile_keeper.h"
#include "media/decoder.h"
#include "rendezvous/client.h"
#include "session/clipboard_bridge.h"
#include "session/session.h"
#include "viewer/input_window.h"
#include "viewer/lip_sync.h"
#include "viewer/sound_sink.h"
#include "viewer/surface.h"

namespace godesk::viewer {

/// The words of `closed {reason}`.
enum class CloseReason : std::uint8_t {
  done,
  by_host,
  interrupted,
  wrong_password,
  refused,
  busy,
  revoked,
  key_changed,
  not_found,  // unknown or offline ID: the server does not say which
  no_path,
  server_unreachable,  // `detail` tells unreachable from "not the server of your join string"
  error,
};
std::string_view name(CloseReason reason);

struct ViewerConfig {
  auth::Identity identity;
  std::variant<auth::DeviceId, Endpoint> target;
  std::optional<rendezvous::Join> server;  // needed for an ID
  std::optional<crypto::PublicKey> pinned_server;
  std::optional<crypto::PublicKey> pinned_host;
  std::string password;  // empty: this device's key alone
  bool relay_only = false;
  bool udp_was_blocked = false;                 // in this network, lately
  std::vector<link::PairVerdict> remembered;    // of earlier sessions with this host from this network
  std::vector<link::RelayServer> own_relays;    // if any, nothing else carries our relayed traffic
  std::uint32_t monitor = 0;                    // that is wanted at first
  session::SizeWanted size;                     // of the host's screen, that is wanted at first; 0: its own
  SoundSink* sound = nullptr;                   // must outlive the session; none: nothing is heard
  session::DeskClipboard* clipboard = nullptr;  // must outlive the session; none: nothing is exchanged
  session::Limits limits;                       // of the session
  Duration path_timeout = 10s;                  // from the introduction to the first path
  std::function<Time()> stopwatch;              // a running clock, for figures and lip-sync; may be empty
};

// ---- events

struct Authenticated {
  crypto::PublicKey host;  // to be pinned now
  session::PermissionSet permissions;
};
struct FirstFrame {
  int width = 0, height = 0;
};
/// The server proved this key; a bare host's is to be pinned.
struct ServerProved {
  crypto::PublicKey identity;
};
struct Closed {
  CloseReason reason{};
  Duration wait{};                               // with busy
  std::optional<rendezvous::Offline> server;     // with server_unreachable
  std::optional<crypto::PublicKey> server_says;  // with key_changed: the host's key according to the server
};
using ViewerEvent = std::variant<link::PathChanged, link::PathLost, link::PairLearned, ServerProved,
                                 Authenticated, FirstFrame, session::ClipboardEvent, session::Monitors,
                                 session::Sizing, session::KeyboardLayout, Closed>;

/// Counted since the start.
struct ViewerFigures {
  std::uint64_t updates = 0;
  Bytes screen_bytes;
  Duration capture{}, encode{}, decode{};  // summed
};

class ViewerSession final : public Wrapper {
 public:
  /// The references must outlive the session.
  ViewerSession(ViewerConfig config, Surface& surface, Ids& ids, Random& random, LogSink& log);
  ~ViewerSession() override;

  void start(Time now);
  std::optional<ViewerEvent> next_event();

  void send_input(Time now, const session::Input& input);
  void move_pointer(Time now, std::uint16_t x, std::uint16_t y);
  /// 0: the whole screen; else a monitor, counted from 1.
  void want_monitor(Time now, std::uint32_t monitor);
  /// Of the host's whole screen; 0 × 0: its own again.
  void want_size(Time now, const session::SizeWanted& size);
  /// False: nothing of the sound travels.
  void set_sound(Time now, bool on);
  /// The clipboard's fd is readable.
  void on_clipboard(Time now);
  /// Inputs that the host has not acknowledged yet.
  std::size_t input_pending() const { return inputs_.pending(); }
  void close(Time now, CloseReason reason);
  /// Closed, and nothing more to send.
  bool done() const;

  const media::Frame& screen() const { return canvas_; }
  const ViewerFigures& figures() const { return figures_; }
  /// How much later than a film's pictures its sound is heard; nothing without film or sound.
  std::optional<Duration> sound_skew() const { return lips_.skew(read_clock()); }
  /// Nothing before the session exists.
  const session::SecureChannel* channel() const { return session_ ? &session_->channel() : nullptr; }
  const session::Traffic* traffic() const { return session_ ? &session_->traffic() : nullptr; }

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  Time next_deadline() const override;

 private:
  Machine& inner() override { return nest_; }
  const Machine& inner() const override { return nest_; }
  void settle() override;
  void on_rendezvous(rendezvous::ClientEvent event);
  void measure(const rendezvous::Services& services);
  void pump_profile();
  void on_introduced(const rendezvous::event::Introduced& introduced);
  void start_session(std::unique_ptr<link::Carrier> carrier, std::optional<crypto::PublicKey> expected);
  void on_session_event(session::Event event);
  void on_update(const session::ScreenUpdate& update);
  void on_sound(const session::SoundPacket& sound);
  void keep_together();
  Time read_clock() const { return config_.stopwatch ? config_.stopwatch() : now_; }
  void on_copied(session::ClipboardEvent event);
  void on_ended(const session::Ended& ended);
  void open_rendezvous();
  void prepare();
  void leave_rendezvous();
  void meet();
  void tell_greeting();
  bool met_host() const;
  void on_refreshed(const rendezvous::event::Refreshed& refreshed);
  void on_signal_out(Buffer bytes);
  void finish(Closed closed);

  ViewerConfig config_;
  Surface& surface_;
  Ids& ids_;
  Random& random_;
  LogSink& log_;
  Nest nest_;
  std::vector<IpAddress> addresses_;

  std::unique_ptr<rendezvous::Client> rendezvous_;
  std::optional<rendezvous::IntroId> intro_;  // while the ID server carries our signals
  std::optional<rendezvous::IntroId> born_;   // the introduction that the session came from
  Buffer token_;                              // of the last credentials
  Buffer signal_;                             // the last one that the session itself could not carry
  Time meet_at_ = kNever;
  bool pathless_ = false;  // every path was lost
  std::unique_ptr<link::ProfileKeeper> profile_;
  std::uint64_t told_profile_ = 0;
  std::unique_ptr<link::Link> prepared_;  // until the introduction
  unsigned told_greeting_ = 0;            // which version of its greeting the server has
  std::unique_ptr<session::Session> session_;
  InputWindow inputs_;
  bool sound_on_ = true;
  LipSync lips_;
  std::optional<session::ClipboardBridge> clipboard_;  // while logged in

  media::ScreenDecoder decoder_;
  media::Frame canvas_;
  bool path_seen_ = false, first_frame_told_ = false;
  bool host_spoke_ = false;  // it took the introduction
  ViewerFigures figures_;

  std::deque<ViewerEvent> events_;
  std::optional<CloseReason> own_reason_;
  bool closed_ = false;
};

}  // namespace godesk::viewer
