// Whether there is a display to open a window on: Qt itself ends the process where there is none.
#pragma once

namespace godesk::app {

/// Throws Stop{local} with what to do.
void require_display();

}  // namespace godesk::app
