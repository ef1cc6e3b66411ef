#include "window/session_thread.h"

#include <algorithm>
#include <utility>

namespace godesk::app {

SessionThread::SessionThread(const Options& options, std::string password, WindowSurface& surface,
                             EventWriter& out, LogSink& log)
    : run_(options, std::move(password), surface, out, log) {
  run_.on_event = [this](const viewer::ViewerEvent& event) { on_event(event); };
  run_.on_figures = [this](const SecondFigures& f) { emit figures(f); };
}

SessionThread::~SessionThread() {
  if (!thread_.joinable()) return;
  close();
  thread_.join();
}

void SessionThread::start() {
  thread_ = std::thread([this] { emit ended(run_.run()); });
}

void SessionThread::send(const session::Input& input) {
  inputs_.push_back(input);
  // Called after all that the window system has to say now.
  if (inputs_.size() == 1) QMetaObject::invokeMethod(this, &SessionThread::hand_over, Qt::QueuedConnection);
}

void SessionThread::hand_over() {
  if (inputs_.empty()) return;
  run_.process().post([inputs = std::exchange(inputs_, {})](viewer::ViewerSession& session, Time now) {
    for (const session::Input& input : inputs) session.send_input(now, input);
  });
}

void SessionThread::move_pointer(QPoint at) {
  std::lock_guard lock(mutex_);
  if (std::exchange(pointer_, at)) return;
  run_.process().post([this](viewer::ViewerSession& session, Time now) {
    std::unique_lock taking(mutex_);
    const QPoint newest = *std::exchange(pointer_, std::nullopt);
    taking.unlock();
    session.move_pointer(now, static_cast<std::uint16_t>(newest.x()), static_cast<std::uint16_t>(newest.y()));
  });
}

void SessionThread::set_sound(bool on) {
  run_.process().post([on](viewer::ViewerSession& session, Time now) { session.set_sound(now, on); });
}

void SessionThread::want_monitor(std::uint32_t monitor) {
  run_.process().post(
      [monitor](viewer::ViewerSession& session, Time now) { session.want_monitor(now, monitor); });
}

void SessionThread::want_size(QSize size) {
  const auto side = [](int v) {
    return static_cast<std::uint16_t>(std::clamp<int>(v, session::kMinScreenSide, session::kMaxScreenSide));
  };
  session::SizeWanted wanted;
  if (!size.isEmpty()) wanted = {side(size.width()), side(size.height())};
  run_.process().post([wanted](viewer::ViewerSession& session, Time now) { session.want_size(now, wanted); });
}

void SessionThread::close() {
  hand_over();
  run_.process().post(
      [](viewer::ViewerSession& session, Time now) { session.close(now, viewer::CloseReason::done); });
}

void SessionThread::on_event(const viewer::ViewerEvent& event) {
  if (auto* path = std::get_if<link::PathChanged>(&event)) {
    emit path_changed(path->path);
  } else if (std::holds_alternative<link::PathLost>(event)) {
    emit path_lost();
  } else if (auto* who = std::get_if<viewer::Authenticated>(&event)) {
    on_authenticated(*who);
  } else if (std::holds_alternative<viewer::FirstFrame>(event)) {
    emit first_frame();
  } else if (auto* monitors = std::get_if<session::Monitors>(&event)) {
    emit monitors_changed(*monitors);
  } else if (auto* sizing = std::get_if<session::Sizing>(&event)) {
    emit sizing_changed(*sizing);
  } else if (auto* layout = std::get_if<session::KeyboardLayout>(&event)) {
    emit layout_changed(QString::fromStdString(layout->name));
  } else if (auto* copied = std::get_if<session::ClipboardEvent>(&event)) {
    if (auto* moved = std::get_if<session::ClipboardProgress>(copied))
      emit clipboard_moved(moved->incoming, moved->done, moved->size);
  }
}

void SessionThread::on_authenticated(const viewer::Authenticated& who) {
  emit authenticated({auth::fingerprint(run_.process().device().identity().public_key),
                      auth::fingerprint(who.host), run_.process().session().channel()->tls()});
}

}  // namespace godesk::app
