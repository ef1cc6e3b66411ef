// Who may do what, as a set of bits and one pure function (SECURITY 3).
#pragma once

#include <cstdint>

#include "session/clipboard_messages.h"
#include "session/messages.h"

namespace godesk::session {

enum class Permission : std::uint32_t {
  view = 1,             // see the screen
  input = 2,            // keys, buttons, wheel, pointer
  clipboard_text = 4,   // exchange text
  files = 8,            // send and get files
  sound = 16,           // hear
  clipboard_rich = 32,  // exchange formatted text and pictures
  resize = 64,          // have the screen take another size while the session lasts
};

class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  constexpr explicit PermissionSet(std::uint32_t bits) : bits_(bits) {}
  constexpr PermissionSet with(Permission p) const {
    return PermissionSet(bits_ | static_cast<std::uint32_t>(p));
  }
  constexpr bool has(Permission p) const { return (bits_ & static_cast<std::uint32_t>(p)) != 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  bool operator==(const PermissionSet&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

/// What a password of that kind opens: one-time = view, input, clipboard text; unattended =
/// also the rest of the clipboard, files, sound and the screen's size.
PermissionSet defaults_of(PasswordKind kind);

/// May a caller with `set` have this effect on the host, now? Asked at the effect, not at arrival.
bool may(PermissionSet set, const Input& input);
bool may(PermissionSet set, const DatagramMessage& message);
/// Either way: what is copied there can be pasted here, and the other way round.
bool may(PermissionSet set, ClipboardKind kind);

}  // namespace godesk::session
