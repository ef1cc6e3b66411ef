#include "window/home_window.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QFontDatabase>
#include <QGridLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QProcess>

#include "connect_run.h"
#include "target.h"
#include "window/server_setting.h"
#include "window/words.h"

namespace godesk::app {
namespace {

constexpr const char* kUnknown = "–";
constexpr int kGap = 12;

QLabel* big_value() {
  auto* label = new QLabel(kUnknown);
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  font.setPointSizeF(font.pointSizeF() * 1.8);
  label->setFont(font);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  label->setMinimumWidth(QFontMetrics(font).horizontalAdvance("000 000 000") + kGap);
  return label;
}

/// Says what is wrong with the field above it; takes no room until then.
QLabel* fault_line() {
  auto* label = new QLabel;
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, QColor(0xb0, 0x10, 0x10));
  label->setPalette(palette);
  label->hide();
  return label;
}

void say(QLabel* line, const QString& fault) {
  line->setText(fault);
  line->setVisible(!fault.isEmpty());
}

QPushButton* copy_button(QLabel* value) {
  auto* button = new QPushButton("Copy");
  button->setEnabled(false);
  QObject::connect(button, &QPushButton::clicked, value,
                   [value] { QApplication::clipboard()->setText(value->text()); });
  return button;
}

}  // namespace

HomeWindow::HomeWindow(Options options, QStringList flags, EventWriter& out, LogSink& log)
    : options_(std::move(options)), flags_(std::move(flags)), out_(out), log_(log) {
  setWindowTitle("GoDesk");
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->addWidget(make_own_part());
  layout->addWidget(make_server_part());
  layout->addWidget(make_connect_part());
  layout->addStretch();
  page->setMinimumWidth(480);
  setCentralWidget(page);
  server_part_->setVisible(!options_.common.server);
  target_->setFocus();
}

QWidget* HomeWindow::make_own_part() {
  id_ = big_value();
  password_ = big_value();
  status_ = new QLabel("Connecting to the ID server…");
  status_->setWordWrap(true);
  status_->setMinimumHeight(2 * status_->fontMetrics().lineSpacing());
  status_->setTextFormat(Qt::PlainText);
  copy_id_ = copy_button(id_);
  copy_password_ = copy_button(password_);
  renew_ = new QPushButton("&Renew");
  renew_->setToolTip("Another one-time password; who is connected stays so");
  renew_->setEnabled(false);
  connect(renew_, &QPushButton::clicked, this, [this] {
    if (host_) host_->renew_password();
  });
  sessions_ = new SessionList;
  connect(sessions_, &SessionList::end_wanted, this, [this](quint32 number) {
    if (host_) host_->end_session(number);
  });

  auto* box = new QGroupBox("This computer");
  auto* grid = new QGridLayout(box);
  grid->addWidget(new QLabel("Your ID"), 0, 0);
  grid->addWidget(id_, 0, 1);
  grid->addWidget(copy_id_, 0, 2);
  grid->addWidget(new QLabel("One-time password"), 1, 0);
  grid->addWidget(password_, 1, 1);
  grid->addWidget(copy_password_, 1, 2);
  grid->addWidget(renew_, 1, 3);
  grid->addWidget(status_, 2, 0, 1, 4);
  grid->addWidget(sessions_, 3, 0, 1, 4);
  grid->setColumnStretch(1, 1);
  return box;
}

QWidget* HomeWindow::make_server_part() {
  server_ = new QLineEdit;
  server_->setPlaceholderText("godesk://…");
  server_fault_ = fault_line();
  auto* use = new QPushButton("&Use");
  connect(use, &QPushButton::clicked, this, &HomeWindow::use_server);
  connect(server_, &QLineEdit::returnPressed, this, &HomeWindow::use_server);

  server_part_ = new QGroupBox("Server");
  auto* grid = new QGridLayout(server_part_);
  auto* what = new QLabel("&Join string that godesk-server prints");
  what->setBuddy(server_);
  grid->addWidget(what, 0, 0, 1, 2);
  grid->addWidget(server_, 1, 0);
  grid->addWidget(use, 1, 1);
  grid->addWidget(server_fault_, 2, 0, 1, 2);
  return server_part_;
}

QWidget* HomeWindow::make_connect_part() {
  target_ = new QLineEdit;
  target_->setPlaceholderText("ID or address");
  target_->setAccessibleName("ID or address of the other computer");
  target_fault_ = fault_line();
  auto* go = new QPushButton("&Connect");
  connect(go, &QPushButton::clicked, this, &HomeWindow::connect_to_target);
  connect(target_, &QLineEdit::returnPressed, this, &HomeWindow::connect_to_target);
  connect(target_, &QLineEdit::textEdited, target_fault_, [this] { say(target_fault_, {}); });

  auto* box = new QGroupBox("Another computer");
  auto* grid = new QGridLayout(box);
  grid->addWidget(target_, 0, 0);
  grid->addWidget(go, 0, 1);
  grid->addWidget(target_fault_, 1, 0, 1, 2);
  return box;
}

// ---- hosting

void HomeWindow::start_hosting() {
  host_.reset();
  if (!options_.common.server && !options_.host.direct_ip) {
    return status_->setText("This computer is not shared. Give the join string of your ID server below.");
  }
  try {
    host_ = std::make_unique<HostThread>(options_, out_, log_);
  } catch (...) {
    const Outcome why = failure(std::current_exception());
    return status_->setText("This computer is not shared. " + QString::fromStdString(why.sentence));
  }
  listen(*host_);
  host_->start();
}

void HomeWindow::listen(HostThread& host) {
  connect(&host, &HostThread::ready, this, [this](const QString& id, const QString& password) {
    show_id(id);
    password_->setText(password);
    copy_password_->setEnabled(true);
    renew_->setEnabled(true);
    status_->setText(id.isEmpty() ? "Ready at this computer's address." : "Online.");
  });
  connect(&host, &HostThread::password_changed, password_, &QLabel::setText);
  connect(&host, &HostThread::went_offline, this,
          [this](rendezvous::Offline why) { status_->setText(offline_words(why)); });
  connect(&host, &HostThread::went_online, this, [this] { status_->setText("Online."); });
  connect(&host, &HostThread::session_opened, sessions_, &SessionList::add);
  connect(&host, &HostThread::session_closed, sessions_, &SessionList::remove);
  connect(&host, &HostThread::stopped, this, &HomeWindow::on_stopped);
}

void HomeWindow::show_id(const QString& id) {
  id_->setText(id.isEmpty() ? kUnknown : id);
  copy_id_->setEnabled(!id.isEmpty());
}

void HomeWindow::on_stopped(const QString& why) {
  host_.reset();
  if (why.isEmpty()) return QApplication::quit();  // ended by a signal
  show_id({});
  password_->setText(kUnknown);
  copy_password_->setEnabled(false);
  renew_->setEnabled(false);
  sessions_->clear();
  status_->setText("This computer is not shared. " + why);
}

// ---- connecting

void HomeWindow::connect_to_target() {
  const QString text = target_->text().trimmed();
  try {
    options_.connect.target = text.toStdString();
    reachable_target(options_);
  } catch (const Stop& stop) {
    return say(target_fault_, QString::fromStdString(stop.what()));
  }
  say(target_fault_, {});
  QProcess viewer;
  viewer.setProgram(QApplication::applicationFilePath());
  viewer.setArguments(flags_ + QStringList{"connect", text});
  viewer.setStandardOutputFile(QProcess::nullDevice());  // ours may be read for our own events
  if (!viewer.startDetached())
    say(target_fault_, "The window for it cannot be opened: " + viewer.errorString());
}

void HomeWindow::use_server() {
  try {
    options_.common.server =
        keep_server(options_.common.config_file, server_->text().trimmed().toStdString());
  } catch (...) {
    return say(server_fault_, QString::fromStdString(failure(std::current_exception()).sentence));
  }
  server_part_->hide();
  status_->setText("Connecting to the ID server…");
  start_hosting();
}

void HomeWindow::closeEvent(QCloseEvent* event) {
  event->accept();
  hide();
  host_.reset();  // says goodbye to whoever is connected, and to the server
  QApplication::quit();
}

}  // namespace godesk::app
