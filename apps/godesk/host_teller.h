// A host's events as lines of the public contract: what `godesk host` and the home window have in common.
#pragma once

#include "events.h"
#include "host_process.h"

namespace godesk::app {

/// Throws Stop{usage} for a direct IP port that cannot be bound. Call both in run()'s thread.
void tell(EventWriter& out, HostProcess& process, Time now, const host::HostEvent& event);
void tell_figures(EventWriter& out, HostProcess& process, Time now);

}  // namespace godesk::app
