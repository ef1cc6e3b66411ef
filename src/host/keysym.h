// Keysyms: the names X11 gives to what keys mean (X Window System Protocol, appendix A).
//
// One character may have two: an old name (Cyrillic_zhe, 0x06d6) and the Unicode one (0x01000436). Maps of
// layouts use the old, viewers either; `canonical` makes them equal.
#pragma once

#include <cstdint>

namespace godesk::host {

using Keysym = std::uint32_t;

inline constexpr Keysym kBackSpace = 0xff08, kTab = 0xff09, kReturn = 0xff0d, kEscape = 0xff1b,
                        kDelete = 0xffff, kShiftL = 0xffe1, kControlL = 0xffe3, kCapsLock = 0xffe5,
                        kAltL = 0xffe9, kSuperL = 0xffeb, kNumLock = 0xff7f, kLevel3Shift = 0xfe03,
                        kLevel5Shift = 0xfe11;

/// The character a keysym stands for; 0 for function keys and modifiers.
char32_t character_of(Keysym keysym);
/// Latin-1 as itself, controls as their keys (line feed is Return), the rest as 0x01000000 | code point.
/// 0 for what no key types: other controls, surrogates, beyond U+10FFFF.
Keysym keysym_of(char32_t character);
/// The one keysym for all that stand for the same character; function keys unchanged.
Keysym canonical(Keysym keysym);
/// Shift, Control, Alt, Super, level shifts, locks and group switches: keys that change what others mean.
bool is_modifier(Keysym keysym);
/// Modifiers that stay or move the group after release: what the keyboard does next must be asked for anew.
bool changes_locks(Keysym keysym);
/// Caps Lock would turn this character into another one.
bool has_case(Keysym keysym);

}  // namespace godesk::host
