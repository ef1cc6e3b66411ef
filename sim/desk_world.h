// The whole product in the virtual world: an ID server and a relay on the internet, a host with a painted
// screen and a recorded keyboard, a viewer.
#pragma once

#include <algorithm>

#include "host/host.h"
#include "rendezvous/registry.h"
#include "rendezvous/server.h"
#include "sim/link_call.h"
#include "viewer/viewer_session.h"

namespace godesk::sim {

/// A screen that a test paints.
class PaintedScreen final : public host::FrameSource {
 public:
  PaintedScreen(int width, int height) : frame_(width, height) { damage_.add(frame_.view().bounds()); }
  void paint(const media::Rect& where, std::uint32_t colour) {
    draw(where, [colour](int x, int y) { return colour + static_cast<std::uint32_t>(x * y % 7); });
  }
  /// `colour_at(x, y)` is 0x00RRGGBB.
  template <class ColourAt>
  void draw(const media::Rect& where, ColourAt colour_at) {
    for (int y = where.y; y < where.bottom(); ++y)
      for (int x = where.x; x < where.right(); ++x) *frame_.at(x, y) = colour_at(x, y);
    damage_.add(where);
  }

  int fd() const override { return -1; }
  Duration poll_interval() const override { return {}; }
  bool pending() override { return !damage_.empty(); }
  media::Region update() override { return std::exchange(damage_, {}); }
  media::FrameView frame() const override { return frame_.view(); }
  std::optional<media::CursorShape> cursor_shape() override { return std::nullopt; }
  media::Point cursor_position() override { return {}; }
  std::string failure() const override { return {}; }

 private:
  media::Frame frame_;
  media::Region damage_;
};

/// A keyboard and mouse that remember.
class RecordedInput final : public host::InputSink {
 public:
  std::u32string typed;
  std::vector<host::KeyEvent> keys;
  std::vector<int> buttons;
  media::Point pointer_at;
  int released = 0;

  void pointer(int x, int y) override { pointer_at = {x, y}; }
  void motion(int dx, int dy) override { pointer_at = {pointer_at.x + dx, pointer_at.y + dy}; }
  void button(int number, bool down) override { buttons.push_back(down ? number : -number); }
  void wheel(int, int) override {}
  void key(host::KeyEvent event) override { keys.push_back(event); }
  void physical_key(int, bool) override {}
  void text(char32_t character) override { typed += character; }
  void release_all() override { ++released; }
  bool idle() const override { return true; }
  std::size_t backlog() const override { return 0; }
  int fd() const override { return -1; }
  void flush() override {}
  void on_ready() override {}
  Time next_deadline() const override { return kNever; }
  void on_timer() override {}
};

class CountedStore final : public host::GuessStore {
 public:
  int saves = 0;
  void save(ByteView) override { ++saves; }
};

/// Tickets that OneSession's relay accepts.
class OneRelay final : public rendezvous::TicketIssuer {
 public:
  bool none = false;  // the ID server has no relay to offer
  int issued() const { return issued_; }

  std::vector<rendezvous::Relay> issue(Time, const rendezvous::IntroId&, const IpAddress& client,
                                       const std::vector<IpAddress>&) override {
    if (none) return {};
    const std::string relay = (client.is_v4() ? LinkCall::relay4() : LinkCall::relay6()).to_string();
    rendezvous::Relay r;
    r.udp = r.tcp = HostPort{relay, 3478};
    r.tls = HostPort{relay, 443};
    r.username = "guest" + std::to_string(++issued_);  // a user name has two allocations at most
    r.password = "secret";
    return {r};
  }

 private:
  int issued_ = 0;
};

class DeskWorld {
 public:
  explicit DeskWorld(std::uint64_t seed, Duration access_delay = 25ms)
      : call(seed), access{.delay = access_delay}, random(call.world.fork_random()) {
    server_identity = auth::make_identity(random);
    start_server();
  }
  World& world() { return call.world; }

  void start_server() {
    rendezvous::ServerConfig config;
    config.identity = server_identity;
    for (const auto& ip : {LinkCall::relay4(), LinkCall::relay6()})
      config.stun.push_back({ip.to_string(), 3478});
    servers_.push_back(std::make_unique<rendezvous::Server>(config, registry, issuer, random, log));
    server = world().run(call.relay_host, *servers_.back());
    world().listen(server, 444);
  }
  std::size_t introductions() const { return servers_.back()->introductions(); }
  rendezvous::Join join() const {
    rendezvous::Join j;
    j.hosts = {LinkCall::relay4().to_string(), LinkCall::relay6().to_string()};
    j.tls_port = 444;
    j.key = rendezvous::key_hash(server_identity.public_key);
    return j;
  }

  void start_host(NodeId at, const std::function<void(host::HostConfig&)>& change = {}) {
    host::HostConfig config;
    config.door.identity = auth::make_identity(random);
    config.server = join();
    if (change) change(config);
    host_identity = config.door.identity;
    host_chance = world().fork_random();
    host = std::make_unique<host::Host>(std::move(config), screen, input, store, host_ids, host_chance, log);
    host_process = world().run(at, *host, [this](Time) {
      while (auto event = host->next_event()) {
        if (auto* ready = std::get_if<host::Ready>(&*event)) id = ready->id;
        host_events.push_back(std::move(*event));
      }
    });
    host->start(world().now());
    world().poke(host_process);
  }
  bool host_ready() {
    return world().run_until([&] { return id.has_value(); }, 10s);
  }

  void start_viewer(NodeId at, const std::function<void(viewer::ViewerConfig&)>& change = {}) {
    viewer::ViewerConfig config;
    config.identity = auth::make_identity(random);
    config.target = *id;
    config.server = join();
    config.password = host->shown_password();
    if (change) change(config);
    viewer_chance = world().fork_random();
    viewer =
        std::make_unique<viewer::ViewerSession>(std::move(config), surface, viewer_ids, viewer_chance, log);
    viewer_events.clear();
    clicked = world().now();
    viewer_process = world().run(at, *viewer, [this](Time now) {
      while (auto event = viewer->next_event()) viewer_events.emplace_back(now, std::move(*event));
    });
    viewer->start(world().now());
    world().poke(viewer_process);
  }

  template <class E>
  const E* seen() const {
    for (auto it = viewer_events.rbegin(); it != viewer_events.rend(); ++it)
      if (auto* e = std::get_if<E>(&it->second)) return e;
    return nullptr;
  }
  template <class E>
  bool host_saw() const {
    return std::any_of(host_events.begin(), host_events.end(),
                       [](const auto& e) { return std::holds_alternative<E>(e); });
  }
  bool closed(Duration limit = 30s) {
    return world().run_until([&] { return seen<viewer::Closed>() != nullptr; }, limit);
  }
  /// The viewer's process ends as by SIGKILL; another may start.
  void kill_viewer() {
    world().stop(viewer_process);
    viewer_events.clear();
  }
  template <class E>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::count_if(viewer_events.begin(), viewer_events.end(),
                      [](const auto& e) { return std::holds_alternative<E>(e.second); }));
  }
  bool first_frame(Duration limit = 20s) {
    return world().run_until([&] { return seen<viewer::FirstFrame>() != nullptr; }, limit);
  }
  bool no_allocations(Duration limit) {
    return world().run_until([&] { return call.relay_server().stats().allocations == 0; }, limit);
  }
  bool path_is(link::Kind kind) const {
    auto* path = seen<link::PathChanged>();
    return path && path->path.kind == kind;
  }
  bool becomes(link::Kind kind, Duration limit = 20s) {
    return world().run_until([&] { return path_is(kind); }, limit);
  }
  void paint(const media::Rect& where, std::uint32_t colour) {
    screen.paint(where, colour);
    host->on_display(world().now());
    world().poke(host_process);
  }
  bool shows_the_same(Duration limit = 5s) {
    return world().run_until([&] { return media::same_pixels(viewer->screen().view(), screen.frame()); },
                             limit);
  }
  void type(std::u32string_view text) {
    for (char32_t c : text) viewer->send_input(world().now(), session::Character{c});
    world().poke(viewer_process);
  }

  LinkCall call;
  LinkConfig access;
  NullLog log;
  SeededRandom random;
  auth::Identity server_identity;
  rendezvous::MemoryRegistry registry;
  OneRelay issuer;
  ProcessId server{}, host_process{}, viewer_process{};

  PaintedScreen screen{320, 200};
  RecordedInput input;
  CountedStore store;
  Ids host_ids, viewer_ids;
  SeededRandom host_chance{1}, viewer_chance{2};
  std::optional<auth::Identity> host_identity;
  std::unique_ptr<host::Host> host;
  std::vector<host::HostEvent> host_events;
  std::optional<auth::DeviceId> id;

  viewer::NoSurface surface;
  std::unique_ptr<viewer::ViewerSession> viewer;
  std::vector<std::pair<Time, viewer::ViewerEvent>> viewer_events;
  Time clicked{};

 private:
  std::vector<std::unique_ptr<rendezvous::Server>> servers_;
};

}  // namespace godesk::sim
