#include "viewer_process.h"

#include <algorithm>
#include <cmath>

#include "events.h"
#include "os/clipboard_x11.h"
#include "os/clock.h"
#include "os/network.h"
#include "os/sound_pulse.h"

namespace godesk::app {
namespace {

constexpr Duration kFarewell = 1s;  // for the last words of a closed session

viewer::ViewerConfig viewer_config(const Options& options, const Device& device, const Target& target,
                                   std::string password) {
  viewer::ViewerConfig config;
  config.identity = device.identity();
  config.target = target.where;
  config.server = options.common.server;
  if (config.server) config.pinned_server = device.pinned_server(*config.server);
  config.pinned_host = device.pinned_host(target.name);
  config.password = std::move(password);
  config.relay_only = options.common.relay_only;
  config.own_relays = options.common.own_relays;
  config.limits.clipboard = options.common.clipboard;
  config.stopwatch = [] { return os::now(); };
  return config;
}

/// A window's desktop, or the display that a script names.
std::unique_ptr<session::DeskClipboard> clipboard_of(const Options& all, LogSink& log) {
  const ConnectOptions& options = all.connect;
  os::ClipboardX11Config config;
  config.max_content = all.common.clipboard.max_content;
  const bool nobodys = options.headless && options.clipboard_display.empty();
  if (options.no_clipboard || nobodys) return nullptr;
  if (!options.headless) return os::open_clipboard({}, log, config);
  auto opened = os::ClipboardX11::open(options.clipboard_display, config);
  if (!opened) throw Stop(Exit::local, opened.reason());
  return std::move(*opened);
}

double mean_ms(Duration sum, std::uint64_t n) { return n == 0 ? 0 : ms(sum / static_cast<std::int64_t>(n)); }

std::string seconds(Duration wait) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()) + " s";
}

}  // namespace

std::string sizing_sentence(const session::Sizing& sizing) {
  using S = session::Sizing;
  if (sizing.state == S::State::decides) return "The remote screen follows.";
  if (sizing.state == S::State::follows)
    return "Another viewer asked first and decides the remote screen's size.";
  switch (sizing.why) {
    case S::Why::not_allowed:
      return "The other computer does not let you change its screen's size.";
    case S::Why::several_monitors:
      return "The remote screen has several monitors; their arrangement is kept.";
    default:
      return "The other computer's display cannot take this size.";
  }
}

std::string server_sentence(std::optional<rendezvous::Offline> why) {
  switch (why.value_or(rendezvous::Offline::unreachable)) {
    case rendezvous::Offline::not_the_server:
      return "This is not the server of your join string, or something on the way opens TLS: check --server "
             "and "
             "the network.";
    case rendezvous::Offline::untrusted:
      return "No public authority vouches for the server's certificate: use its join string.";
    default:
      return "The ID server cannot be reached: check the network and --server.";
  }
}

Target reachable_target(const Options& options) {
  Target target = parse_target(options.connect.target);
  if (!options.common.server && std::holds_alternative<auth::DeviceId>(target.where)) {
    throw Stop(Exit::usage,
               "No ID server is known: give --server with the join string that godesk-server prints.");
  }
  return target;
}

ViewerProcess::ViewerProcess(const Options& options, std::string password, viewer::Surface& surface,
                             LogSink& log)
    : device_(options.common.data_dir, random_, log),
      networks_(device_.path("networks")),
      pairs_(device_.path("pairs")),
      target_(reachable_target(options)),
      surface_(surface),
      server_(options.common.server) {
  viewer::ViewerConfig config = viewer_config(options, device_, target_, std::move(password));
  const auto addresses = os::local_addresses();
  config.udp_was_blocked = networks_.udp_was_blocked(addresses, os::wall_now());
  config.remembered = pairs_.recall(addresses, target_.name, os::wall_now());
  clipboard_ = clipboard_of(options, log);
  config.clipboard = clipboard_.get();
  config.monitor = options.connect.monitor;
  config.size = options.connect.remote_size;
  if (!options.connect.headless || options.connect.sound) sound_ = std::make_unique<os::SoundOutPulse>(log);
  config.sound = sound_.get();
  session_ = std::make_unique<viewer::ViewerSession>(std::move(config), surface, ids_, random_, log);
  os::DriverConfig driver;
  driver.proxy = os::ProxySettings::from_environment();
  driver_ = std::make_unique<os::Driver>(*session_, log, driver);
}

ViewerProcess::~ViewerProcess() = default;

viewer::Closed ViewerProcess::run(OnEvent on_event) {
  on_event_ = std::move(on_event);
  driver_->after_turn([this] { return drain_events(); });
  driver_->on_signal([this] { session_->close(driver_->now(), viewer::CloseReason::interrupted); });
  if (clipboard_) watch_clipboard();
  driver_->post([this] { session_->start(driver_->now()); });
  last_tick_ = os::now();
  schedule_tick();
  driver_->run();
  return closed_.value_or(viewer::Closed{viewer::CloseReason::error, {}, {}, {}});
}

void ViewerProcess::post(std::function<void(viewer::ViewerSession&, Time)> call) {
  driver_->post([this, call = std::move(call)] { call(*session_, driver_->now()); });
}

void ViewerProcess::watch_clipboard() {
  driver_->watch(clipboard_->fd(), [this, fd = clipboard_->fd()] {
    session_->on_clipboard(driver_->now());
    if (clipboard_->fd() < 0) driver_->unwatch(fd);
  });
}

bool ViewerProcess::drain_events() {
  bool any = false;
  for (; auto event = session_->next_event(); any = true) on_event(*event);
  return (turn_ && turn_(driver_->now())) || any;
}

void ViewerProcess::on_event(const viewer::ViewerEvent& event) {
  if (auto* proved = std::get_if<viewer::ServerProved>(&event); proved && server_) {
    device_.pin_server(*server_, proved->identity);
  }
  if (auto* path = std::get_if<link::PathChanged>(&event)) {
    path_ = path->path.kind;
    networks_.learn(os::local_addresses(), path->path, os::wall_now());
  }
  if (auto* learned = std::get_if<link::PairLearned>(&event))
    pairs_.learn(os::local_addresses(), target_.name, learned->verdict, os::wall_now());
  if (std::holds_alternative<link::PathLost>(event)) path_.reset();
  if (auto* who = std::get_if<viewer::Authenticated>(&event)) device_.pin_host(target_.name, who->host);
  if (auto* closed = std::get_if<viewer::Closed>(&event)) {
    closed_ = *closed;
    driver_->stop_when_flushed(kFarewell);
  }
  on_event_(driver_->now(), event);
}

void ViewerProcess::schedule_tick() {
  driver_->post([this] {
    driver_->at(driver_->now() + 1s, [this] {
      if (closed_) return;
      if (tick_) tick_(driver_->now(), figures(driver_->now()));
      schedule_tick();
    });
  });
}

SecondFigures ViewerProcess::figures(Time now) {
  const viewer::ViewerFigures& all = session_->figures();
  const auto* channel = session_->channel();
  const quic::Stats stats = channel ? channel->stats() : quic::Stats{};
  const std::uint64_t updates = all.updates - last_.updates;
  const double passed = std::max(to_ms(now - last_tick_), 1.0) / 1000;
  SecondFigures f;
  f.fps = std::round(static_cast<double>(updates) / passed * 10) / 10;
  f.kbit_s =
      static_cast<std::int64_t>(static_cast<double>(stats.bytes_received - last_bytes_) * 8 / passed / 1000);
  f.rtt_ms = ms(stats.smoothed_rtt);
  if (stats.packets_sent > 0) {
    f.loss = static_cast<double>(stats.packets_lost) / static_cast<double>(stats.packets_sent);
  }
  f.capture_ms = mean_ms(all.capture - last_.capture, updates);
  f.encode_ms = mean_ms(all.encode - last_.encode, updates);
  f.network_ms = ms(stats.smoothed_rtt / 2);
  if (const auto painted = surface_.take_paint_time()) f.paint_ms = ms(*painted);
  if (const auto skew = session_->sound_skew()) f.skew_ms = ms(*skew);
  if (const auto* traffic = session_->traffic()) f.traffic = *traffic;
  f.path = path_;
  f.decode_ms = mean_ms(all.decode - last_.decode, updates);
  f.frames = all.updates;
  f.bytes = stats.bytes_received;
  last_ = all;
  last_bytes_ = stats.bytes_received;
  last_tick_ = now;
  return f;
}

std::pair<Exit, std::string> verdict(const viewer::Closed& closed, const Target& target,
                                     const Device& device) {
  using R = viewer::CloseReason;
  switch (closed.reason) {
    case R::done:
    case R::by_host:
    case R::interrupted:
      return {Exit::ok, ""};
    case R::wrong_password:
      return {Exit::refused, "The password is wrong, or someone sits in between: ask for the one shown now."};
    case R::refused:
      return {Exit::refused,
              "The other side refused: it wants no session now, or this device is not authorised there."};
    case R::busy:
      return {Exit::refused, "Too many attempts were made: try again in " + seconds(closed.wait) + "."};
    case R::revoked:
      return {Exit::refused, "Your right to this desktop was taken away."};
    case R::not_found:
      return {Exit::not_found,
              target.name + " is unknown or offline: check the ID, and that GoDesk runs there."};
    case R::no_path:
      return {Exit::no_path, "No way to the other computer was found: neither directly nor over a relay."};
    case R::server_unreachable:
      return {Exit::no_server, server_sentence(closed.server)};
    case R::key_changed: {
      auto pinned = device.pinned_host(target.name);
      std::string sentence = "The key of " + target.name + " changed";
      if (pinned) sentence += " from " + auth::fingerprint(*pinned);
      if (closed.server_says) sentence += " to " + auth::fingerprint(*closed.server_says);
      return {Exit::key_changed,
              sentence + ": if that is right, run 'godesk config forget " + target.name + "'."};
    }
    case R::error:
      return {Exit::local, "The session broke: the two sides did not understand each other."};
  }
  return {Exit::local, "The session broke."};
}

}  // namespace godesk::app
