#include "os/x11_atoms.h"

#include <algorithm>

#include <X11/Xatom.h>
#include <X11/Xlib.h>

namespace godesk::os {

using session::ClipboardKind;

X11Atoms::X11Atoms(X11Display& x) {
  const auto atom = [&x](const char* name) { return XInternAtom(x.get(), name, False); };
  clipboard = atom("CLIPBOARD");
  targets = atom("TARGETS");
  timestamp = atom("TIMESTAMP");
  incr = atom("INCR");
  utf8_string = atom("UTF8_STRING");
  plain_utf8 = atom("text/plain;charset=utf-8");
  plain = atom("text/plain");
  string = XA_STRING;
  html = atom("text/html");
  png = atom("image/png");
  stamp = atom("GODESK_STAMP");
  parking = {atom("GODESK_CLIPBOARD_0"), atom("GODESK_CLIPBOARD_1"), atom("GODESK_CLIPBOARD_2"),
             atom("GODESK_CLIPBOARD_3")};
}

session::ClipboardFormats X11Atoms::formats_of(const std::vector<XAtom>& offered) const {
  session::ClipboardFormats formats;
  for (const ClipboardKind kind : session::kClipboardKinds)
    if (target_of(kind, offered) != 0) formats.push_back({kind});
  return formats;
}

XAtom X11Atoms::target_of(ClipboardKind kind, const std::vector<XAtom>& offered) const {
  std::vector<XAtom> wanted = given_as(kind);
  if (kind == ClipboardKind::text) wanted.push_back(string);
  for (const XAtom target : wanted)
    if (std::find(offered.begin(), offered.end(), target) != offered.end()) return target;
  return 0;
}

std::optional<ClipboardKind> X11Atoms::kind_of(XAtom target) const {
  for (const ClipboardKind kind : session::kClipboardKinds) {
    const auto names = given_as(kind);
    if (std::find(names.begin(), names.end(), target) != names.end()) return kind;
  }
  return std::nullopt;
}

std::vector<XAtom> X11Atoms::given_as(ClipboardKind kind) const {
  switch (kind) {
    case ClipboardKind::text:
      return {utf8_string, plain_utf8, plain};
    case ClipboardKind::html:
      return {html};
    case ClipboardKind::png:
      return {png};
  }
  return {};
}

}  // namespace godesk::os
