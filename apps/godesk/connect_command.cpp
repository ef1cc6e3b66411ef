// `godesk connect --headless`: a session without a window, for scripts.
#include <QImage>
#include <iostream>

#include <termios.h>
#include <unistd.h>

#include "commands.h"
#include "events.h"
#include "os/clock.h"
#include "password_input.h"
#include "text_input.h"
#include "viewer_process.h"

namespace godesk::app {
namespace {

void write_screenshot(const media::Frame& screen, const std::string& file) {
  const media::FrameView view = screen.view();
  const QImage image(reinterpret_cast<const uchar*>(view.pixels), view.width, view.height, view.stride * 4,
                     QImage::Format_RGB32);
  if (screen.empty() || !image.save(QString::fromStdString(file), "PNG")) {
    throw Stop(Exit::local, "The screenshot cannot be written to " + file + ".");
  }
}

class Headless {
 public:
  Headless(const Options& options, LogSink& log)
      : options_(options.connect),
        out_(options.common.json, os::now()),
        process_(options, read_password(options.connect), surface_, log) {}

  Exit run() {
    process_.each_second([this](Time now, const SecondFigures& f) { tell_figures(now, f); });
    process_.each_turn([this](Time now) { end_when_due(now); });
    closed_ = process_.run([this](Time now, const viewer::ViewerEvent& event) { on_event(now, event); });
    auto [exit, sentence] = verdict(closed_, process_.target(), process_.device());
    if (exit == Exit::ok && !options_.screenshot.empty())
      write_screenshot(process_.session().screen(), options_.screenshot);
    out_.write(os::now(), "closed", {{"reason", viewer::name(closed_.reason)}}, "Closed.");
    if (exit != Exit::ok) throw Stop(exit, sentence);
    return exit;
  }

 private:
  void on_event(Time now, const viewer::ViewerEvent& event) {
    if (auto* path = std::get_if<link::PathChanged>(&event)) {
      out_.write(now, "path", path_fields(path->path), path_line(path->path));
    } else if (auto* who = std::get_if<viewer::Authenticated>(&event)) {
      tell_authenticated(now, *who);
    } else if (auto* frame = std::get_if<viewer::FirstFrame>(&event)) {
      on_first_frame(now, *frame);
    }
  }

  void tell_authenticated(Time now, const viewer::Authenticated& who) {
    const quic::TlsFacts tls = process_.session().channel()->tls();
    out_.write(
        now, "authenticated",
        {{"peer", auth::fingerprint(who.host)}, {"cipher", tls.cipher}, {"key_exchange", tls.key_exchange}},
        "Authenticated (" + tls.cipher + ", " + tls.key_exchange + ").");
  }

  void on_first_frame(Time now, const viewer::FirstFrame& frame) {
    out_.write(now, "first_frame", {{"width", frame.width}, {"height", frame.height}},
               "First frame: " + std::to_string(frame.width) + "x" + std::to_string(frame.height));
    for (const auto& input : text_inputs(options_.type)) process_.session().send_input(now, input);
    shown_ = true;
    if (options_.duration) {
      end_at_ = now + *options_.duration;
      process_.at(*end_at_, [] {});
    }
  }

  /// Ends after --for, but not before the host has taken what was typed.
  void end_when_due(Time now) {
    const bool typed = process_.session().input_pending() == 0;
    if (shown_ && end_at_ && now >= *end_at_ && typed)
      process_.session().close(now, viewer::CloseReason::done);
  }

  void tell_figures(Time now, const SecondFigures& f) {
    if (!shown_) return;
    out_.write(now, "stats",
               {{"fps", f.fps},
                {"kbit_s", f.kbit_s},
                {"rtt_ms", f.rtt_ms},
                {"loss", f.loss},
                {"encode_ms", f.encode_ms},
                {"decode_ms", f.decode_ms},
                {"frames", f.frames},
                {"bytes", f.bytes}});
  }

  const ConnectOptions& options_;
  EventWriter out_;
  viewer::NoSurface surface_;
  ViewerProcess process_;
  bool shown_ = false;
  std::optional<Time> end_at_;
  viewer::Closed closed_;
};

}  // namespace

Exit run_connect(const Options& options, LogSink& log) { return Headless(options, log).run(); }

Exit run_forget(const Options& options, LogSink& log) {
  os::OsRandom random;
  const Device device(options.common.data_dir, random, log);
  const Target target = parse_target(options.forget);
  if (!device.forget_host(target.name)) throw Stop(Exit::usage, "No key is pinned for " + target.name + ".");
  return Exit::ok;
}

}  // namespace godesk::app
