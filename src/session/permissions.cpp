#include "session/permissions.h"

namespace godesk::session {

PermissionSet defaults_of(PasswordKind kind) {
  auto set = PermissionSet().with(Permission::view).with(Permission::input).with(Permission::clipboard_text);
  if (kind != PasswordKind::unattended) return set;
  return set.with(Permission::clipboard_rich)
      .with(Permission::files)
      .with(Permission::sound)
      .with(Permission::resize);
}

bool may(PermissionSet set, const Input& input) {
  // Letting go is always allowed: a key must not stay down because the right to press it was taken away.
  if (std::holds_alternative<ReleaseAll>(input)) return true;
  return set.has(Permission::input);
}

bool may(PermissionSet set, const DatagramMessage& message) {
  // Where the host's pointer is, is the host's to say.
  return std::holds_alternative<PointerMove>(message) && set.has(Permission::input);
}

bool may(PermissionSet set, ClipboardKind kind) {
  return set.has(kind == ClipboardKind::text ? Permission::clipboard_text : Permission::clipboard_rich);
}

}  // namespace godesk::session
