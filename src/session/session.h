// session: from a secure channel to a desktop session: who may do what, and which bytes are what.
//
// Flow:
//   1. The channel connects. The host opens the control stream and offers a login; login.h decides.
//   2. Authenticated: addresses may be shown now (SECURITY 5). The link's signals move from the ID server to
//      the control stream. The caller opens the input stream, the host the screen stream.
//   3. Host: send_update() whenever can_send_update(); cursor shape on control, cursor position as datagram.
//      Caller: send_input() in order, move_pointer() as datagrams of which the newest counts.
//      Both: clipboard() takes and tells what is copied (clipboard_exchange.h), on a stream behind the
//      screen's, as far as no queue comes of it. Sound travels as datagrams while the caller wants it.
//   4. Ended, once and last, with the reason in the words of the public contract.
//
// Never: acts before the login is through, believes a permission on the caller's side, touches a screen or
// a keyboard, or keeps a queue of pictures.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "base/log.h"
#include "base/random.h"
#include "base/wrapper.h"
#include "session/clipboard_exchange.h"
#include "session/gatekeeper.h"
#include "session/login.h"
#include "session/message_stream.h"
#include "session/permissions.h"
#include "session/room.h"
#include "session/secure_channel.h"
#include "session/traffic.h"

namespace godesk::session {

/// The words of `closed {reason}` that a session can end with.
enum class EndReason : std::uint8_t {
  done,            // ended as asked, by the caller
  by_host,         // the host's side ended it
  wrong_password,  // or someone in between
  refused,         // the host wants no one now
  busy,            // too many guesses; ask again later
  revoked,         // the caller's right was taken away
  key_changed,     // the host's key is not the expected one
  no_path,         // no way to the peer, or the last one was lost
  error,           // the protocol was broken, or something failed
};
std::string_view name(EndReason reason);

// ---- events

/// The login is through. `peer` is the key that the peer proved.
struct Authenticated {
  crypto::PublicKey peer;
  PermissionSet permissions;
  std::optional<PasswordKind> kind;  // none: by key alone
};
/// For the peer's link, by way of the ID server: there is no path or no login yet.
struct SignalOut {
  Buffer bytes;
};
struct ScreenReceived {
  ScreenUpdate update;
};
struct CursorShapeReceived {
  Buffer shape;
};
struct InputReceived {
  Input input;
};
/// Where the other side's pointer is: the viewer's (at the host), the host's (at the viewer).
struct PointerMoved {
  std::uint16_t x = 0, y = 0;
};
struct InputAcked {
  std::uint64_t events = 0;
};
/// At the caller.
struct SoundReceived {
  SoundPacket sound;
};
struct Ended {
  EndReason reason{};
  Duration wait{};  // with busy
};
using Event =
    std::variant<link::PathChanged, link::PathLost, link::RelaysWanted, link::PairLearned, SignalOut,
                 Authenticated, ScreenReceived, CursorShapeReceived, InputReceived, PointerMoved, InputAcked,
                 PermissionsChanged, ClipboardEvent, SoundReceived, SoundWanted, Monitors, MonitorWanted,
                 SizeWanted, Sizing, KeyboardLayout, VideoCodecs, Ended>;

struct Limits {
  Duration login = 10s;  // to the verdict: at the host from the first path, at the caller from the handshake
  RoomConfig room;
  ClipboardLimits clipboard;
};

class Session final : public Wrapper {
 public:
  /// The caller's end. `random`, `log` and (host) `gatekeeper` must outlive the session.
  Session(std::unique_ptr<SecureChannel> channel, Proof proof, Random& random, LogSink& log,
          Limits limits = {});
  /// The host's end.
  Session(std::unique_ptr<SecureChannel> channel, Gatekeeper& gatekeeper, Random& random, LogSink& log,
          Limits limits = {});
  ~Session() override;

  void start(Time now);
  /// The peer's link spoke, by way of the ID server.
  void on_signal(Time now, ByteView bytes);
  void set_relays(Time now, std::vector<link::RelayServer> relays);
  /// What was measured of the own network, whenever it was.
  void set_profile(Time now, const ice::NatProfile& profile);
  std::optional<Event> next_event();

  // ---- caller
  void send_input(Time now, const Input& input);
  void move_pointer(Time now, std::uint16_t x, std::uint16_t y);
  void want_sound(Time now, bool on);
  void want_monitor(Time now, std::uint32_t monitor);
  void want_size(Time now, const SizeWanted& size);
  void tell_video_codecs(Time now, std::uint32_t more);

  // ---- host
  /// True when what is under way fits the link's estimate (session/room.h): else an update would only wait
  /// behind older ones.
  bool can_send_update() const;
  /// `update` shows the screen as it is now.
  void send_update(Time now, const ScreenUpdate& update);
  void send_cursor_shape(Time now, Buffer shape);
  void send_cursor_position(Time now, std::uint16_t x, std::uint16_t y);
  void acknowledge_input(Time now, std::uint64_t events);
  void set_permissions(Time now, PermissionSet permissions);
  /// Frame `sequence` of the sound, which is heard here at `heard`.
  void send_sound(Time now, std::uint32_t sequence, Time heard, ByteView packet);
  void send_monitors(Time now, const Monitors& monitors);
  void send_sizing(Time now, const Sizing& sizing);
  void send_layout(Time now, const KeyboardLayout& layout);

  // ---- both
  void close(Time now, EndReason reason);
  /// To be told and asked; its events are the session's.
  ClipboardExchange& clipboard(Time now) {
    now_ = now;
    return clipboard_;
  }
  const Traffic& traffic() const { return traffic_; }
  bool authenticated() const { return authenticated_; }
  /// None before the login and from close() on.
  PermissionSet permissions() const { return permissions_; }
  /// Ended and nothing more to send: the session may go.
  bool done() const { return ended_ && channel_->done(); }
  const SecureChannel& channel() const { return *channel_; }

  void on_timer(Time now) override;
  Time next_deadline() const override;

 private:
  /// A stream the peer opened; its kind is its first byte.
  struct Incoming {
    std::optional<StreamKind> kind;
    MessageAssembler messages{kMaxLoginControl};
  };

  Waiting waiting(StreamHandle stream) const;
  bool is_host() const { return gatekeeper_ != nullptr; }
  Machine& inner() override { return *channel_; }
  const Machine& inner() const override { return *channel_; }
  void settle() override;
  void on_channel_event(ChannelEvent event);
  void on_connected(const ChannelConnected& connected);
  void on_data(const quic::StreamData& data);
  bool identify(StreamHandle handle, Incoming& stream, ByteView& bytes);
  bool may_open(StreamKind kind) const;
  void on_message(StreamKind kind, ByteView bytes);
  void on_control(const Control& message);
  void on_control_in_session(const Control& message);
  void on_channel_datagram(ByteView bytes);
  void on_signal_out(link::Signal signal);
  void on_closed(const ChannelClosed& closed);
  void take(LoginStep step);
  void admit(const Verdict& verdict);
  void refuse(const Verdict& verdict);
  void pump_clipboard();
  void say(const Control& message);
  std::optional<StreamHandle> open(StreamKind kind, Priority priority);
  void write(std::optional<StreamHandle> stream, Content content, ByteView message);
  void send_datagram(Content content, const DatagramMessage& message);
  void breach(std::string_view what);
  void end(EndReason reason, Duration wait = {});

  std::unique_ptr<SecureChannel> channel_;
  Gatekeeper* gatekeeper_ = nullptr;
  Proof proof_;
  Random& random_;
  LogSink& log_;
  Limits limits_;

  std::unique_ptr<CallerLogin> caller_login_;
  std::unique_ptr<HostLogin> host_login_;
  Time login_deadline_ = kNever;
  crypto::PublicKey peer_;
  bool authenticated_ = false;
  bool has_path_ = false, path_seen_ = false;
  Buffer said_signal_;  // the last one
  PermissionSet permissions_;
  ClipboardExchange clipboard_;
  Traffic traffic_;

  std::map<StreamHandle, Incoming> incoming_;
  std::optional<StreamHandle> control_, input_, screen_, clipboard_stream_;
  std::uint32_t sent_sequence_ = 0;  // of pointer or cursor moves
  std::uint16_t pictures_ = 0;       // updates sent, modulo 2^16
  Time pictured_{};                  // the last of them
  std::uint32_t received_sequence_ = 0;

  std::deque<Event> events_;
  std::optional<EndReason> own_reason_;  // why we closed it
  bool ended_ = false;
};

}  // namespace godesk::session
