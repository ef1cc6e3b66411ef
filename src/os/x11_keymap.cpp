#include "os/x11_keymap.h"

#include <algorithm>

namespace godesk::os {
namespace {

constexpr unsigned kParts = XkbKeyTypesMask | XkbKeySymsMask | XkbModifierMapMask | XkbVirtualModMapMask;

bool contains(const std::vector<host::Keycode>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// The first entry of a combination counts: others come from virtual modifiers that this map gives no real
/// one.
host::KeyType type_of(const XkbKeyTypeRec& from) {
  host::KeyType type{from.mods.mask, {}};
  for (int i = 0; i < from.map_count; ++i) {
    const XkbKTMapEntryRec& entry = from.map[i];
    const bool seen = std::any_of(type.entries.begin(), type.entries.end(),
                                  [&](const auto& e) { return e.mods == entry.mods.mask; });
    const host::ModMask preserved = from.preserve ? from.preserve[i].mask : 0;
    if (entry.active && !seen) type.entries.push_back({entry.mods.mask, entry.level, preserved});
  }
  return type;
}

}  // namespace

// XkbChangeMap does not empty a key; the core request does, and leaves no trace of it in the map.
void empty_keys(Display* display, const std::vector<host::Keycode>& codes) {
  for (host::Keycode code : codes) {
    KeySym nothing = NoSymbol;
    XChangeKeyboardMapping(display, code, 1, &nothing, 1);
  }
}

bool X11Keymap::load() {
  loaded_at_ = NextRequest(display_);
  XkbDescPtr desc = XkbGetMap(display_, kParts, XkbUseCoreKbd);
  if (!desc || !desc->map) return false;
  desc_.reset(desc);
  std::erase_if(lent_, [&](host::Keycode code) { return !still_ours(code); });
  convert();
  if (lent_.empty()) levels_ = host::best_selectors(keys_.types);
  find_spare();
  return true;
}

bool X11Keymap::is_blank(int code) const {
  const int syms = XkbKeyNumSyms(desc_, code);
  const KeySym* sym = XkbKeySymsPtr(desc_, code);
  return std::all_of(sym, sym + syms, [](KeySym s) { return s == NoSymbol; });
}

/// Somebody who loads another layout overwrites what we lent; then it is not ours to take back.
bool X11Keymap::still_ours(int code) const {
  return XkbKeyNumGroups(desc_, code) == 1 && desc_->map->key_sym_map[code].kt_index[0] == levels_.type;
}

void X11Keymap::convert() {
  keys_ = {};
  for (int i = 0; i < desc_->map->num_types; ++i) keys_.types.push_back(type_of(desc_->map->types[i]));
  for (int code = desc_->min_key_code; code <= desc_->max_key_code; ++code) {
    keys_.modifiers[code] = desc_->map->modmap[code];
    if (contains(lent_, code)) continue;
    for (int g = 0; g < XkbKeyNumGroups(desc_, code); ++g) {
      const int type = desc_->map->key_sym_map[code].kt_index[g];
      host::KeyGroup group{static_cast<std::size_t>(type), {}};
      for (int l = 0; l < desc_->map->types[type].num_levels; ++l)
        group.levels.push_back(static_cast<host::Keysym>(XkbKeySymEntry(desc_, code, l, g)));
      keys_.keys[code].push_back(group);
    }
  }
  keys_.index();
}

// The lowest keycode is skipped: evdev calls it key 0, and some programs take it for "no key".
void X11Keymap::find_spare() {
  spare_.clear();
  for (int code = desc_->min_key_code + 1; code <= desc_->max_key_code; ++code)
    if (contains(lent_, code) || (is_blank(code) && !desc_->map->modmap[code]))
      spare_.push_back(static_cast<host::Keycode>(code));
}

void X11Keymap::write_key(const host::Binding& binding, XkbMapChangesRec& changes) {
  const int code = binding.slot.code, type = static_cast<int>(levels_.type);
  if (!contains(lent_, code)) {
    int types[XkbNumKbdGroups] = {type, type, type, type};
    XkbChangeTypesOfKey(desc_.get(), code, 1, XkbGroup1Mask, types, nullptr);
    KeySym* syms = XkbKeySymsPtr(desc_, code);
    std::fill(syms, syms + desc_->map->types[type].num_levels, NoSymbol);
    lent_.push_back(binding.slot.code);
  }
  XkbKeySymsPtr(desc_, code)[binding.slot.level] = binding.keysym;
  const bool first_of_all = !changes.num_key_syms;
  const int first = first_of_all ? code : std::min<int>(changes.first_key_sym, code);
  const int last =
      first_of_all ? code : std::max<int>(changes.first_key_sym + changes.num_key_syms - 1, code);
  changes.changed = XkbKeySymsMask;
  changes.first_key_sym = static_cast<KeyCode>(first);
  changes.num_key_syms = static_cast<unsigned char>(last - first + 1);
}

bool X11Keymap::lend(const std::vector<host::Binding>& bindings) {
  if (!desc_) return false;
  XkbMapChangesRec changes{};
  for (const host::Binding& binding : bindings) write_key(binding, changes);
  XkbChangeMap(display_, desc_.get(), &changes);
  return load() && std::all_of(bindings.begin(), bindings.end(), [&](const auto& b) { return has(b); });
}

bool X11Keymap::has(const host::Binding& binding) const {
  return contains(lent_, binding.slot.code) &&
         XkbKeySymsPtr(desc_, binding.slot.code)[binding.slot.level] == binding.keysym;
}

void X11Keymap::give_back() {
  empty_keys(display_, lent_);
  lent_.clear();
}

}  // namespace godesk::os
