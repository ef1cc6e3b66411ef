// Asks for the password of a session.
#pragma once

#include <QDialog>
#include <QLineEdit>
#include <string>

#include "window/modal.h"

namespace godesk::app {

class PasswordDialog final : public QDialog {
  Q_OBJECT
 public:
  /// `note`: why it asks again; may be empty.
  PasswordDialog(const QString& target, const QString& note, QWidget* parent);

  /// UTF-8.
  std::string password() const { return field_->text().toStdString(); }

  /// `password` is set when it was accepted.
  static ModalEnd ask(const QString& target, const QString& note, QWidget* parent, std::string& password);

 private:
  QLineEdit* field_;
};

}  // namespace godesk::app
