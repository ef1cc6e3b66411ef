// The window of `godesk` alone: who this computer is, who is connected, and whom to connect to.
//
//   1. It hosts while it is open (HostThread). Where it cannot, the status line says why; connecting works
//      all the same.
//   2. Connect starts a second process of this program with the same common flags. So a session outlives this
//      window, one that breaks takes nothing along, and the password never leaves the process that asks for
//      it.
//   3. Without a known server it asks for a join string, keeps it in the configuration, and begins to host.
#pragma once

#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QPushButton>
#include <memory>

#include "window/host_thread.h"
#include "window/session_list.h"

namespace godesk::app {

class HomeWindow final : public QMainWindow {
  Q_OBJECT
 public:
  /// `flags`: the common flags of this process, for those that it starts. The references
  /// must outlive the window.
  HomeWindow(Options options, QStringList flags, EventWriter& out, LogSink& log);

  void start_hosting();

 protected:
  void closeEvent(QCloseEvent* event) override;

 private:
  QWidget* make_own_part();
  QWidget* make_server_part();
  QWidget* make_connect_part();
  void listen(HostThread& host);
  void on_stopped(const QString& why);
  void show_id(const QString& id);
  void connect_to_target();
  void use_server();

  Options options_;
  QStringList flags_;
  EventWriter& out_;
  LogSink& log_;
  std::unique_ptr<HostThread> host_;

  QLabel *id_, *password_, *status_;
  QPushButton *copy_id_, *copy_password_, *renew_;
  SessionList* sessions_;
  QWidget* server_part_;
  QLineEdit *server_, *target_;
  QLabel *server_fault_, *target_fault_;
};

}  // namespace godesk::app
