// Dialogs that wait for the user, and end when the process is told to.
#pragma once

#include <QDialog>

namespace godesk::app {

enum class ModalEnd {
  accepted,
  rejected,
  interrupted,  // by SIGINT or SIGTERM
};

/// Shows the dialog and returns when it is closed. Only while no session runs in this process: a session's
/// driver takes the signals itself.
ModalEnd run_modal(QDialog& dialog);

}  // namespace godesk::app
