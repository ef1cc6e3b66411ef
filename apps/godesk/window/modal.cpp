#include "window/modal.h"

#include <QSocketNotifier>

#include "interruption.h"

namespace godesk::app {

ModalEnd run_modal(QDialog& dialog) {
  Interruption interruption;
  QSocketNotifier told(interruption.fd(), QSocketNotifier::Read);
  QObject::connect(&told, &QSocketNotifier::activated, &dialog, [&] {
    told.setEnabled(false);
    dialog.reject();
  });
  dialog.show();
  dialog.activateWindow();  // where no window manager does it
  const bool accepted = dialog.exec() == QDialog::Accepted;
  if (interruption.came()) return ModalEnd::interrupted;
  return accepted ? ModalEnd::accepted : ModalEnd::rejected;
}

}  // namespace godesk::app
