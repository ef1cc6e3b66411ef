#include "window/session_list.h"

#include <QHBoxLayout>
#include <QPushButton>

namespace godesk::app {

SessionList::SessionList(QWidget* parent)
    : QWidget(parent), title_(new QLabel), rows_(new QVBoxLayout(this)) {
  rows_->setContentsMargins(0, 0, 0, 0);
  rows_->addWidget(title_);
  show_count();
}

void SessionList::add(quint32 number, const QString& peer) {
  auto* row = new QWidget;
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* name = new QLabel(peer);
  name->setTextFormat(Qt::PlainText);
  name->setTextInteractionFlags(Qt::TextSelectableByMouse);
  name->setToolTip("The fingerprint of the key of the connected computer");
  auto* end = new QPushButton("End");
  connect(end, &QPushButton::clicked, this, [this, number] { emit end_wanted(number); });
  layout->addWidget(name, 1);
  layout->addWidget(end);
  rows_->addWidget(row);
  sessions_[number] = row;
  show_count();
}

void SessionList::remove(quint32 number) {
  auto found = sessions_.find(number);
  if (found == sessions_.end()) return;
  found->second->deleteLater();
  sessions_.erase(found);
  show_count();
}

void SessionList::clear() {
  while (!sessions_.empty()) remove(sessions_.begin()->first);
}

void SessionList::show_count() {
  title_->setText(sessions_.empty() ? "Nobody is connected." : "Connected to this computer:");
}

}  // namespace godesk::app
