#include "window/status_line.h"

namespace godesk::app {

StatusLine::StatusLine(QWidget* parent)
    : QStatusBar(parent),
      path_(new QLabel),
      rtt_(new QLabel),
      way_(new QLabel),
      note_(new QLabel),
      rate_(new QLabel) {
  QFont bold = path_->font();
  bold.setBold(true);
  path_->setFont(bold);
  for (QLabel* label : {path_, rtt_, way_}) {
    label->setContentsMargins(6, 0, 6, 0);
    addWidget(label);
  }
  addPermanentWidget(note_);
  addPermanentWidget(rate_);
  show_path({});
}

void StatusLine::show_path(const PathState& state) {
  path_->setText(path_word(state));
  path_->setToolTip(state.path ? path_reason(*state.path) : QString());
  if (!state.path) return;
  way_->setText(family_word(state.path->family) + ", " + transport_word(state.path->transport));
  if (state.path->rtt) rtt_->setText(rtt_word(to_ms(*state.path->rtt)));
}

void StatusLine::show_figures(const SecondFigures& figures) {
  if (figures.rtt_ms > 0) rtt_->setText(rtt_word(figures.rtt_ms));
  rate_->setText(rate_words(figures));
}

QStringList StatusLine::words() const { return {path_->text(), rtt_->text(), way_->text(), rate_->text()}; }

}  // namespace godesk::app
