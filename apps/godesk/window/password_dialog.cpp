#include "window/password_dialog.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace godesk::app {

PasswordDialog::PasswordDialog(const QString& target, const QString& note, QWidget* parent)
    : QDialog(parent), field_(new QLineEdit) {
  setWindowTitle("Password for " + target);
  auto* question = new QLabel("Password of " + target + " (the one-time password shown there, or your own):");
  question->setTextFormat(Qt::PlainText);
  field_->setEchoMode(QLineEdit::Password);
  field_->setMaxLength(256);
  auto* visible = new QCheckBox("&Show the password");
  connect(visible, &QCheckBox::toggled, field_,
          [this](bool on) { field_->setEchoMode(on ? QLineEdit::Normal : QLineEdit::Password); });
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  auto* connect_button = buttons->button(QDialogButtonBox::Ok);
  connect_button->setText("&Connect");
  connect_button->setEnabled(false);
  connect(field_, &QLineEdit::textChanged, connect_button,
          [connect_button](const QString& text) { connect_button->setEnabled(!text.isEmpty()); });
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

  auto* layout = new QVBoxLayout(this);
  if (!note.isEmpty()) {
    auto* told = new QLabel(note);
    told->setWordWrap(true);
    QFont bold = told->font();
    bold.setBold(true);
    told->setFont(bold);
    layout->addWidget(told);
  }
  layout->addWidget(question);
  layout->addWidget(field_);
  layout->addWidget(visible);
  layout->addWidget(buttons);
  field_->setFocus();
}

ModalEnd PasswordDialog::ask(const QString& target, const QString& note, QWidget* parent,
                             std::string& password) {
  PasswordDialog dialog(target, note, parent);
  const ModalEnd end = run_modal(dialog);
  if (end == ModalEnd::accepted) password = dialog.password();
  return end;
}

}  // namespace godesk::app
