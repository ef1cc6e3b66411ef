// The viewer's status bar: the path in bold, then round trip, address family and transport, picture rate.
#pragma once

#include <QLabel>
#include <QStatusBar>

#include "window/words.h"

namespace godesk::app {

class StatusLine final : public QStatusBar {
  Q_OBJECT
 public:
  explicit StatusLine(QWidget* parent = nullptr);

  void show_path(const PathState& state);
  void show_figures(const SecondFigures& figures);
  /// Something that goes on beside; empty: nothing does.
  void show_note(const QString& note) { note_->setText(note); }
  /// The path and its figures, for tests.
  QStringList words() const;

 private:
  QLabel *path_, *rtt_, *way_, *note_, *rate_;
};

}  // namespace godesk::app
