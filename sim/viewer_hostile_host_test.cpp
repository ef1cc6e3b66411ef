// A host program that means harm, after the login (SECURITY 7): each of its lies ends the viewer with
// `error`.
#include <gtest/gtest.h>

#include "host/direct_listener.h"
#include "link/plain_path.h"
#include "media/screen_wire.h"
#include "media/zstd_stream.h"
#include "session/quic_channel.h"
#include "session/test_door.h"
#include "sim/desk_world.h"

namespace godesk::sim {
namespace {

using session::QuicChannel;
using session::Session;

/// What a host does once its victim is in. The channel is open beneath the session.
using Attack = std::function<void(Time, Session&, QuicChannel&)>;

class HostileHost final : public Machine {
 public:
  HostileHost(auth::Identity who, session::Gatekeeper& door, Attack attack, Random& random)
      : who_(std::move(who)), door_(door), attack_(std::move(attack)), random_(random) {
    listener_.start();
  }

  void on_datagram(Time now, SocketId socket, const Endpoint& from, ByteView bytes) override {
    if (!session_) {
      auto newcomer = listener_.on_datagram(now, socket, from, bytes);
      if (!newcomer) return;
      session::QuicChannelConfig config;
      config.role = quic::Role::server;
      config.identity = who_;
      config.first = newcomer->first;
      auto channel = std::make_unique<QuicChannel>(
          std::move(config), std::make_unique<link::PlainPath>(newcomer->socket, newcomer->local, from),
          random_, log_);
      channel_ = channel.get();
      session_ = std::make_unique<Session>(std::move(channel), door_, random_, log_);
      session_->start(now);
    }
    session_->on_datagram(now, socket, from, bytes);
    while (auto event = session_->next_event())
      if (std::holds_alternative<session::Authenticated>(*event)) attack_(now, *session_, *channel_);
  }
  void on_socket(Time, SocketId socket, const SocketEvent& event) override {
    listener_.on_socket(socket, event);
  }
  void on_timer(Time now) override {
    if (session_) session_->on_timer(now);
  }
  std::optional<Command> next_command() override {
    if (auto own = listener_.next_command()) return own;
    return session_ ? session_->next_command() : std::nullopt;
  }
  std::optional<Transmit> next_transmit() override {
    if (auto own = listener_.next_transmit()) return own;
    return session_ ? session_->next_transmit() : std::nullopt;
  }
  Time next_deadline() const override { return session_ ? session_->next_deadline() : kNever; }

 private:
  auth::Identity who_;
  session::Gatekeeper& door_;
  Attack attack_;
  Random& random_;
  NullLog log_;
  Ids ids_;
  host::DirectListener listener_{21118, ids_, random_};
  std::unique_ptr<Session> session_;
  QuicChannel* channel_ = nullptr;
};

/// Counts what reaches the window.
class CountedSurface final : public viewer::Surface {
 public:
  int screens = 0, cursors = 0;
  void on_screen(const media::FrameView&, const media::Region&, bool) override { ++screens; }
  void on_cursor(const media::CursorShape&) override { ++cursors; }
  void on_cursor_moved(media::Point) override {}
};

struct HostileHostTest : testing::Test {
  World world{71};
  NodeId host_at =
      world.net.add_host(NetworkId::internet, {address()}, LinkCall::access(), LinkCall::access());
  NodeId viewer_at = world.net.add_host(NetworkId::internet, {LinkCall::ip("198.51.101.1")},
                                        LinkCall::access(), LinkCall::access());
  SeededRandom random = world.fork_random();
  auth::Identity host_id = auth::make_identity(random);
  session::TestDoor door{host_id, random};
  CountedSurface surface;
  std::optional<viewer::Closed> closed;
  bool authenticated = false;
  int width = 0;

  /// Runs the attack; the viewer has `limit` to see through it.
  void suffer(const Attack& attack, Duration limit = 20s) {
    closed.reset();
    authenticated = false;
    HostileHost host(host_id, door, attack, random);
    const auto host_process = world.run(host_at, host);
    viewer::ViewerConfig config;
    config.identity = auth::make_identity(random);
    config.target = Endpoint{address(), 21118};
    config.password = door.one_time.symbols();
    NullLog log;
    Ids ids;
    viewer::ViewerSession viewer(std::move(config), surface, ids, random, log);
    const auto viewer_process = world.run(viewer_at, viewer, [&](Time) {
      while (auto event = viewer.next_event()) {
        authenticated |= std::holds_alternative<viewer::Authenticated>(*event);
        if (auto* end = std::get_if<viewer::Closed>(&*event)) closed = *end;
      }
    });
    viewer.start(world.now());
    world.poke(viewer_process);
    world.run_until([&] { return closed.has_value(); }, limit);
    width = viewer.screen().width();
    world.stop(viewer_process);
    world.stop(host_process);
  }
  static IpAddress address() { return LinkCall::ip("198.51.100.1"); }

  void ends_as_error(const char* what, const Attack& attack) {
    suffer(attack);
    EXPECT_TRUE(authenticated) << what;
    ASSERT_TRUE(closed) << what;
    EXPECT_EQ(closed->reason, viewer::CloseReason::error) << what;
  }
  static Buffer key_update(std::uint16_t w, std::uint16_t h, ByteView plain) {
    Buffer out = Writer().u8(media::wire::kKey).u16(w).u16(h).take();
    media::ZstdCompressor zstd;
    zstd.write(plain, out);
    zstd.flush(out);
    return out;
  }
  static Attack update(Buffer bytes) {
    return [bytes](Time now, Session& s, QuicChannel&) { s.send_update(now, {0, 0, bytes}); };
  }
};

TEST_F(HostileHostTest, LyingUpdates) {
  Buffer noise(5000);
  random.fill(noise);
  ends_as_error("noise", update(noise));
  ends_as_error("empty", update({}));
  ends_as_error("no key first", update(Buffer{0, 1, 2, 3}));
  ends_as_error("65535 x 65535", update(key_update(65535, 65535, {})));
  ends_as_error("no size", update(key_update(0, 0, {})));
  const Buffer outside = Writer().u8(media::wire::solid).u16(10).u16(0).u16(10).u16(4).zeros(3).take();
  ends_as_error("a rect beyond the screen", update(key_update(16, 16, outside)));
  const Buffer cut = Writer().u8(media::wire::bgr).u16(0).u16(0).u16(16).u16(16).zeros(100).take();
  ends_as_error("pixels that end early", update(key_update(16, 16, cut)));
  EXPECT_EQ(surface.screens, 0);
}

TEST_F(HostileHostTest, ABombInsideAnUpdate) {
  const Buffer zeros(media::wire::kMaxPlain + (1u << 20));
  const Buffer bomb = key_update(16, 16, zeros);
  ASSERT_LT(bomb.size(), 100'000u);
  ends_as_error("bomb", update(bomb));
  EXPECT_LE(width, 16);
}

TEST_F(HostileHostTest, LyingCursors) {
  auto cursor = [](Buffer shape) -> Attack {
    return [shape](Time now, Session& s, QuicChannel&) { s.send_cursor_shape(now, shape); };
  };
  ends_as_error("65535 x 65535", cursor(Writer().u16(65535).u16(65535).u16(0).u16(0).u8(1).zeros(9).take()));
  ends_as_error("hot spot outside", cursor(Writer().u16(1).u16(1).u16(9).u16(9).u8(0).zeros(4).take()));
  Buffer bomb = Writer().u16(16).u16(16).u16(0).u16(0).u8(1).take();
  append(bomb, media::zstd_compress(Buffer(50u << 20)));
  ends_as_error("a bomb inside", cursor(bomb));
  ends_as_error("longer than any message", cursor(Buffer(session::kMaxControl + 1000)));
  EXPECT_EQ(surface.cursors, 0);
}

TEST_F(HostileHostTest, AcknowledgementsOfNothing) {
  ends_as_error("acks", [](Time now, Session& s, QuicChannel&) { s.acknowledge_input(now, 5); });
}

TEST_F(HostileHostTest, StreamsOfOtherKinds) {
  for (std::uint8_t kind :
       {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{77}}) {
    // Control (1) and screen (3) are open already: a second one is as wrong as an unknown one.
    ends_as_error("stream", [kind](Time now, Session&, QuicChannel& channel) {
      auto stream = channel.open_stream(0);
      ASSERT_TRUE(stream);
      channel.write(now, *stream, Buffer{kind, 0, 0, 0, 1, 9});
    });
  }
}

TEST_F(HostileHostTest, ManyStreamsAreBoundedByTheViewer) {
  int opened = 0;
  suffer(
      [&](Time, Session&, QuicChannel& channel) {
        while (opened < 10'000 && channel.open_stream(0)) ++opened;
      },
      3s);
  EXPECT_LE(opened, 256);
  EXPECT_TRUE(authenticated);
}

TEST_F(HostileHostTest, NonsenseInDatagramsIsDropped) {
  suffer(
      [this](Time now, Session&, QuicChannel& channel) {
        for (std::size_t i = 0; i < 500; ++i) {
          Buffer noise(i % 40);
          random.fill(noise);
          channel.send_datagram(now, noise, quic::Urgency::urgent);
        }
      },
      3s);
  EXPECT_TRUE(authenticated);
  EXPECT_FALSE(closed) << "a datagram that means nothing harms nobody";
}

}  // namespace
}  // namespace godesk::sim
