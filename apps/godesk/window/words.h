// What the windows say, in plain words. Pure functions.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

#include "link/carrier.h"
#include "rendezvous/client.h"
#include "target.h"
#include "viewer_process.h"

namespace godesk::app {

/// The live state of a session's path. `lost`: none works at this moment.
struct PathState {
  std::optional<link::PathInfo> path;
  bool lost = false;
};

/// "Direct", "Relay", "Reconnecting", or "Connecting" before the first path.
QString path_word(const PathState& state);
QString family_word(Family family);                 // "IPv4"
QString transport_word(link::Transport transport);  // "UDP"
QString rtt_word(double ms);                        // "0.4 ms", "23 ms"; empty when unknown
QString rate_words(const SecondFigures& figures);   // "24 fps, 310 kbit/s"
/// Everything that is measured, a line each.
QStringList figure_lines(const SecondFigures& figures);
/// "Clipboard: 12 of 30 MB received"; empty when there is nothing to wait for.
QString clipboard_words(bool incoming, quint64 done, quint64 size);
/// Why the path is what it is, as a sentence.
QString path_reason(const link::PathInfo& path);

/// "123 456 789" or the address.
QString target_words(const Target& target);
/// Why this computer cannot be reached by its ID now.
QString offline_words(rendezvous::Offline why);

}  // namespace godesk::app
