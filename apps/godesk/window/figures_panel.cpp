#include "window/figures_panel.h"

namespace godesk::app {

FiguresPanel::FiguresPanel(QWidget* over) : QLabel(over) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setTextFormat(Qt::PlainText);
  setStyleSheet("background: rgba(0, 0, 0, 190); color: white; padding: 8px; font-family: monospace;");
  move(8, 8);
  hide();
}

void FiguresPanel::show_figures(const SecondFigures& figures) {
  setText(figure_lines(figures).join('\n'));
  adjustSize();
}

}  // namespace godesk::app
