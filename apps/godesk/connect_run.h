// One session of `connect`, told as events, typed into and pictured: what headless and the
// window have in common.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "events.h"
#include "exit_codes.h"
#include "options.h"
#include "viewer_process.h"

namespace godesk::app {

/// How a session ended.
struct Outcome {
  viewer::CloseReason reason = viewer::CloseReason::error;
  Exit exit = Exit::ok;
  std::string sentence;  // plain words for the user; empty when it ended as asked
};

/// What a failure on this side comes to. Call it where the exception was caught.
Outcome failure(const std::exception_ptr& thrown);
/// The last event of `connect`.
void tell_closed(EventWriter& out, const Outcome& outcome);

class ConnectRun {
 public:
  /// Throws Stop. The references must outlive the run; `surface` is called in run()'s thread.
  ConnectRun(const Options& options, std::string password, viewer::Surface& surface, EventWriter& out,
             LogSink& log);

  /// Both also called in run()'s thread, after the event was told. Set them before run().
  std::function<void(const viewer::ViewerEvent&)> on_event;
  std::function<void(const SecondFigures&)> on_figures;

  /// Until the session is closed; tells every event but the last. Never throws.
  Outcome run();
  ViewerProcess& process() { return process_; }

 private:
  Outcome run_session();
  void tell(Time now, const viewer::ViewerEvent& event);
  void tell_authenticated(Time now, const viewer::Authenticated& who);
  void tell_figures(Time now, const SecondFigures& f);
  void tell_monitors(Time now, const session::Monitors& monitors);
  void tell_sizing(Time now, const session::Sizing& sizing);
  void tell_clipboard(Time now, const session::ClipboardEvent& event);
  void on_first_frame(Time now, const viewer::FirstFrame& frame);
  bool end_when_due(Time now);
  void write_screenshot() const;

  const ConnectOptions& options_;
  EventWriter& out_;
  std::vector<session::Input> text_;
  ViewerProcess process_;
  bool shown_ = false;
  std::optional<Time> end_at_;
  Time progress_told_{};
};

}  // namespace godesk::app
