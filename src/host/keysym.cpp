#include "host/keysym.h"

#include <algorithm>
#include <iterator>

namespace godesk::host {
namespace {

struct Row {
  std::uint16_t keysym, unicode;
};
constexpr Row kTable[] = {
#include "host/keysym_table.inc"
};

constexpr Keysym kUnicode = 0x01000000;

bool latin1(std::uint32_t v) { return (v >= 0x20 && v <= 0x7e) || (v >= 0xa0 && v <= 0xff); }

}  // namespace

char32_t character_of(Keysym keysym) {
  if (latin1(keysym)) return keysym;
  if (keysym >= kUnicode + 0x20 && keysym <= kUnicode + 0x10ffff) return keysym - kUnicode;
  if (keysym > 0xffff) return 0;
  const Row* row = std::lower_bound(std::begin(kTable), std::end(kTable), keysym,
                                    [](const Row& r, Keysym k) { return r.keysym < k; });
  return row != std::end(kTable) && row->keysym == keysym ? row->unicode : 0;
}

Keysym keysym_of(char32_t c) {
  switch (c) {
    case '\b':
      return kBackSpace;
    case '\t':
      return kTab;
    case '\n':
    case '\r':
      return kReturn;
    case 0x1b:
      return kEscape;
    case 0x7f:
      return kDelete;
    default:
      break;
  }
  if (latin1(c)) return c;
  if (c < 0xa0 || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff) return 0;
  return kUnicode | c;
}

Keysym canonical(Keysym keysym) {
  const char32_t c = character_of(keysym);
  return c ? keysym_of(c) : keysym;
}

bool is_modifier(Keysym k) {
  return (k >= 0xffe1 && k <= 0xffee) || (k >= 0xfe01 && k <= 0xfe13) || k == 0xff7e || k == kNumLock;
}

bool changes_locks(Keysym k) {
  return k == 0xffe5 || k == 0xffe6 || k == kNumLock ||
         (k >= 0xfe01 && k <= 0xfe13 && k != kLevel3Shift && k != kLevel5Shift);
}

// Blocks of the scripts that have two cases: a superset is harmless, the lock is merely taken off for a
// moment.
bool has_case(Keysym keysym) {
  const char32_t c = character_of(keysym);
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xb5 && c <= 0x58f) ||
         (c >= 0x10a0 && c <= 0x10ff) || (c >= 0x13a0 && c <= 0x13ff) || (c >= 0x1c80 && c <= 0x1fff) ||
         (c >= 0x2100 && c <= 0x218f) || (c >= 0x24b6 && c <= 0x24e9) || (c >= 0x2c00 && c <= 0x2dff) ||
         (c >= 0xa640 && c <= 0xa7ff) || (c >= 0xab30 && c <= 0xabbf) || (c >= 0xff21 && c <= 0xff5a) ||
         (c >= 0x10400 && c <= 0x1e943);
}

}  // namespace godesk::host
