// The rendezvous client: one device's control connection to its ID server.
//
//   1. start(): a WebSocket in TLS is opened (StreamKind by Join::stream_kind, path "/rendezvous").
//   2. The server proves its identity key (SECURITY 1); event ServerProved. A server that is not the one of
//      the join string, or not the pinned one, hears nothing from us.
//   3. Hello proves our own key. A host sends Register with it, a viewer whatever was asked for meanwhile.
//   4. Host: Registered, then Introduction for each caller that the server lets through, for ever: the
//      connection is pinged, its silent death noticed within 25 s (45 s where every second word keeps a
//      mapping, link/sockets.h), and it is reopened after 0.5, 1, 2, 4 and then every 5 s +- 20 %. Offline
//      and Online tell what became of it; every introduction ends with it.
//   5. Viewer: find() is answered by exactly one of Introduced, Refused, Unreachable. A lost connection is
//      reopened only for a question that is still open.
//   6. Both: Signal and send_signal() carry opaque bytes until either side ends the introduction (after
//      login the session's own control stream carries them), the server does (IntroductionEnded), or 60 s
//      have passed. refresh() asks for new relay credentials of an introduction, up to 24 h after the last.
//   7. Viewer, when its session lost every path: meet() asks until the host was told as well; then signals
//      are carried again. The host hears it as an Introduction `again`.
//
// It never sends an address, never retries a question that the server has refused, and never talks to
// a server that did not prove its key.
#pragma once

#include <memory>
#include <variant>

#include "auth/device_id.h"
#include "auth/identity.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/random.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "rendezvous/join.h"
#include "rendezvous/services.h"

namespace godesk::rendezvous {

enum class Role : std::uint8_t { host, viewer };

inline constexpr std::size_t kMaxSignal = 4096;    // bytes
inline constexpr std::size_t kMaxGreeting = 1024;  // bytes

/// Why there is no connection, or no registration. The words of `offline {why}`.
enum class Offline {
  unreachable,      // no connection: refused, no route, no name, or no TLS or WebSocket in time
  untrusted,        // bare host: no public CA vouches for its certificate
  not_the_server,   // it did not prove the key of the join string, or the pinned one
  lost,             // the connection ended
  timed_out,        // connected, but no answer in time
  identity_in_use,  // another live device has this identity; that one stays
  refused,          // the server is full, or limits new devices from this network
  protocol_error,   // it sent what no server sends
};
std::string_view to_string(Offline why);

namespace event {

/// The server proved this key. With a bare host the caller pins it at the first success.
struct ServerProved {
  crypto::PublicKey identity;
};
/// Host: registered (again). STUN servers, and where the relays are.
struct Registered {
  auth::DeviceId id;
  Services services;
};
/// Viewer: connected. The same.
struct Connected {
  Services services;
};
/// Host: not registered any more, or still not, for a new reason. It goes on trying.
/// Viewer: no connection, and nothing is asked. It stays away until something is.
struct WentOffline {
  Offline why;
};
/// Host: registered again after WentOffline; follows the Registered that says so.
struct WentOnline {};

/// Host: someone who proved `caller` wants in; relay credentials for our side.
struct Introduction {
  IntroId intro;
  crypto::PublicKey caller;
  Services services;
  bool again = false;  // of an earlier introduction: only for a session that exists, with this very key
};
/// Viewer: the answer to find(): the host was told in the same instant.
struct Introduced {
  IntroId intro;
  crypto::PublicKey host;
  Services services;
  bool authorised = false;  // by the host's word to the server
};
/// Viewer: the other answer to find().
struct Refused {
  enum class Why {
    not_found,  // unknown, offline or unwilling: the server does not say which
    busy,       // too many questions; ask again after `wait`
  };
  Why why;
  Duration wait{};  // with busy
};
/// Viewer: the third answer to find(): no server within the limit.
struct Unreachable {
  Offline why;
};
/// From the other side of the introduction; opaque here, at most 4 KiB.
struct Signal {
  IntroId intro;
  Buffer bytes;
};
/// By the other side, the server's limit, or with the connection. Not told after our own end_introduction().
struct IntroductionEnded {
  IntroId intro;
};
/// The answers to refresh() and meet(). `met`: the host was told, and the introduction is open again; else
/// meet() goes on asking.
struct Refreshed {
  IntroId intro;
  Services services;
  bool met = false;
};
struct RefreshFailed {
  IntroId intro;
};

}  // namespace event

using ClientEvent = std::variant<event::ServerProved, event::Registered, event::Connected, event::WentOffline,
                                 event::WentOnline, event::Introduction, event::Introduced, event::Refused,
                                 event::Unreachable, event::Signal, event::IntroductionEnded,
                                 event::Refreshed, event::RefreshFailed>;

struct ClientConfig {
  Role role = Role::viewer;
  Join server;
  auth::Identity identity;                  // the device's
  std::optional<crypto::PublicKey> pinned;  // bare host: the server's key of the first success

  /// Names or literals of this side's own relays, told to the server so that the other side's relay lets them
  /// through. What is not resolved in `resolve_limit` is left out.
  std::vector<std::string> own_relays;
  Duration resolve_limit = 2s;

  std::vector<Duration> retry_after = {500ms, 1s, 2s, 4s};  // then
  Duration retry_every = 5s;                                // +- 20 %
  Duration connect_limit = 10s;  // from opening the stream to Registered or Connected
  Duration retry_in_need = 1s;   // at most, while a session has no path
  Duration meet_again = 700ms;   // between two questions of meet()
  Duration meet_limit = 60s;
  Duration question_limit = 8s;  // find() and refresh(); what the user waits for must end within 10 s
  Duration ping_every = 20s;     // of silence from the server
  Duration pong_limit = 5s;
  std::size_t max_introductions = 64;  // open at once; further ones are ended at once
  std::size_t max_events = 4096;       // not fetched yet; more is a protocol error
};

struct ClientCounters {
  std::uint64_t malformed = 0;             // messages that did not decode; each ends the connection
  std::uint64_t out_of_order = 0;          // decoded, but not allowed in this state; each ends the connection
  std::uint64_t unknown_introduction = 0;  // signals and ends of introductions that are not open: dropped
  std::uint64_t too_many_introductions = 0;
};

class Client final : public Machine {
 public:
  /// The references must outlive the client.
  Client(ClientConfig config, Ids& ids, Random& random, LogSink& log);
  ~Client() override;

  void start(Time now);

  /// Host: strangers are introduced only while willing (the default); unwilling looks like offline to them.
  void set_willing(Time now, bool willing);
  /// Host: callers whom no limit for strangers stops, at most kMaxAuthorised; auth::entry_hash of each.
  void set_authorised(Time now, std::vector<crypto::Digest32> hashes);

  /// What the other side of an introduction shall know at once, if the host has authorised the caller: a
  /// host's is kept by the server for the next such caller and given once, a viewer's goes with find().
  /// Opaque here; one that is longer than kMaxGreeting counts as none.
  void set_greeting(Time now, Buffer greeting);

  /// Viewer: one question at a time; a new one replaces the old, whose answer is then not told.
  void find(Time now, auth::DeviceId id);
  /// New relay credentials for an introduction that this device took part in. `token` is the
  /// refresh_token of its Services.
  void refresh(Time now, IntroId intro, ByteView token);

  /// Viewer: the same, and the host is to be told; Refreshed may come several times, the last with `met`.
  void meet(Time now, IntroId intro, ByteView token);
  /// A session here has no path: a lost connection is reopened sooner.
  void set_need(Time now, bool need);

  /// False if the introduction is not open or `bytes` exceed kMaxSignal; nothing is sent then.
  bool send_signal(Time now, IntroId intro, ByteView bytes);
  void end_introduction(Time now, IntroId intro);

  /// Ends the connection in order and stays away: the server has us offline at once. No events follow.
  void goodbye(Time now);

  /// How long the server may be silent before it is asked whether it is there; from the next answer on.
  void set_ping_every(Duration every);

  /// Registered or connected at this moment.
  bool online() const;
  /// The connection goes through an HTTP proxy.
  bool proxied() const;
  const ClientCounters& counters() const;
  /// Whether events of this stream are ours, for the machine around us.
  bool owns(StreamId stream) const;

  void on_network(Time now, const std::vector<IpAddress>& addresses) override;
  void on_stream(Time now, StreamId stream, const StreamEvent& event) override;
  void on_resolved(Time now, const std::string& host, const std::vector<IpAddress>& addresses) override;
  void on_timer(Time now) override;
  std::optional<Command> next_command() override;
  std::optional<Transmit> next_transmit() override;
  std::optional<ClientEvent> next_event();
  Time next_deadline() const override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace godesk::rendezvous
