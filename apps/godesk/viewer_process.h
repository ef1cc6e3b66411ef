// A viewer session with its files and its pump: what headless `connect` and the viewer window have in common.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "device.h"
#include "exit_codes.h"
#include "options.h"
#include "os/driver.h"
#include "os/network_memory.h"
#include "os/pair_memory.h"
#include "os/random.h"
#include "target.h"
#include "viewer/viewer_session.h"

namespace godesk::app {

/// What a session gave since the last call, for `stats` and the status bar.
struct SecondFigures {
  double fps = 0;
  std::int64_t kbit_s = 0;
  double rtt_ms = 0, loss = 0;
  // Where an update's time goes, on the mean: at the host, half of the round trip, here, and to the display
  // (nothing where nothing is displayed).
  double capture_ms = 0, encode_ms = 0, network_ms = 0, decode_ms = 0;
  std::optional<double> paint_ms;
  std::optional<double> skew_ms;  // how much later than a film's pictures its sound is heard
  session::Traffic traffic;       // since the start, by what it was
  std::optional<link::Kind> path;
  std::uint64_t frames = 0, bytes = 0;  // since the start
};

/// Whom `connect` is to reach. Throws Stop{usage} when that is not understood, or needs a
/// server and none is known.
Target reachable_target(const Options& options);

class ViewerProcess {
 public:
  using OnEvent = std::function<void(Time, const viewer::ViewerEvent&)>;

  /// Throws Stop. `surface` is called in run()'s thread.
  ViewerProcess(const Options& options, std::string password, viewer::Surface& surface, LogSink& log);
  ~ViewerProcess();

  /// Pumps until the session is closed; returns how it ended.
  viewer::Closed run(OnEvent on_event);
  /// Runs `call` in run()'s thread, from any thread.
  void post(std::function<void(viewer::ViewerSession&, Time)> call);
  /// Each second while run() goes on.
  void each_second(std::function<void(Time, const SecondFigures&)> tick) { tick_ = std::move(tick); }
  /// After every turn; true: the session was called.
  void each_turn(std::function<bool(Time)> turn) { turn_ = std::move(turn); }
  /// Calls back once in run()'s thread.
  void at(Time when, std::function<void()> call) { driver_->at(when, std::move(call)); }

  viewer::ViewerSession& session() { return *session_; }
  const viewer::ViewerSession& session() const { return *session_; }
  const Target& target() const { return target_; }
  const Device& device() const { return device_; }

 private:
  bool drain_events();
  void on_event(const viewer::ViewerEvent& event);
  void watch_clipboard();
  void schedule_tick();
  SecondFigures figures(Time now);

  os::OsRandom random_;
  Device device_;
  os::NetworkMemory networks_;
  os::PairMemory pairs_;
  Target target_;
  viewer::Surface& surface_;
  std::optional<link::Kind> path_;  // the one in use
  std::optional<rendezvous::Join> server_;
  Ids ids_;
  std::unique_ptr<viewer::SoundSink> sound_;
  std::unique_ptr<session::DeskClipboard> clipboard_;  // none: not wanted, or there is no X display
  std::unique_ptr<viewer::ViewerSession> session_;
  std::unique_ptr<os::Driver> driver_;
  OnEvent on_event_;
  std::function<void(Time, const SecondFigures&)> tick_;
  std::function<bool(Time)> turn_;
  std::optional<viewer::Closed> closed_;
  viewer::ViewerFigures last_;
  std::uint64_t last_bytes_ = 0;
  Time last_tick_{};
};

/// What became of the wish for another size of the remote screen.
std::string sizing_sentence(const session::Sizing& sizing);
/// Why there is no ID server, and what to do.
std::string server_sentence(std::optional<rendezvous::Offline> why);
/// The exit code and the plain sentence (empty when it ended as asked) for how a session ended.
std::pair<Exit, std::string> verdict(const viewer::Closed& closed, const Target& target,
                                     const Device& device);

}  // namespace godesk::app
