// The names that clipboards go by on X11.
#pragma once

#include <array>
#include <optional>

#include "os/x11_display.h"
#include "session/clipboard_messages.h"

namespace godesk::os {

using XAtom = unsigned long;
using XWindow = unsigned long;

struct X11Atoms {
  explicit X11Atoms(X11Display& x);

  XAtom clipboard, targets, timestamp, incr;
  XAtom utf8_string, plain_utf8, plain, string, html, png;
  XAtom stamp;                     // a property of ours, for time stamps
  std::array<XAtom, 4> parking{};  // properties of ours, into which owners write

  /// What we know of `targets`, each kind once.
  session::ClipboardFormats formats_of(const std::vector<XAtom>& targets) const;
  /// The best of `targets` for `kind`; 0: none.
  XAtom target_of(session::ClipboardKind kind, const std::vector<XAtom>& targets) const;
  /// What a request for `target` wants.
  std::optional<session::ClipboardKind> kind_of(XAtom target) const;
  /// What we give `kind` as.
  std::vector<XAtom> given_as(session::ClipboardKind kind) const;
};

}  // namespace godesk::os
