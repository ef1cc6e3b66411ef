// The session's figures on top of the picture: rate, where an update's time goes, bytes by what they were,
// path.
#pragma once

#include <QLabel>

#include "window/words.h"

namespace godesk::app {

class FiguresPanel final : public QLabel {
  Q_OBJECT
 public:
  explicit FiguresPanel(QWidget* over);

  void show_figures(const SecondFigures& figures);
};

}  // namespace godesk::app
