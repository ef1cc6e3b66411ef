#include "connect_run.h"

#include <QImage>

#include "os/clock.h"
#include "os/files.h"
#include "text_input.h"

namespace godesk::app {
namespace {

constexpr Duration kProgressPace = 250ms;

}  // namespace

Outcome failure(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Stop& stop) {
    return {viewer::CloseReason::error, stop.code, stop.what()};
  } catch (const os::SetupError& error) {
    return {viewer::CloseReason::error, Exit::usage, error.what()};
  } catch (const std::exception& error) {
    return {viewer::CloseReason::error, Exit::local, error.what()};
  }
}

void tell_closed(EventWriter& out, const Outcome& outcome) {
  out.write(os::now(), "closed", {{"reason", viewer::name(outcome.reason)}}, "Closed.");
}

ConnectRun::ConnectRun(const Options& options, std::string password, viewer::Surface& surface,
                       EventWriter& out, LogSink& log)
    : options_(options.connect),
      out_(out),
      text_(text_inputs(options.connect.type)),
      process_(options, std::move(password), surface, log) {}

Outcome ConnectRun::run() {
  try {
    return run_session();
  } catch (...) {
    return failure(std::current_exception());
  }
}

Outcome ConnectRun::run_session() {
  process_.each_second([this](Time now, const SecondFigures& f) {
    tell_figures(now, f);
    if (on_figures) on_figures(f);
  });
  process_.each_turn([this](Time now) { return end_when_due(now); });
  const viewer::Closed closed = process_.run([this](Time now, const viewer::ViewerEvent& event) {
    tell(now, event);
    if (on_event) on_event(event);
  });
  const auto [exit, sentence] = verdict(closed, process_.target(), process_.device());
  if (exit == Exit::ok && !options_.screenshot.empty()) write_screenshot();
  return {closed.reason, exit, sentence};
}

void ConnectRun::tell(Time now, const viewer::ViewerEvent& event) {
  if (auto* path = std::get_if<link::PathChanged>(&event)) {
    out_.write(now, "path", path_fields(path->path), path_line(path->path));
  } else if (auto* who = std::get_if<viewer::Authenticated>(&event)) {
    tell_authenticated(now, *who);
  } else if (auto* frame = std::get_if<viewer::FirstFrame>(&event)) {
    on_first_frame(now, *frame);
  } else if (auto* copied = std::get_if<session::ClipboardEvent>(&event)) {
    tell_clipboard(now, *copied);
  } else if (auto* monitors = std::get_if<session::Monitors>(&event)) {
    tell_monitors(now, *monitors);
  } else if (auto* sizing = std::get_if<session::Sizing>(&event)) {
    tell_sizing(now, *sizing);
  } else if (auto* keyboard = std::get_if<session::KeyboardLayout>(&event)) {
    out_.write(now, "keyboard", {{"layout", keyboard->name}});
  }
}

void ConnectRun::tell_authenticated(Time now, const viewer::Authenticated& who) {
  const quic::TlsFacts tls = process_.session().channel()->tls();
  out_.write(
      now, "authenticated",
      {{"peer", auth::fingerprint(who.host)}, {"cipher", tls.cipher}, {"key_exchange", tls.key_exchange}},
      "Authenticated (" + tls.cipher + ", " + tls.key_exchange + ").");
}

void ConnectRun::tell_figures(Time now, const SecondFigures& f) {
  if (!shown_) return;
  Json fields = {{"fps", f.fps},
                 {"kbit_s", f.kbit_s},
                 {"rtt_ms", f.rtt_ms},
                 {"loss", f.loss},
                 {"capture_ms", f.capture_ms},
                 {"encode_ms", f.encode_ms},
                 {"network_ms", f.network_ms},
                 {"decode_ms", f.decode_ms},
                 {"frames", f.frames},
                 {"bytes", f.bytes}};
  if (f.paint_ms) fields["paint_ms"] = *f.paint_ms;
  if (f.skew_ms) fields["skew_ms"] = *f.skew_ms;
  if (f.path) fields["path"] = link::name(*f.path);
  for (const session::Content content : session::kAllContents)
    fields["received"][std::string(session::name(content))] = f.traffic.got(content);
  out_.write(now, "stats", fields);
}

void ConnectRun::tell_monitors(Time now, const session::Monitors& monitors) {
  if (monitors.all.empty()) return;
  Json all = Json::array();
  for (const auto& m : monitors.all)
    all.push_back({{"x", m.x}, {"y", m.y}, {"width", m.width}, {"height", m.height}});
  out_.write(now, "monitors", {{"monitors", all}, {"shown", monitors.shown}});
}

void ConnectRun::tell_sizing(Time now, const session::Sizing& sizing) {
  Json fields = {{"state", session::name(sizing.state)}};
  if (sizing.state == session::Sizing::State::refused) fields["why"] = session::name(sizing.why);
  out_.write(now, "remote_size", fields, sizing_sentence(sizing));
}

/// What is copied is never told; that something is, and how far it came, is.
void ConnectRun::tell_clipboard(Time now, const session::ClipboardEvent& event) {
  if (auto* offered = std::get_if<session::ClipboardOffered>(&event)) {
    Json formats = Json::array();
    for (const auto& format : offered->formats) formats.push_back(session::name(format.kind));
    out_.write(now, "clipboard", {{"state", "offered"}, {"formats", formats}});
  } else if (auto* moved = std::get_if<session::ClipboardProgress>(&event)) {
    // With its first piece, which says how much there is, when it is whole, and now and then in between.
    const bool begins = moved->done <= session::kMaxClipboardPiece, whole = moved->done == moved->size;
    if (!begins && !whole && now < progress_told_ + kProgressPace) return;
    progress_told_ = now;
    out_.write(now, "clipboard",
               {{"state", moved->incoming ? "received" : "sent"},
                {"format", session::name(moved->kind)},
                {"bytes", moved->done},
                {"size", moved->size}});
  } else if (auto* lost = std::get_if<session::ClipboardLost>(&event)) {
    out_.write(
        now, "clipboard",
        {{"state", "failed"}, {"format", session::name(lost->kind)}, {"why", session::name(lost->why)}});
  }
}

void ConnectRun::on_first_frame(Time now, const viewer::FirstFrame& frame) {
  out_.write(now, "first_frame", {{"width", frame.width}, {"height", frame.height}},
             "First frame: " + std::to_string(frame.width) + "x" + std::to_string(frame.height));
  for (const auto& input : text_) process_.session().send_input(now, input);
  shown_ = true;
  if (options_.duration) {
    end_at_ = now + *options_.duration;
    process_.at(*end_at_, [] {});
  }
}

/// Ends after --for, but not before the host has taken what was typed.
bool ConnectRun::end_when_due(Time now) {
  const bool typed = process_.session().input_pending() == 0;
  const bool due = shown_ && end_at_ && now >= *end_at_ && typed;
  if (due) process_.session().close(now, viewer::CloseReason::done);
  return due;
}

void ConnectRun::write_screenshot() const {
  const media::FrameView view = process_.session().screen().view();
  const QImage image(reinterpret_cast<const uchar*>(view.pixels), view.width, view.height, view.stride * 4,
                     QImage::Format_RGB32);
  if (view.empty() || !image.save(QString::fromStdString(options_.screenshot), "PNG")) {
    throw Stop(Exit::local, "The screenshot cannot be written to " + options_.screenshot + ".");
  }
}

}  // namespace godesk::app
