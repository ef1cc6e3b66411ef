// One connection attempt in a thread of its own: the window only draws and hands over input.
//
//   1. start(): the session is pumped; its events arrive as signals in the thread of
//      whoever connected to them.
//   2. send(), move_pointer() and close() are carried into the pump. Of pointer moves only the newest waits;
//      what one turn of the window's loop brings (a key's press and release that came together, the
//      modifiers of a focus that was lost) goes in one piece, and then travels in one packet.
//   3. ended(), once and last. A further attempt is a new object: one connection is one guess.
#pragma once

#include <QObject>
#include <QPoint>
#include <QSize>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "connect_run.h"
#include "window/window_surface.h"

namespace godesk::app {

/// What the login proved, for the session details.
struct LoginFacts {
  std::string own, host;  // fingerprints
  quic::TlsFacts tls;
};

class SessionThread final : public QObject {
  Q_OBJECT
 public:
  /// Throws Stop. The references must outlive the object.
  SessionThread(const Options& options, std::string password, WindowSurface& surface, EventWriter& out,
                LogSink& log);
  /// Closes the session if it is still open, and waits for its farewell.
  ~SessionThread() override;

  void start();
  void send(const session::Input& input);
  void move_pointer(QPoint at);
  void set_sound(bool on);
  void want_monitor(std::uint32_t monitor);
  /// Of the remote screen; empty: its own again.
  void want_size(QSize size);
  void close();

 signals:
  void path_changed(const godesk::link::PathInfo& path);
  void path_lost();
  void authenticated(const godesk::app::LoginFacts& facts);
  void first_frame();
  void figures(const godesk::app::SecondFigures& figures);
  /// Of a content that is pasted here or there.
  void clipboard_moved(bool incoming, quint64 done, quint64 size);
  void monitors_changed(const godesk::session::Monitors& monitors);
  void sizing_changed(const godesk::session::Sizing& sizing);
  void layout_changed(const QString& name);
  void ended(const godesk::app::Outcome& outcome);

 private:
  void hand_over();
  void on_event(const viewer::ViewerEvent& event);
  void on_authenticated(const viewer::Authenticated& who);

  ConnectRun run_;
  std::vector<session::Input> inputs_;  // of this turn
  std::mutex mutex_;
  std::optional<QPoint> pointer_;  // waits for the pump
  std::thread thread_;
};

}  // namespace godesk::app
