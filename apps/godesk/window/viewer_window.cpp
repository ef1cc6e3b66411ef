#include "window/viewer_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "window/password_dialog.h"

namespace godesk::app {
namespace {

const char* const kFullScreenHint = "Full screen (Ctrl+Alt+Shift+F enters and leaves)";

struct Chord {
  const char* name;
  std::vector<std::uint32_t> keysyms;
};
const Chord kChords[] = {{"Ctrl+Alt+Delete", {0xffe3, 0xffe9, 0xffff}},
                         {"Ctrl+Alt+Backspace", {0xffe3, 0xffe9, 0xff08}},
                         {"Alt+Tab", {0xffe9, 0xff09}},
                         {"Alt+F4", {0xffe9, 0xffc1}},
                         {"Super", {0xffeb}},
                         {"Print Screen", {0xff61}}};

/// Somebody at the window gave the password, and may be asked again.
bool interactive(const Options& options) { return options.connect.password_file.empty(); }

}  // namespace

ViewerWindow::ViewerWindow(const Options& options, const Target& target, EventWriter& out, LogSink& log)
    : options_(options),
      target_(target),
      out_(out),
      log_(log),
      each_(options.connect.each_monitor),
      status_(new StatusLine),
      pages_(new QStackedWidget),
      view_(new ScreenView(surface_)),
      figures_(new FiguresPanel(view_)),
      details_(new DetailsDialog(this)) {
  setWindowTitle(target_words(target_));
  make_toolbar();
  pages_->addWidget(make_waiting_page());
  pages_->addWidget(view_);
  setCentralWidget(pages_);
  setStatusBar(status_);
  connect_view(view_);
  resize(720, 480);
}

ViewerWindow::~ViewerWindow() {
  others_.clear();
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
  make_keys_menu();
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

void ViewerWindow::make_keys_menu() {
  auto* menu = new QMenu(this);
  auto* group = new QActionGroup(this);
  QAction* by_meaning = menu->addAction("By what they mean here");
  keys_ = menu->addAction("By their place (the other computer's layout)");
  for (QAction* choice : {by_meaning, keys_}) {
    choice->setCheckable(true);
    group->addAction(choice);
  }
  by_meaning->setChecked(true);
  connect(keys_, &QAction::toggled, this,
          [this](bool on) { for_views([on](ScreenView& view) { view.set_keys_by_place(on); }); });
  keys_->setChecked(options_.connect.keys_by_place);
  menu->addSeparator();
  for (const Chord& chord : kChords)
    menu->addAction(QString("Send ") + chord.name, this, [this, &chord] { send_chord(chord.keysyms); });
  add_menu("Keys", menu);
}

/// What a window manager here would keep for itself.
void ViewerWindow::send_chord(const std::vector<std::uint32_t>& keysyms) {
  if (!session_) return;
  for (auto it = keysyms.begin(); it != keysyms.end(); ++it) session_->send(session::Key{*it, true});
  for (auto it = keysyms.rbegin(); it != keysyms.rend(); ++it) session_->send(session::Key{*it, false});
}

void ViewerWindow::make_scaling_menu() {
  auto* menu = new QMenu(this);
  auto* group = new QActionGroup(this);
  const auto add = [&](const QString& words, Scaling scaling) {
    QAction* choice = menu->addAction(words, this, [this, scaling] {
      scaling_ = scaling;
      for_views([scaling](ScreenView& view) { view.set_scaling(scaling); });
    });
    choice->setCheckable(true);
    choice->setChecked(scaling == Scaling::shrink);
    group->addAction(choice);
  };
  add("Shrink to the window", Scaling::shrink);
  add("Fit to the window", Scaling::fit);
  add("Original size", Scaling::original);
  menu->addSeparator();
  smooth_ = menu->addAction("Smooth", this,
                            [this](bool on) { for_views([on](ScreenView& view) { view.set_smooth(on); }); });
  smooth_->setCheckable(true);
  smooth_->setChecked(true);
  add_remote_size(*menu);
  add_menu("Scaling", menu);
  monitors_ = new QMenu(this);
  monitor_choice_ = add_menu("Monitor", monitors_);
  monitor_choice_->setVisible(false);
}

QAction* ViewerWindow::add_menu(const QString& title, QMenu* menu) {
  auto* button = new QToolButton;
  button->setText(title + " ▾");
  button->setStyleSheet("QToolButton::menu-indicator { image: none; }");
  button->setMenu(menu);
  button->setPopupMode(QToolButton::InstantPopup);
  return toolbar_->addWidget(button);
}

void ViewerWindow::add_remote_size(QMenu& menu) {
  menu.addSeparator();
  remote_size_ = menu.addAction("Fit the remote screen to this window");
  remote_size_->setCheckable(true);
  remote_size_->setToolTip("The other computer's screen takes this window's size until you leave");
  remote_size_->setChecked(options_.connect.remote_follows);
  connect(remote_size_, &QAction::toggled, this, [this](bool on) {
    if (on) return ask_for_size();
    status_->show_hint({});
    if (session_) session_->want_size({});
  });
  constexpr int kSettledMs = 300;
  size_settles_.setSingleShot(true);
  size_settles_.setInterval(kSettledMs);
  connect(&size_settles_, &QTimer::timeout, this, &ViewerWindow::ask_for_size);
}

void ViewerWindow::ask_for_size() {
  const bool seen = session_ && pages_->currentWidget() == view_;
  if (seen && remote_size_->isChecked()) session_->want_size(view_->device_size());
}

void ViewerWindow::on_sizing(const session::Sizing& sizing) {
  const bool decides = sizing.state == session::Sizing::State::decides;
  status_->show_hint(decides ? QString() : QString::fromStdString(sizing_sentence(sizing)));
  if (sizing.state != session::Sizing::State::refused) return;
  const QSignalBlocker silent(remote_size_);
  remote_size_->setChecked(false);
  if (session_) session_->want_size({});
}

void ViewerWindow::on_layout(const QString& name) {
  keys_->setText("By their place (there: " + name + ")");
  status_->show_layout(name);
}

void ViewerWindow::on_monitors(const session::Monitors& monitors) {
  monitors_->clear();
  const auto add = [&](const QString& words, std::uint32_t monitor, bool each) {
    QAction* choice = monitors_->addAction(words, this, [=, this] { choose_monitor(monitor, each); });
    choice->setCheckable(true);
    choice->setChecked(monitor == monitors.shown && each == each_);
  };
  add("All in this window", 0, false);
  add("A window each", 0, true);
  monitors_->addSeparator();
  std::uint32_t number = 0;
  for (const auto& m : monitors.all) {
    ++number;
    add(QString("Only %1: %2 × %3").arg(number).arg(m.width).arg(m.height), number, false);
  }
  monitor_choice_->setVisible(monitors.all.size() > 1);
  there_ = monitors;
  arrange();
}

void ViewerWindow::choose_monitor(std::uint32_t monitor, bool each) {
  each_ = each;
  if (session_) session_->want_monitor(monitor);
  open_others();
}

/// Gives each window its part of the screen, and makes or closes those of further monitors.
void ViewerWindow::arrange() {
  if (pages_->currentWidget() != view_) return;
  const bool apart = each_ && there_.shown == 0 && there_.all.size() > 1;
  const auto part = [this](std::size_t i) {
    const session::MonitorRect& m = there_.all[i];
    return QRect(m.x, m.y, m.width, m.height);
  };
  const QString whose = target_words(target_);
  setWindowTitle((apart ? "Monitor 1 of " : "") + whose);
  view_->set_part(apart ? part(0) : QRect());
  bool others_fresh = false;
  others_.resize(apart ? there_.all.size() - 1 : 0);
  for (std::size_t i = 0; i < others_.size(); ++i) {
    const bool fresh = !others_[i];
    if (fresh) others_[i] = std::make_unique<MonitorWindow>(surface_);
    others_[i]->set_monitor(static_cast<int>(i) + 2, part(i + 1), whose);
    if (!fresh) continue;
    others_fresh = true;
    ScreenView& view = others_[i]->view();
    connect_view(&view);
    view.set_scaling(scaling_);
    view.set_smooth(smooth_->isChecked());
    view.set_keys_by_place(keys_->isChecked());
  }
  // When this window has found its own size.
  if (others_fresh) QTimer::singleShot(0, this, &ViewerWindow::open_others);
}

/// Each on a display of its own, else beside the one before it.
void ViewerWindow::open_others() {
  QRect before = frameGeometry();
  const QPoint title = geometry().topLeft() - frameGeometry().topLeft();
  for (std::size_t i = 0; i < others_.size(); ++i) {
    QScreen* display = screen_for(i + 1);
    const bool apart = display != screen();
    others_[i]->open(display, (apart ? display->availableGeometry().topLeft() : before.topRight()) + title);
    if (apart && isFullScreen()) others_[i]->set_full_screen(display);
    before = others_[i]->frameGeometry();
  }
}

/// A window each, a display each, as far as there are any.
QScreen* ViewerWindow::screen_for(std::size_t window) const {
  const QList<QScreen*> screens = QGuiApplication::screens();
  const auto own = std::max<qsizetype>(screens.indexOf(screen()), 0);
  return screens[(own + static_cast<qsizetype>(window)) % screens.size()];
}

void ViewerWindow::for_views(const std::function<void(ScreenView&)>& call) {
  call(*view_);
  for (auto& other : others_) call(other->view());
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

void ViewerWindow::connect_view(ScreenView* view) {
  connect(view, &ScreenView::input, this, [this](const session::Input& input) {
    if (session_) session_->send(input);
  });
  connect(view, &ScreenView::pointer_moved, this, [this](QPoint at) {
    if (session_) session_->move_pointer(at);
  });
  connect(view, &ScreenView::resized, this, [this] {
    if (remote_size_->isChecked()) size_settles_.start();
  });
  connect(view, &ScreenView::figures_wanted, this, [this] { figures_->setVisible(!figures_->isVisible()); });
  connect(view, &ScreenView::full_screen_wanted, this, [this] { set_full_screen(!isFullScreen()); });
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
  connect(session, &SessionThread::sizing_changed, this, &ViewerWindow::on_sizing);
  connect(session, &SessionThread::layout_changed, this, &ViewerWindow::on_layout);
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
  arrange();
  view_->setFocus();
  hold_keyboard();
  size_settles_.start();
  if (isFullScreen()) return;
  const QSize bars = size() - pages_->size();
  resize((view_->sizeHint() + bars).boundedTo(screen()->availableSize()));
}

void ViewerWindow::on_ended(const Outcome& outcome) {
  session_.reset();
  others_.clear();
  there_ = {};
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
  for (std::size_t i = 0; i < others_.size(); ++i) {
    QScreen* display = screen_for(i + 1);
    others_[i]->set_full_screen(on && display != screen() ? display : nullptr);
  }
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
