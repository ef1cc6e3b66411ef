// This desktop, offered while the home window is open: a HostProcess in a thread of its own.
#pragma once

#include <QObject>
#include <QString>
#include <thread>

#include "events.h"
#include "host_process.h"

namespace godesk::app {

class HostThread final : public QObject {
  Q_OBJECT
 public:
  /// Opens the display and takes the lock. Throws Stop. The references must outlive the object.
  HostThread(const Options& options, EventWriter& out, LogSink& log);
  /// Ends the sessions in order, and waits for it.
  ~HostThread() override;

  void start();
  void renew_password() { process_.renew_password(); }
  void end_session(quint32 number);

 signals:
  /// `id` is empty where only direct IP is served.
  void ready(const QString& id, const QString& password);
  void password_changed(const QString& password);
  void went_offline(godesk::rendezvous::Offline why);
  void went_online();
  void session_opened(quint32 number, const QString& peer);
  void session_closed(quint32 number);
  /// The host stopped without being asked to by this object; `why` is empty after a signal.
  void stopped(const QString& why);

 private:
  void run();
  void on_event(const host::HostEvent& event);

  EventWriter& out_;
  HostProcess process_;
  std::thread thread_;
};

}  // namespace godesk::app
