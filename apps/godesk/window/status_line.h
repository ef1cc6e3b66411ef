// The viewer's status bar: the path in bold, then round trip, address family and transport, picture rate.
#pragma once

#include <QLabel>
#include <QStatusBar>
#include <QTimer>

#include "window/words.h"

namespace godesk::app {

class StatusLine final : public QStatusBar {
  Q_OBJECT
 public:
  explicit StatusLine(QWidget* parent = nullptr);

  void show_path(const PathState& state);
  void show_figures(const SecondFigures& figures);
  /// Something that goes on beside; empty: nothing does.
  void show_note(const QString& note) {
    note_->setText(note);
    make_room();
  }
  /// A sentence that the user should read now; it goes by itself. Empty: there is none.
  void show_hint(const QString& sentence);
  /// Of the other computer's keyboard.
  void show_layout(const QString& name);
  /// The path and its figures, for tests.
  QStringList words() const;

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void make_room();

  QLabel *path_, *rtt_, *way_, *hint_, *note_, *layout_, *rate_;
  QTimer hint_shown_;
};

}  // namespace godesk::app
