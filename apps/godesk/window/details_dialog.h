// "Session details": how this session travels and what protects it, live.
#pragma once

#include <QDialog>
#include <QFormLayout>
#include <QLabel>

#include "window/session_thread.h"
#include "window/words.h"

namespace godesk::app {

class DetailsDialog final : public QDialog {
  Q_OBJECT
 public:
  explicit DetailsDialog(QWidget* parent);

  void show_path(const PathState& state);
  void show_login(const LoginFacts& facts);
  void show_figures(const SecondFigures& figures);

 private:
  QLabel* add_row(const QString& title);

  QFormLayout* form_;
  QLabel *path_, *reason_, *transport_, *local_, *remote_, *rtt_, *rate_, *loss_, *coding_;
  QLabel *tls_, *cipher_, *key_exchange_, *signature_, *own_, *host_;
};

}  // namespace godesk::app
