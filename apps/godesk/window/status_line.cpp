#include "window/status_line.h"

namespace godesk::app {
namespace {

constexpr int kHintMs = 12'000;

}  // namespace

StatusLine::StatusLine(QWidget* parent)
    : QStatusBar(parent),
      path_(new QLabel),
      rtt_(new QLabel),
      way_(new QLabel),
      hint_(new QLabel),
      note_(new QLabel),
      layout_(new QLabel),
      rate_(new QLabel) {
  QFont bold = path_->font();
  bold.setBold(true);
  path_->setFont(bold);
  for (QLabel* label : {path_, rtt_, way_, note_, layout_, rate_}) label->setContentsMargins(6, 0, 6, 0);
  for (QLabel* label : {path_, rtt_, way_}) addWidget(label);
  hint_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  addWidget(hint_, 1);
  addPermanentWidget(note_);
  addPermanentWidget(layout_);
  addPermanentWidget(rate_);
  setMinimumWidth(1);  // no figure makes the window wider
  hint_shown_.setSingleShot(true);
  hint_shown_.setInterval(kHintMs);
  connect(&hint_shown_, &QTimer::timeout, this, [this] { show_hint({}); });
  show_path({});
}

void StatusLine::show_hint(const QString& sentence) {
  hint_->setText(sentence);
  hint_->setToolTip(sentence);
  sentence.isEmpty() ? hint_shown_.stop() : hint_shown_.start();
  make_room();
}

void StatusLine::show_layout(const QString& name) {
  layout_->setText("Keyboard: " + name);
  layout_->setToolTip("The layout of the other computer's keyboard");
  make_room();
}

void StatusLine::resizeEvent(QResizeEvent* event) {
  QStatusBar::resizeEvent(event);
  make_room();
}

/// What matters least goes first where not everything fits.
void StatusLine::make_room() {
  constexpr int kBetween = 8;
  int left = width() - 2 * kBetween;
  if (!hint_->text().isEmpty()) left -= hint_->fontMetrics().horizontalAdvance(hint_->text()) + kBetween;
  for (QLabel* label : {path_, note_, rtt_, layout_, rate_, way_}) {
    const bool says = !label->text().isEmpty();
    if (says) left -= label->sizeHint().width() + kBetween;
    label->setVisible(says && (left >= 0 || label == path_));
  }
}

void StatusLine::show_path(const PathState& state) {
  path_->setText(path_word(state));
  path_->setToolTip(state.path ? path_reason(*state.path) : QString());
  if (!state.path) return;
  way_->setText(family_word(state.path->family) + ", " + transport_word(state.path->transport));
  if (state.path->rtt) rtt_->setText(rtt_word(to_ms(*state.path->rtt)));
  make_room();
}

void StatusLine::show_figures(const SecondFigures& figures) {
  if (figures.rtt_ms > 0) rtt_->setText(rtt_word(figures.rtt_ms));
  rate_->setText(rate_words(figures));
  make_room();
}

QStringList StatusLine::words() const { return {path_->text(), rtt_->text(), way_->text(), rate_->text()}; }

}  // namespace godesk::app
