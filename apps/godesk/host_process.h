// A host with its display, its files and its events: what `godesk host` and the home window have in common.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "device.h"
#include "host/host.h"
#include "options.h"
#include "os/driver.h"
#include "os/file_watch.h"
#include "os/network_memory.h"
#include "os/random.h"
#include "os/virtual_display.h"

namespace godesk::app {

class HostProcess {
 public:
  using OnEvent = std::function<void(Time, const host::HostEvent&)>;

  /// Opens the display and takes the lock. Throws Stop.
  HostProcess(const Options& options, LogSink& log);
  ~HostProcess();

  /// Pumps until stop(), SIGINT or SIGTERM; `on_event` is called in this thread.
  void run(OnEvent on_event);
  /// From any thread: ends sessions and registration in order, then run() returns.
  void stop();
  /// From any thread.
  void renew_password();
  /// From any thread; nothing happens when it is over already.
  void end_session(host::SessionNumber session);
  /// Each second, for figures.
  void each_second(std::function<void(Time)> tick) { tick_ = std::move(tick); }

  const Device& device() const { return device_; }
  /// Of the display that we started ourselves; else empty.
  std::string virtual_name() const { return virtual_ ? virtual_->name() : std::string(); }
  host::Host& host() { return *host_; }

 private:
  void watch_desktop();
  void watch_authorised();
  bool drain_events();
  void shut_down();
  void schedule_tick();

  os::OsRandom random_;
  Device device_;
  os::FileLock lock_;
  os::NetworkMemory networks_;
  GuessFile guesses_;
  os::FileWatch authorised_;
  std::unique_ptr<os::VirtualDisplay> virtual_;  // outlives what is connected to it
  std::unique_ptr<host::FrameSource> source_;
  std::unique_ptr<host::InputSink> sink_;
  std::unique_ptr<session::DeskClipboard> clipboard_;  // none: not wanted, or the display has none
  std::unique_ptr<host::SoundSource> sound_;
  std::unique_ptr<host::ScreenSizer> sizer_;  // none: not wanted
  Ids ids_;
  std::optional<rendezvous::Join> server_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<os::Driver> driver_;
  OnEvent on_event_;
  std::function<void(Time)> tick_;
};

}  // namespace godesk::app
