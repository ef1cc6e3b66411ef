#include "window/host_thread.h"

#include "connect_run.h"
#include "host_teller.h"

namespace godesk::app {

HostThread::HostThread(const Options& options, EventWriter& out, LogSink& log)
    : out_(out), process_(options, log) {}

HostThread::~HostThread() {
  if (!thread_.joinable()) return;
  process_.stop();
  thread_.join();
}

void HostThread::start() {
  thread_ = std::thread([this] { run(); });
}

void HostThread::end_session(quint32 number) { process_.end_session(host::SessionNumber{number}); }

void HostThread::run() {
  QString why;
  try {
    process_.each_second([this](Time now) { tell_figures(out_, process_, now); });
    process_.run([this](Time now, const host::HostEvent& event) {
      tell(out_, process_, now, event);
      on_event(event);
    });
  } catch (...) {
    why = QString::fromStdString(failure(std::current_exception()).sentence);
  }
  emit stopped(why);
}

void HostThread::on_event(const host::HostEvent& event) {
  const auto text = [](const std::string& s) { return QString::fromStdString(s); };
  if (auto* is_ready = std::get_if<host::Ready>(&event)) {
    emit ready(is_ready->id ? text(is_ready->id->grouped()) : QString(),
               text(process_.host().shown_password()));
  } else if (auto* password = std::get_if<host::PasswordChanged>(&event)) {
    emit password_changed(text(password->shown));
  } else if (auto* offline = std::get_if<host::WentOffline>(&event)) {
    emit went_offline(offline->why);
  } else if (std::holds_alternative<host::WentOnline>(event)) {
    emit went_online();
  } else if (auto* opened = std::get_if<host::SessionOpened>(&event)) {
    emit session_opened(static_cast<quint32>(opened->session), text(auth::fingerprint(opened->peer)));
  } else if (auto* closed = std::get_if<host::SessionClosed>(&event)) {
    emit session_closed(static_cast<quint32>(closed->session));
  }
}

}  // namespace godesk::app
