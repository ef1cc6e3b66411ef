#include "window/key_map.h"

#include <algorithm>
#include <array>

#include "host/keysym.h"

namespace godesk::app {
namespace {

constexpr std::uint32_t kMaxKeysym = 0x1fffffff;

struct Name {
  int key;
  std::uint32_t keysym;
};

// For platforms that tell no keysym; characters come from the text. X11/keysymdef.h has the names.
constexpr std::array kNames = {
    Name{Qt::Key_Escape, 0xff1b},    Name{Qt::Key_Tab, 0xff09},     Name{Qt::Key_Backtab, 0xfe20},
    Name{Qt::Key_Backspace, 0xff08}, Name{Qt::Key_Return, 0xff0d},  Name{Qt::Key_Enter, 0xff8d},
    Name{Qt::Key_Insert, 0xff63},    Name{Qt::Key_Delete, 0xffff},  Name{Qt::Key_Pause, 0xff13},
    Name{Qt::Key_Print, 0xff61},     Name{Qt::Key_SysReq, 0xff15},  Name{Qt::Key_Home, 0xff50},
    Name{Qt::Key_End, 0xff57},       Name{Qt::Key_Left, 0xff51},    Name{Qt::Key_Up, 0xff52},
    Name{Qt::Key_Right, 0xff53},     Name{Qt::Key_Down, 0xff54},    Name{Qt::Key_PageUp, 0xff55},
    Name{Qt::Key_PageDown, 0xff56},  Name{Qt::Key_Shift, 0xffe1},   Name{Qt::Key_Control, 0xffe3},
    Name{Qt::Key_Meta, 0xffeb},      Name{Qt::Key_Alt, 0xffe9},     Name{Qt::Key_AltGr, 0xfe03},
    Name{Qt::Key_CapsLock, 0xffe5},  Name{Qt::Key_NumLock, 0xff7f}, Name{Qt::Key_ScrollLock, 0xff14},
    Name{Qt::Key_Super_L, 0xffeb},   Name{Qt::Key_Super_R, 0xffec}, Name{Qt::Key_Menu, 0xff67},
};

std::uint32_t named(int key) {
  if (key >= Qt::Key_F1 && key <= Qt::Key_F35) {
    return 0xffbe + static_cast<std::uint32_t>(key - Qt::Key_F1);
  }
  const auto* found =
      std::find_if(kNames.begin(), kNames.end(), [key](const Name& n) { return n.key == key; });
  return found == kNames.end() ? 0 : found->keysym;
}

/// With Control down the text is a control character; the key still names the letter.
std::uint32_t lettered(const QKeyEvent& event) {
  const auto text = event.text().toUcs4();
  if (text.size() == 1 && text[0] >= 0x20 && text[0] != 0x7f) return host::keysym_of(text[0]);
  const int key = event.key();
  if (key < 0x20 || key > 0xff) return 0;
  const auto letter = static_cast<char32_t>(key);
  const bool lower = letter >= 'A' && letter <= 'Z' && !(event.modifiers() & Qt::ShiftModifier);
  return host::keysym_of(lower ? letter + ('a' - 'A') : letter);
}

quint64 identity(const QKeyEvent& event) {
  constexpr quint64 by_name = 1ull << 32;
  const auto code = event.nativeScanCode();
  return code != 0 ? code : by_name + static_cast<quint64>(event.key());
}

}  // namespace

std::uint32_t keysym_of(const QKeyEvent& event) {
  if (event.nativeVirtualKey() != 0) {
    return event.nativeVirtualKey() <= kMaxKeysym ? event.nativeVirtualKey() : 0;
  }
  if (auto keysym = named(event.key())) return keysym;
  return lettered(event);
}

std::optional<std::uint16_t> place_of(const QKeyEvent& event) {
  // X counts 8 more than the kernel's input layer; Qt passes X's numbers, on Wayland, too.
  constexpr quint32 first = 8, last = 255;
  const quint32 code = event.nativeScanCode();
  if (code <= first || code > last) return std::nullopt;
  return static_cast<std::uint16_t>(code - first);
}

std::optional<session::Input> KeyTracker::meaning(const QKeyEvent& event) const {
  if (by_place_) {
    if (auto place = place_of(event)) return session::PhysicalKey{*place, true};
  }
  if (auto keysym = keysym_of(event)) return session::Key{keysym, true};
  return std::nullopt;
}

std::optional<session::Input> KeyTracker::press(const QKeyEvent& event) {
  const auto held = down_.find(identity(event));
  if (held != down_.end()) return held->second;
  const auto press = meaning(event);
  if (press) down_[identity(event)] = *press;
  return press;
}

std::optional<session::Input> KeyTracker::release(const QKeyEvent& event) {
  if (event.isAutoRepeat()) return std::nullopt;
  const auto held = down_.find(identity(event));
  if (held == down_.end()) return std::nullopt;
  session::Input input = held->second;
  down_.erase(held);
  if (auto* key = std::get_if<session::Key>(&input)) key->down = false;
  if (auto* key = std::get_if<session::PhysicalKey>(&input)) key->down = false;
  return input;
}

std::vector<session::Input> characters_of(const QString& text) {
  std::vector<session::Input> inputs;
  for (uint code_point : text.toUcs4()) {
    if (code_point != 0) inputs.push_back(session::Character{static_cast<char32_t>(code_point)});
  }
  return inputs;
}

}  // namespace godesk::app
