#include "window/viewer_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QToolButton>
#include <QVBoxLayout>

#include "window/password_dialog.h"

namespace godesk::app {
namespace {

const char* const kFullScreenHint = "Full screen (Ctrl+Alt+Shift+F enters and leaves)";

/// Somebody at the window gave the password, and may be asked again.
bool interactive(const Options& options) { return options.connect.password_file.empty(); }

}  // namespace

ViewerWindow::ViewerWindow(const Options& options, const Target& target, EventWriter& out, LogSink& log)
    : options_(options),
      target_(target),
      out_(out),
      log_(log),
      status_(new StatusLine),
      pages_(new QStackedWidget),
      view_(new ScreenView(surface_)),
      figures_(new FiguresPanel(view_)),
      details_(new DetailsDialog(this)) {
  setWindowTitle(target_words(target_) + " – GoDesk");
  make_toolbar();
  pages_->addWidget(make_waiting_page());
  pages_->addWidget(view_);
  setCentralWidget(pages_);
  setStatusBar(status_);
  connect_view();
  resize(720, 480);
}

ViewerWindow::~ViewerWindow() {
  delete view_;  // it looks at surface_, which goes before the children do
}

void ViewerWindow::make_toolbar() {
  toolbar_ = addToolBar("Session");
  toolbar_->setMovable(false);
  toolbar_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  toolbar_->setContextMenuPolicy(Qt::PreventContextMenu);
  toolbar_->addAction("Session details", details_, &QWidget::show);
  QAction* figures =
      toolbar_->addAction("Figures", this, [this] { figures_->setVisible(!figures_->isVisible()); });
  figures->setToolTip("Rate, delays and bytes (Ctrl+Alt+Shift+S)");
  mute_ = toolbar_->addAction("Mute", this, [this](bool on) {
    if (session_) session_->set_sound(!on);
  });
  mute_->setCheckable(true);
  mute_->setChecked(options_.connect.no_sound);
  make_scaling_menu();
  QAction* full = toolbar_->addAction("Full screen", this, [this] { set_full_screen(true); });
  full->setToolTip(kFullScreenHint);
  add_input_actions();
  toolbar_->addAction("Disconnect", this, &QWidget::close);
}

void ViewerWindow::add_input_actions() {
  QAction* keys = toolbar_->addAction("Physical keys");
  keys->setCheckable(true);
  keys->setToolTip("Keys count by their place on the keyboard, with the other computer's layout");
  connect(keys, &QAction::toggled, view_, &ScreenView::set_keys_by_place);
  keys->setChecked(options_.connect.keys_by_place);
  QAction* mouse = toolbar_->addAction("Hold the mouse");
  mouse->setCheckable(true);
  mouse->setToolTip(
      "For games and 3D: the mouse tells how far it moves (Ctrl+Alt+Shift+M holds it and lets it go)");
  connect(mouse, &QAction::toggled, view_, [this](bool on) {
    if (on) view_->setFocus();
    view_->hold_mouse(on);
  });
  connect(view_, &ScreenView::mouse_held, mouse, &QAction::setChecked);
}

void ViewerWindow::make_scaling_menu() {
  auto* menu = new QMenu(this);
  auto* group = new QActionGroup(this);
  const auto add = [&](const QString& words, Scaling scaling) {
    QAction* choice = menu->addAction(words, this, [this, scaling] { view_->set_scaling(scaling); });
    choice->setCheckable(true);
    choice->setChecked(scaling == Scaling::shrink);
    group->addAction(choice);
  };
  add("Shrink to the window", Scaling::shrink);
  add("Fit to the window", Scaling::fit);
  add("Original size", Scaling::original);
  menu->addSeparator();
  QAction* smooth = menu->addAction("Smooth", this, [this](bool on) { view_->set_smooth(on); });
  smooth->setCheckable(true);
  smooth->setChecked(true);
  auto* button = new QToolButton;
  button->setText("Scaling");
  button->setMenu(menu);
  button->setPopupMode(QToolButton::InstantPopup);
  toolbar_->addWidget(button);
  monitors_ = new QMenu(this);
  auto* choice = new QToolButton;
  choice->setText("Monitor");
  choice->setMenu(monitors_);
  choice->setPopupMode(QToolButton::InstantPopup);
  monitor_choice_ = toolbar_->addWidget(choice);
  monitor_choice_->setVisible(false);
}

void ViewerWindow::on_monitors(const session::Monitors& monitors) {
  monitors_->clear();
  const auto add = [&](const QString& words, std::uint32_t monitor) {
    QAction* choice = monitors_->addAction(words, this, [this, monitor] {
      if (session_) session_->want_monitor(monitor);
    });
    choice->setCheckable(true);
    choice->setChecked(monitor == monitors.shown);
  };
  add("All", 0);
  std::uint32_t number = 0;
  for (const auto& m : monitors.all) {
    ++number;
    add(QString("%1: %2 × %3").arg(number).arg(m.width).arg(m.height), number);
  }
  monitor_choice_->setVisible(monitors.all.size() > 1);
}

QWidget* ViewerWindow::make_waiting_page() {
  auto* page = new QWidget;
  stage_ = new QLabel;
  stage_->setAlignment(Qt::AlignCenter);
  stage_->setWordWrap(true);
  busy_ = new QProgressBar;
  busy_->setRange(0, 0);
  busy_->setTextVisible(false);
  busy_->setFixedWidth(240);
  auto* layout = new QVBoxLayout(page);
  layout->addStretch();
  layout->addWidget(stage_);
  layout->addWidget(busy_, 0, Qt::AlignHCenter);
  layout->addStretch();
  return page;
}

void ViewerWindow::connect_view() {
  connect(view_, &ScreenView::input, this, [this](const session::Input& input) {
    if (session_) session_->send(input);
  });
  connect(view_, &ScreenView::pointer_moved, this, [this](QPoint at) {
    if (session_) session_->move_pointer(at);
  });
  connect(view_, &ScreenView::figures_wanted, this, [this] { figures_->setVisible(!figures_->isVisible()); });
  connect(view_, &ScreenView::full_screen_wanted, this, [this] { set_full_screen(!isFullScreen()); });
}

// ---- attempts

void ViewerWindow::begin(const std::optional<std::string>& password) {
  if (password) return attempt(*password);
  ask({});
}

void ViewerWindow::ask(const QString& note) {
  std::string password;
  switch (PasswordDialog::ask(target_words(target_), note, isVisible() ? this : nullptr, password)) {
    case ModalEnd::accepted:
      return attempt(password);
    case ModalEnd::rejected:
      return end({viewer::CloseReason::done, Exit::ok, {}});
    case ModalEnd::interrupted:
      return end({viewer::CloseReason::interrupted, Exit::ok, {}});
  }
}

void ViewerWindow::attempt(const std::string& password) {
  path_ = {};
  status_->show_path(path_);
  say((std::holds_alternative<auth::DeviceId>(target_.where) ? "Looking up " : "Connecting to ") +
      target_words(target_) + "…");
  pages_->setCurrentIndex(0);
  if (options_.connect.full_screen) set_full_screen(true);
  show();
  activateWindow();
  try {
    session_ = std::make_unique<SessionThread>(options_, password, surface_, out_, log_);
  } catch (...) {
    return on_ended(failure(std::current_exception()));
  }
  connect_session();
  session_->set_sound(!mute_->isChecked());
  session_->start();
}

void ViewerWindow::connect_session() {
  SessionThread* session = session_.get();
  connect(session, &SessionThread::path_changed, this, &ViewerWindow::on_path);
  connect(session, &SessionThread::path_lost, this, &ViewerWindow::on_path_lost);
  connect(session, &SessionThread::authenticated, this, [this](const LoginFacts& facts) {
    details_->show_login(facts);
    say("Loading the screen…");
  });
  connect(session, &SessionThread::first_frame, this, &ViewerWindow::on_first_frame);
  connect(session, &SessionThread::figures, this, [this](const SecondFigures& figures) {
    status_->show_figures(figures);
    details_->show_figures(figures);
    figures_->show_figures(figures);
  });
  connect(session, &SessionThread::monitors_changed, this, &ViewerWindow::on_monitors);
  connect(session, &SessionThread::clipboard_moved, this, [this](bool incoming, quint64 done, quint64 size) {
    status_->show_note(clipboard_words(incoming, done, size));
  });
  connect(session, &SessionThread::ended, this, &ViewerWindow::on_ended);
}

void ViewerWindow::say(const QString& stage) { stage_->setText(stage); }

void ViewerWindow::on_path(const link::PathInfo& path) {
  if (!path_.path) say("Checking the password…");
  path_ = {path, false};
  status_->show_path(path_);
  details_->show_path(path_);
}

void ViewerWindow::on_path_lost() {
  path_.lost = true;
  status_->show_path(path_);
  details_->show_path(path_);
}

void ViewerWindow::on_first_frame() {
  pages_->setCurrentWidget(view_);
  view_->setFocus();
  hold_keyboard();
  if (isFullScreen()) return;
  const QSize bars = size() - pages_->size();
  resize((view_->sizeHint() + bars).boundedTo(screen()->availableSize()));
}

void ViewerWindow::on_ended(const Outcome& outcome) {
  session_.reset();
  hold_keyboard();
  if (outcome.reason == viewer::CloseReason::wrong_password && interactive(options_) && !closing_) {
    return ask(QString::fromStdString(outcome.sentence));
  }
  if (interactive(options_) && !closing_) tell_user(outcome);
  end(outcome);
}

void ViewerWindow::tell_user(const Outcome& outcome) {
  const bool ended_there = outcome.reason == viewer::CloseReason::by_host;
  if (outcome.exit == Exit::ok && !ended_there) return;
  set_full_screen(false);
  busy_->hide();
  const bool key_changed = outcome.reason == viewer::CloseReason::key_changed;
  QMessageBox box(ended_there ? QMessageBox::Information : QMessageBox::Critical, "GoDesk",
                  ended_there ? QString("The other computer ended the session.")
                              : QString::fromStdString(outcome.sentence),
                  key_changed ? QMessageBox::Cancel : QMessageBox::Close, this);
  box.setTextFormat(Qt::PlainText);
  box.setTextInteractionFlags(Qt::TextSelectableByMouse);
  run_modal(box);
}

void ViewerWindow::end(const Outcome& outcome) {
  outcome_ = outcome;
  hide();
  QApplication::quit();
}

// ---- window

void ViewerWindow::set_full_screen(bool on) {
  if (on == isFullScreen()) return;
  toolbar_->setVisible(!on);
  status_->setVisible(!on);
  view_->set_enlarging(on);
  if (on) {
    normal_ = geometry();
    setGeometry(screen()->geometry());  // also where no window manager does it
    showFullScreen();
  } else {
    showNormal();
    setGeometry(normal_);
  }
  activateWindow();
}

/// In full screen also the window manager's keys are the other computer's.
void ViewerWindow::hold_keyboard() {
  const bool hold = isFullScreen() && isActiveWindow() && session_ && pages_->currentWidget() == view_;
  hold ? view_->grabKeyboard() : view_->releaseKeyboard();
}

void ViewerWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::ActivationChange || event->type() == QEvent::WindowStateChange) {
    hold_keyboard();
  }
}

void ViewerWindow::closeEvent(QCloseEvent* event) {
  closing_ = true;
  if (!session_) return end({viewer::CloseReason::done, Exit::ok, {}});
  session_->close();
  hide();
  event->ignore();
}

}  // namespace godesk::app
