#include "host_process.h"

#include "exit_codes.h"
#include "os/capture_x11.h"
#include "os/clipboard_x11.h"
#include "os/clock.h"
#include "os/input_x11.h"
#include "os/network.h"
#include "os/screen_size_x11.h"
#include "os/sound_pulse.h"

namespace godesk::app {
namespace {

constexpr Duration kFarewell = 2s;  // for closing sessions and connections in order

os::FileLock take_lock(const std::string& path) {
  auto lock = os::FileLock::take(path);
  if (!lock)
    throw Stop(Exit::usage, "Another host runs on this data directory: stop it, or give --data-dir.");
  return std::move(*lock);
}

template <class Opened>
auto unwrap(Opened opened) {
  if (!opened) throw Stop(Exit::local, opened.reason());
  return std::move(*opened);
}

host::HostConfig host_config(const Options& options, const Device& device, Random& random) {
  host::HostConfig config;
  config.door.identity = device.identity();
  if (!options.host.password_file.empty()) {
    config.door.unattended = device.unattended_from(options.host.password_file, random);
  }
  config.door.authorised = device.authorised_keys();
  config.door.guess_state = device.guess_state();
  config.door.started = os::now();
  config.door.wall_started = os::wall_now();
  config.server = options.common.server;
  if (config.server) config.pinned_server = device.pinned_server(*config.server);
  config.direct_ip = options.host.direct_ip;
  config.relay_only = options.common.relay_only;
  config.own_relays = options.common.own_relays;
  config.size.for_viewers = !options.host.virtual_size.empty();
  config.limits.clipboard = options.common.clipboard;
  config.feed.stopwatch = [] { return os::now(); };
  return config;
}

}  // namespace

HostProcess::HostProcess(const Options& options, LogSink& log)
    : device_(options.common.data_dir, random_, log),
      lock_(take_lock(device_.path("host.lock"))),
      networks_(device_.path("networks")),
      guesses_(device_.path("guesses")),
      authorised_(device_.authorised_file()),
      server_(options.common.server) {
  if (!server_ && !options.host.direct_ip) {
    throw Stop(Exit::usage,
               "No ID server is known: give --server with the join string that godesk-server prints.");
  }
  std::string display = options.host.display;
  if (!options.host.virtual_size.empty()) {
    virtual_ = unwrap(os::VirtualDisplay::start(options.host.virtual_size, options.common.data_dir, random_));
    display = virtual_->name();
  }
  source_ = unwrap(os::CaptureX11::open(display));
  if (!options.host.no_resize) sizer_ = unwrap(os::ScreenSizeX11::open(display));
  sink_ = unwrap(os::InputX11::open(display));
  os::ClipboardX11Config clipboard;
  clipboard.max_content = options.common.clipboard.max_content;
  if (!options.host.no_clipboard) clipboard_ = os::open_clipboard(display, log, clipboard);
  host::HostConfig config = host_config(options, device_, random_);
  config.clipboard = clipboard_.get();
  if (!options.host.no_sound) sound_ = std::make_unique<os::SoundInPulse>(log);
  config.sound = sound_.get();
  config.sizer = sizer_.get();
  config.udp_was_blocked = [this] {
    return networks_.udp_was_blocked(os::local_addresses(), os::wall_now());
  };
  host_ = std::make_unique<host::Host>(std::move(config), *source_, *sink_, guesses_, ids_, random_, log);
  os::DriverConfig driver;
  driver.proxy = os::ProxySettings::from_environment();
  driver_ = std::make_unique<os::Driver>(*host_, log, driver);
}

HostProcess::~HostProcess() = default;

void HostProcess::run(OnEvent on_event) {
  on_event_ = std::move(on_event);
  driver_->after_turn([this] { return drain_events(); });
  watch_desktop();
  watch_authorised();
  driver_->on_signal([this] { shut_down(); });
  driver_->post([this] { host_->start(driver_->now()); });
  schedule_tick();
  driver_->run();
}

void HostProcess::stop() {
  driver_->post([this] { shut_down(); });
}

void HostProcess::renew_password() {
  driver_->post([this] { host_->renew_password(driver_->now()); });
}

void HostProcess::end_session(host::SessionNumber session) {
  driver_->post([this, session] { host_->end_session(driver_->now(), session); });
}

void HostProcess::watch_desktop() {
  driver_->watch(source_->fd(), [this] {
    host_->on_display(driver_->now());
    if (!source_->failure().empty()) throw Stop(Exit::local, source_->failure());
  });
  driver_->watch(sink_->fd(), [this] { host_->on_input_sink(driver_->now()); });
  if (sizer_) driver_->watch(sizer_->fd(), [this] { sizer_->on_ready(); });
  if (clipboard_) driver_->watch(clipboard_->fd(), [this] { host_->on_clipboard(driver_->now()); });
  if (sound_) driver_->watch(sound_->fd(), [this] { host_->on_sound(driver_->now()); });
}

/// `godesk config authorise` and `revoke` hold for a running host at once.
void HostProcess::watch_authorised() {
  if (authorised_.fd() < 0) return;
  driver_->watch(authorised_.fd(), [this] {
    if (authorised_.changed()) host_->set_authorised(driver_->now(), device_.authorised_keys());
  });
}

bool HostProcess::drain_events() {
  bool any = false;
  while (auto event = host_->next_event()) {
    any = true;
    if (auto* proved = std::get_if<host::ServerProved>(&*event); proved && server_) {
      device_.pin_server(*server_, proved->identity);
    }
    if (auto* path = std::get_if<host::SessionPath>(&*event))
      networks_.learn(os::local_addresses(), path->path, os::wall_now());
    on_event_(driver_->now(), *event);
  }
  return any;
}

void HostProcess::shut_down() {
  host_->shut_down(driver_->now());
  driver_->stop_when_flushed(kFarewell);
}

void HostProcess::schedule_tick() {
  driver_->post([this] {
    driver_->at(driver_->now() + 1s, [this] {
      if (tick_) tick_(driver_->now());
      schedule_tick();
    });
  });
}

}  // namespace godesk::app
