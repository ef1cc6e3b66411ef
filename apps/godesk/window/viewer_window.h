// The window of `godesk connect`: the remote screen, a status bar that tells Direct from Relay, a toolbar.
//
//   1. begin(): the password is asked for, unless it came by file; each attempt is a SessionThread.
//   2. While it connects, a page says what is being done. With the first picture the screen takes its place.
//   3. A wrong password is asked for again; anything else that ends the session is told in one sentence, and
//      the program ends with outcome().
//
// When the password came by file, nobody is asked anything and nothing waits for a click.
#pragma once

#include <QLabel>
#include <QMainWindow>
#include <QMenu>
#include <QProgressBar>
#include <QStackedWidget>
#include <QTimer>
#include <QToolBar>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "window/details_dialog.h"
#include "window/figures_panel.h"
#include "window/monitor_window.h"
#include "window/screen_view.h"
#include "window/session_thread.h"
#include "window/status_line.h"

namespace godesk::app {

class ViewerWindow final : public QMainWindow {
  Q_OBJECT
 public:
  /// The references must outlive the window.
  ViewerWindow(const Options& options, const Target& target, EventWriter& out, LogSink& log);
  ~ViewerWindow() override;

  /// With the password of a file, or nothing: then it is asked for.
  void begin(const std::optional<std::string>& password);
  /// How it ended, once the application's event loop has.
  const Outcome& outcome() const { return outcome_; }

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void make_toolbar();
  void add_input_actions();
  void make_keys_menu();
  void send_chord(const std::vector<std::uint32_t>& keysyms);
  void make_scaling_menu();
  QAction* add_menu(const QString& title, QMenu* menu);
  void on_monitors(const session::Monitors& monitors);
  void choose_monitor(std::uint32_t monitor, bool each);
  void arrange();
  QScreen* screen_for(std::size_t window) const;
  void open_others();
  void for_views(const std::function<void(ScreenView&)>& call);
  void add_remote_size(QMenu& menu);
  void ask_for_size();
  void on_sizing(const session::Sizing& sizing);
  void on_layout(const QString& name);
  QWidget* make_waiting_page();
  void connect_view(ScreenView* view);
  void ask(const QString& note);
  void attempt(const std::string& password);
  void connect_session();
  void say(const QString& stage);
  void on_path(const link::PathInfo& path);
  void on_path_lost();
  void on_first_frame();
  void on_ended(const Outcome& outcome);
  void tell_user(const Outcome& outcome);
  void end(const Outcome& outcome);
  void set_full_screen(bool on);
  void hold_keyboard();

  const Options& options_;
  Target target_;
  EventWriter& out_;
  LogSink& log_;
  WindowSurface surface_;
  std::unique_ptr<SessionThread> session_;
  Outcome outcome_;
  PathState path_;
  QRect normal_;  // where the window was before full screen
  bool closing_ = false;

  QToolBar* toolbar_;
  QAction *mute_, *smooth_;
  Scaling scaling_ = Scaling::shrink;
  QAction* keys_;            // by place
  QAction* remote_size_;     // the remote screen has the window's
  QTimer size_settles_;      // while the window is dragged larger or smaller
  QMenu* monitors_;          // one entry for each, and one for all
  QAction* monitor_choice_;  // seen where there are several
  bool each_;                // monitor in a window of its own
  session::Monitors there_;
  std::vector<std::unique_ptr<MonitorWindow>> others_;  // of the monitors from the second on
  StatusLine* status_;
  QStackedWidget* pages_;
  QLabel* stage_;
  QProgressBar* busy_;
  ScreenView* view_;
  FiguresPanel* figures_;
  DetailsDialog* details_;
};

}  // namespace godesk::app
