// Asks for the password of a session.
#pragma once

#include <QDialog>
#include <QLineEdit>
#include <optional>
#include <string>

namespace godesk::app {

class PasswordDialog final : public QDialog {
  Q_OBJECT
 public:
  /// `note`: why it asks again; may be empty.
  PasswordDialog(const QString& target, const QString& note, QWidget* parent);

  /// UTF-8.
  std::string password() const { return field_->text().toStdString(); }

  /// Nothing when the user cancelled.
  static std::optional<std::string> ask(const QString& target, const QString& note, QWidget* parent);

 private:
  QLineEdit* field_;
};

}  // namespace godesk::app
